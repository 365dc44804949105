import { type Problem, problemOf } from '../errors.ts';
import { type AskedLayout, readAskedLayout, type SplitName } from '../folders/layout.ts';
import { jsonTree } from '../json/jsonTree.ts';
import { phrase, shorten, type Text, verbatim } from '../text/text.ts';
import { type Expectation, expectationText } from './expectation.ts';
import { BrokenExpectation, readExpectation } from './readExpectation.ts';

/** Which images expectations are about, and how they are answered. */
export interface ExpectationScope {
  /** Folder of images, as documents name paths; absent: those that the document was made for. */
  readonly folder?: string | undefined;
  /** How its images are told apart, as `--layout` has it; absent: as it is recognized. */
  readonly layout?: string | undefined;
  /** Only images of this split. */
  readonly split?: SplitName | undefined;
  /** Whether the images answer together; absent: every image is judged alone. */
  readonly settled?: boolean | undefined;
}

/** Expectations about the same images. */
export interface ExpectationGroup extends ExpectationScope {
  readonly expect: readonly string[];
}

/** What a document states: a text is about the folders of the document. */
export type DocumentExpectation = string | ExpectationGroup;

/** One expectation of a document. */
export interface StatedExpectation {
  /** As it is written. */
  readonly text: string;
  /** Its place in the JSON: index of the entry, and in the entry's `expect`. */
  readonly at: readonly [entry: number, inner?: number];
  readonly scope: ExpectationScope;
  readonly layout: AskedLayout;
  /** Or why it cannot be read. */
  readonly expectation: Expectation | undefined;
  readonly problem: Problem | undefined;
  /** Part of the text that is wrong; `end` is exclusive. */
  readonly wrong?: { readonly start: number; readonly end: number } | undefined;
}

/** What of an alignment document states expectations. */
interface Stating {
  readonly expectations?: readonly DocumentExpectation[] | undefined;
  readonly targets: readonly { readonly label: string }[];
}

/** All that a document expects, in its order; what cannot be read is among it, with what is wrong. */
export function statedExpectations({ expectations = [], targets }: Stating): readonly StatedExpectation[] {
  const labels = targets.map(({ label }) => label);
  return expectations.flatMap((entry, e): readonly StatedExpectation[] => {
    if (typeof entry === 'string') return [stated(entry, [e], {}, labels)];
    const { expect, ...scope } = entry;
    return expect.map((text, i) => stated(text, [e, i], scope, labels));
  });
}

function stated(
  text: string,
  at: StatedExpectation['at'],
  { folder, layout, split, settled }: ExpectationScope,
  labels: readonly string[],
): StatedExpectation {
  const about = { text, at, scope: { folder, layout, split, settled } };
  try {
    const asked = readAskedLayout(layout ?? 'auto');
    return { ...about, layout: asked, expectation: readExpectation(text, labels), problem: undefined };
  } catch (error) {
    return {
      ...about,
      layout: { kind: 'auto' },
      expectation: undefined,
      problem: problemOf(error),
      ...(error instanceof BrokenExpectation && { wrong: { start: error.start, end: error.end } }),
    };
  }
}

/** Characters of an expectation that lists show: a document may state anything. */
const MOST_SHOWN = 400;

/** `accuracy >= .8 (test, settled)`: an expectation as lists show it. */
export function statedText({ text, scope }: Pick<StatedExpectation, 'text' | 'scope'>): Text {
  const shown = shorten(text, MOST_SHOWN);
  const about: Text[] = [
    ...(scope.folder === undefined
      ? []
      : [verbatim(scope.folder.split(/[\\/]/).findLast(Boolean) ?? scope.folder)]),
    ...(scope.split === undefined ? [] : [verbatim(scope.split)]),
    ...(scope.settled ? [phrase('settled')] : []),
  ];
  if (about.length === 0) return verbatim(shown);
  return phrase(
    '{0} ({1})',
    shown,
    about.reduce((all, one) => phrase('{0}, {1}', all, one)),
  );
}

/** Where expectations stand in the text of their document: offsets in UTF-16 units, `end` exclusive. */
export type ExpectationPlaces = (
  at: StatedExpectation['at'],
) => { readonly start: number; readonly end: number } | undefined;

/**
 * Finds expectations in the text of a document.
 * @throws {SyntaxError} when the text is no JSON
 */
export function expectationPlaces(text: string): ExpectationPlaces {
  const root = jsonTree(text);
  const field =
    root.kind === 'object' ? root.members.findLast(({ name }) => name === 'expectations')?.node : undefined;
  return ([entry, inner]) => {
    const one = field?.kind === 'array' ? field.items[entry] : undefined;
    if (one?.kind !== 'object' || inner === undefined) return one;
    const expect = one.members.findLast(({ name }) => name === 'expect')?.node;
    return expect?.kind === 'array' ? (expect.items[inner] ?? one) : one;
  };
}

/** The expectations of a document after a label got another name. */
export function withRenamedLabel(
  expectations: readonly DocumentExpectation[],
  before: string,
  after: string,
): readonly DocumentExpectation[] {
  const renamed = (text: string): string => {
    let one: Expectation;
    try {
      one = readExpectation(text, [before]);
    } catch {
      // Of another label, or broken: a person's.
      return text;
    }
    return 'label' in one ? expectationText({ ...one, label: after }) : text;
  };
  return expectations.map((entry) =>
    typeof entry === 'string' ? renamed(entry) : { ...entry, expect: entry.expect.map(renamed) },
  );
}
