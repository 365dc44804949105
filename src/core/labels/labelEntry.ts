import { invalidLabels } from '../errors.ts';
import { phrase, type TextValue } from '../text/text.ts';

/** A label as a file holds it. */
export interface LabelEntry {
  /** As it is written, synonyms included: `tench, Tinca tinca`. */
  readonly name: string;
  /** The number that stands with it. */
  readonly index?: number;
  /** `n01440764`, where it stands in a field of its own. */
  readonly wnid?: string;
}

/** A column of a table, to choose from. */
export interface LabelColumn {
  /** Its header, or `1`, `2`, ... where there is none. */
  readonly name: string;
  readonly examples: readonly string[];
}

/** What a file of labels holds. */
export type LabelFile =
  /** A list of classes, each once, or a table of images: each label as often as there are images. */
  | { readonly kind: 'classes' | 'images'; readonly entries: readonly LabelEntry[] }
  /** A table of which it is not clear which column holds the labels. */
  | { readonly kind: 'unclear'; readonly columns: readonly LabelColumn[] };

export const WNID = /^n\d{8}$/;

/** The most target labels: ImageNet-21k has 21,841. */
export const MOST_TARGETS = 30_000;
/** The most pairs of a target label and a source label: each takes four bytes, and more in the document. */
const MOST_PAIRS = 100_000_000;

/** @throws {SemapError} `invalid-labels` for more than {@link MOST_PAIRS} */
export function mustBeComparable(targets: number, sources: number): void {
  if (targets * sources <= MOST_PAIRS) return;
  throw invalidLabels(
    phrase(
      '{0} target labels and {1} source labels are too many to compare: the limit is {2} million pairs.',
      targets,
      sources,
      MOST_PAIRS / 1e6,
    ),
    { hint: phrase('Align fewer labels at a time.') },
  );
}

/** The longest label, in characters. The name of a folder has at most 255. */
export const LONGEST_LABEL = 1000;

/** @throws {SemapError} `invalid-labels` for a label that is longer than {@link LONGEST_LABEL} */
export function mustBeShort(label: string, index: number, where: TextValue): void {
  if (label.length <= LONGEST_LABEL) return;
  throw invalidLabels(
    phrase(
      'Label {0} of {1} has {2} characters: the limit is {3}.',
      index + 1,
      where,
      label.length,
      LONGEST_LABEL,
    ),
    { hint: phrase('It begins with "{0}". Is it a list of labels?', label.slice(0, 40)) },
  );
}
