import type { DocumentExpectation, ExpectationScope } from './statedExpectations.ts';

/**
 * Adds an expectation to those of a document, beside others about the same images.
 * @param resolve what a folder leads to, as a document names it: one may be named in several ways
 * @returns the same list where the document states it already
 */
export function withExpectation(
  expectations: readonly DocumentExpectation[],
  text: string,
  scope: ExpectationScope,
  resolve: (folder: string) => string = (folder) => folder,
): readonly DocumentExpectation[] {
  const about = scopeKey(scope, resolve);
  if (about === scopeKey({}, resolve)) {
    if (expectations.some((one) => one === text)) return expectations;
    // Before groups, after other texts.
    const at = expectations.findLastIndex((one) => typeof one === 'string') + 1;
    return expectations.toSpliced(at, 0, text);
  }
  const groups = expectations.map((one) =>
    typeof one === 'string' || scopeKey(one, resolve) !== about ? undefined : one,
  );
  if (groups.some((group) => group?.expect.includes(text))) return expectations;
  const at = groups.findLastIndex((group) => group !== undefined);
  const group = groups[at];
  if (group) return expectations.with(at, { ...group, expect: [...group.expect, text] });
  return [...expectations, { ...definedOf(scope), expect: [text] }];
}

/** A text that differs where the images or how they are answered do. */
function scopeKey(
  { folder, layout = 'auto', split, settled = false }: ExpectationScope,
  resolve: (folder: string) => string,
): string {
  return JSON.stringify([folder === undefined ? null : resolve(folder), layout, split ?? null, settled]);
}

function definedOf({ folder, layout, split, settled }: ExpectationScope): ExpectationScope {
  return {
    ...(folder !== undefined && { folder }),
    ...(layout !== undefined && { layout }),
    ...(split !== undefined && { split }),
    ...(settled === true && { settled }),
  };
}
