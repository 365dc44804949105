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
  /** A list of classes, each once. */
  | { readonly kind: 'classes'; readonly entries: readonly LabelEntry[] }
  /** A table of images with their labels: each label as often as there are images. */
  | { readonly kind: 'images'; readonly entries: readonly LabelEntry[] }
  /** A table of which it is not clear which column holds the labels. */
  | { readonly kind: 'unclear'; readonly columns: readonly LabelColumn[] };

export const WNID = /^n\d{8}$/;
