import { dropHidden } from '../text/plainText.ts';
import type { Given } from '../truths/truth.ts';
import { readLabel } from '../truths/truth.ts';

/** Which program's file it is, as people call it. */
export type ImportFormat =
  | 'Label Studio'
  | 'COCO'
  | 'CVAT'
  | 'FiftyOne'
  | 'SeMap'
  | 'table'
  | 'table of labels';

/** What a file says of images, each by the name that the file has for it. */
export interface ImportedLabels {
  readonly format: ImportFormat;
  /** Headers of the columns that were read, of a table. */
  readonly columns?: { readonly image: string; readonly label: string } | undefined;
  readonly labels: ReadonlyMap<string, Given>;
  /** Images with several labels, or with labels that contradict each other: they get none. */
  readonly several: readonly string[];
  /** Images in the file without a label; of them, those with an answer of a model, which is no label of anybody. */
  readonly unlabelled: number;
  readonly answered: number;
}

/** Takes what a file says, image by image. */
export class LabelCollector {
  readonly #labels = new Map<string, Given>();
  readonly #several = new Set<string>();
  readonly #unlabelled = new Set<string>();
  readonly #answered = new Set<string>();

  /** @param labels all that is said of it at once; none where it is in the file without one */
  add(image: string, labels: readonly Given[]): void {
    if (image === '') return;
    const [first, ...others] = labels;
    if (first === undefined) {
      if (!this.#labels.has(image) && !this.#several.has(image)) this.#unlabelled.add(image);
      return;
    }
    this.#unlabelled.delete(image);
    if (this.#several.has(image)) return;
    const known = this.#labels.get(image);
    if ([...others, known ?? first].every(({ label }) => label === first.label)) {
      if (known === undefined) this.#labels.set(image, first);
      return;
    }
    this.#labels.delete(image);
    this.#several.add(image);
  }

  /** Notes that a model answered. It is a label where somebody says the same beside it. */
  answered(image: string): void {
    this.add(image, []);
    this.#answered.add(image);
  }

  done(format: ImportFormat, columns?: ImportedLabels['columns']): ImportedLabels {
    return {
      format,
      ...(columns && { columns }),
      labels: this.#labels,
      several: [...this.#several],
      unlabelled: this.#unlabelled.size,
      answered: [...this.#answered].filter((image) => this.#unlabelled.has(image)).length,
    };
  }
}

/** A label as a file has it; nothing for what is no text, or an empty one. */
export function labelled(text: unknown): readonly Given[] {
  const isLabel = typeof text === 'string' || typeof text === 'number';
  const label = isLabel ? readLabel(dropHidden(String(text)).replaceAll(/\s+/gu, ' ')) : undefined;
  return label === undefined ? [] : [{ label, how: 'labeled' }];
}

export const NONE_OF_THESE: Given = { label: undefined, how: 'none' };

/** An object with any members; undefined for everything else that JSON may be. */
export function objectOf(data: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  return isObject ? (data as Readonly<Record<string, unknown>>) : undefined;
}

export function listOf(data: unknown): readonly unknown[] {
  return Array.isArray(data) ? data : [];
}
