import { SemapError } from '../errors.ts';
import { type AlignmentDocument, type AlignmentTarget, type ExcludedSource, isLearned } from './alignment.ts';

/** What a person changes about the meaning of an alignment; the labels are then aligned again. */
export type AlignmentEdit =
  /** Pins a WordNet sense; null leaves the choice to the method again. */
  | { readonly kind: 'sense'; readonly target: number; readonly sense: string | null }
  /** Sets the hint; null takes it away. */
  | { readonly kind: 'hint'; readonly target: number; readonly hint: string | null }
  | { readonly kind: 'exclude'; readonly source: ExcludedSource }
  | { readonly kind: 'include'; readonly source: number };

/**
 * The document with what the person said; its sources are still the old ones.
 * @throws {SemapError} `invalid-argument` when there is no such target
 */
export function withEdit(document: AlignmentDocument, edit: AlignmentEdit): AlignmentDocument {
  switch (edit.kind) {
    case 'sense': {
      const { sense } = edit;
      return withTarget(document, edit.target, ({ sense: _, pinned, gloss, ...target }) =>
        sense === null ? target : { ...target, sense, pinned: true },
      );
    }
    case 'hint': {
      const hint = edit.hint?.trim();
      return withTarget(document, edit.target, ({ hint: _, ...target }) =>
        hint ? { ...target, hint } : target,
      );
    }
    case 'exclude':
      return withExcluded(document, [...withoutSource(document, edit.source.index), edit.source]);
    case 'include':
      return withExcluded(document, withoutSource(document, edit.source));
  }
}

function withTarget(
  document: AlignmentDocument,
  at: number,
  change: (target: AlignmentTarget) => AlignmentTarget,
): AlignmentDocument {
  const target = document.targets[at];
  if (!target) throw new SemapError('invalid-argument', `There is no target ${at} in the alignment.`);
  return { ...document, targets: document.targets.with(at, change(target)) };
}

function withoutSource({ excluded = [] }: AlignmentDocument, index: number): readonly ExcludedSource[] {
  return excluded.filter((source) => source.index !== index);
}

function withExcluded(document: AlignmentDocument, excluded: readonly ExcludedSource[]): AlignmentDocument {
  const { excluded: _, targets, ...rest } = document;
  if (excluded.length === 0) return { ...rest, targets };
  return { ...rest, excluded: excluded.toSorted((a, b) => a.index - b.index), targets };
}

/**
 * An edited document aligned again without losing what a person did to it: unknown fields, the aggregation and the
 * sources that they changed by hand stay.
 *
 * @param edited the document with the edit, its sources still as they were
 * @param before what the method made of the document before the edit: sources that differ from it are the person's
 * @param after what the method makes of the edited document
 * @param target the edited target, which is aligned anew in any case
 */
export function mergeAligned(
  edited: AlignmentDocument,
  before: AlignmentDocument,
  after: AlignmentDocument,
  target?: number,
): AlignmentDocument {
  // What was learned from images says more than names do.
  const keepAll = isLearned(edited.method.name);
  const banned = new Set(edited.excluded?.map(({ index }) => index));
  return {
    ...edited,
    targets: edited.targets.map((mine, t) => {
      const { label, hint, sense: _, pinned, gloss, expected, offset, sources, ...unknown } = mine;
      const next = after.targets[t]!;
      if (!keepAll && (t === target || sameSources(mine, before.targets[t]!))) return { ...next, ...unknown };
      const { offset: _offset, sources: _sources, ...about } = next;
      return {
        ...about,
        ...(keepAll ? { expected } : {}),
        ...(offset === undefined ? {} : { offset }),
        sources: sources.filter(({ index }) => !banned.has(index)),
        ...unknown,
      };
    }),
  };
}

function sameSources(a: AlignmentTarget, b: AlignmentTarget): boolean {
  return (
    (a.offset ?? 0) === (b.offset ?? 0) &&
    a.sources.length === b.sources.length &&
    a.sources.every(
      ({ index, weight }, i) => index === b.sources[i]!.index && weight === b.sources[i]!.weight,
    )
  );
}
