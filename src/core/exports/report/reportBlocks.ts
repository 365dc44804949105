import type { Text } from '../../text/text.ts';

/*
 * A report as data: what HTML and Markdown are made of. Texts are whole sentences and names of others, neither escaped:
 * that is the work of who writes them.
 */

export interface Report {
  readonly title: Text;
  /** When the images were classified. */
  readonly subtitle: Text | undefined;
  /** What is read first: figures with a word under each. */
  readonly figures: readonly { readonly value: Text; readonly about: Text }[];
  readonly sections: readonly Section[];
}

export interface Section {
  readonly heading: Text;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly kind: 'paragraph'; readonly text: Text }
  | { readonly kind: 'list'; readonly items: readonly Text[] }
  | { readonly kind: 'facts'; readonly facts: readonly Fact[] }
  | Table
  | Matrix
  | Grid
  | Pictures
  /** To be copied as it is. */
  | { readonly kind: 'code'; readonly text: string };

/** A name and what it is: `Backbone`, `mobilenetv2`. */
export interface Fact {
  readonly name: Text;
  readonly value: Text;
}

export interface Table {
  readonly kind: 'table';
  readonly title: Text;
  readonly columns: readonly { readonly title: Text; readonly right?: true }[];
  readonly rows: readonly (readonly Cell[])[];
}

export interface Cell {
  readonly text: Text;
  /** A share and the interval that it lies in, to be drawn; all in [0, 1]. */
  readonly interval?: { readonly share: number; readonly low: number; readonly high: number } | undefined;
}

/** Counts by true label (rows) and answer (columns). */
export interface Matrix {
  readonly kind: 'matrix';
  readonly title: Text;
  readonly rows: readonly Text[];
  readonly columns: readonly Text[];
  /** Row-major. */
  readonly counts: ArrayLike<number>;
  /** Column of the label of a row. */
  readonly columnOf: readonly number[];
}

/** Which of the rows stand for which of the columns, as a picture; what it shows also stands in a table. */
export interface Grid {
  readonly kind: 'grid';
  readonly title: Text;
  readonly rows: readonly Text[];
  readonly columns: readonly Text[];
  /** How much each does, above 0 and at most 1. */
  readonly cells: readonly { readonly row: number; readonly column: number; readonly share: number }[];
}

export interface Pictures {
  readonly kind: 'pictures';
  readonly pictures: readonly Picture[];
}

export interface Picture {
  /** Absolute. */
  readonly path: string;
  /** Its path for people. */
  readonly name: Text;
  /** What is said of it, and what is known. */
  readonly words: Text;
  /** A mark by shape as well as color; absent where nothing is known. */
  readonly right?: boolean | undefined;
}
