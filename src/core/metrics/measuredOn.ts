import type { ClassificationReport } from './classification.ts';

/** Names that are told of any list; the rest is counted. */
const NAMED = 200;

/** A class folder whose images no label can be told for. */
export interface UnmatchedFolder {
  /** The folder's name. */
  readonly folder: string;
  readonly images: number;
  /** Labels that the folder may stand for, where there are several: they differ too little. Absent: it is no label. */
  readonly alike?: readonly string[];
}

/** Why an accuracy is withheld: nothing is measured, or only one label can be predicted, so that it is right or wrong by itself. */
export type Withheld = 'no-truth' | 'one-label';

/** On which images an accuracy was measured, and on which not. To be shown wherever the accuracy is. */
export interface MeasuredOn {
  /** Images that the accuracy could be about: those that were classified, or found in the folders. */
  readonly images: number;
  /** Of them, those that it is about: their label is known, and nothing was learned from them. */
  readonly measured: number;
  /** Of them, those with a known label that the mapping or the prompt was learned from. */
  readonly learned: number;
  /** Class folders that are none of the labels, or may be several: their images are not measured. Most images first, at most 200. */
  readonly unmatched: readonly UnmatchedFolder[];
  /** How many such folders there are, and how many images they hold together. */
  readonly unmatchedFolders: number;
  readonly unmatchedImages: number;
  /** How many labels there are. */
  readonly labels: number;
  /** How many of them have images that were measured. */
  readonly labelsMeasured: number;
  /** Labels without any such image, in their order, at most 200. */
  readonly labelsWithout: readonly string[];
  /** The label of all measured images, where they are all of one: then precision and F1 say nothing. */
  readonly onlyLabel?: string;
  /** Why there is no accuracy, where there is none. */
  readonly withheld?: Withheld;
}

/** Counts images by class folder and by label. */
export class MeasuredCount {
  readonly #labels: readonly string[];
  /** Per label, the images that are measured. */
  readonly #ofLabel: Uint32Array;
  readonly #unmatched = new Map<string, number>();
  #images = 0;
  #learned = 0;

  constructor(labels: readonly string[]) {
    this.#labels = labels;
    this.#ofLabel = new Uint32Array(labels.length);
  }

  /**
   * @param folder what the image is said to be of; undefined: of none of the labels, as a person said
   * @param truth index of the label; undefined when it is not known
   * @param about whether something was learned from the image; how many images of the folder these are
   */
  add(
    folder: string | undefined,
    truth: number | undefined,
    { learned = false, images = 1 }: { readonly learned?: boolean; readonly images?: number } = {},
  ): void {
    this.#images += images;
    if (folder === undefined) return;
    if (truth === undefined) this.#unmatched.set(folder, (this.#unmatched.get(folder) ?? 0) + images);
    else if (learned) this.#learned += images;
    else this.#ofLabel[truth] += images;
  }

  /**
   * @param predictable how many labels can be predicted at all
   * @param alike the labels that a folder may stand for
   */
  result(predictable: number, alike: (folder: string) => readonly number[]): MeasuredOn {
    const labelsWithout: string[] = [];
    let measured = 0;
    let labelsMeasured = 0;
    let onlyLabel: string | undefined;
    for (const [t, label] of this.#labels.entries()) {
      const images = this.#ofLabel[t];
      measured += images;
      if (images > 0) onlyLabel = labelsMeasured++ === 0 ? label : undefined;
      else if (labelsWithout.length < NAMED) labelsWithout.push(label);
    }
    const unmatched = [...this.#unmatched].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    const withheld = measured === 0 ? 'no-truth' : predictable < 2 ? 'one-label' : undefined;
    return {
      images: this.#images,
      measured,
      learned: this.#learned,
      unmatched: unmatched.slice(0, NAMED).map(([folder, images]): UnmatchedFolder => {
        const labels = alike(folder).map((t) => this.#labels[t]);
        return { folder, images, ...(labels.length > 1 ? { alike: labels.slice(0, NAMED) } : {}) };
      }),
      unmatchedFolders: unmatched.length,
      unmatchedImages: unmatched.reduce((sum, [, images]) => sum + images, 0),
      labels: this.#labels.length,
      labelsMeasured,
      labelsWithout,
      ...(onlyLabel === undefined ? {} : { onlyLabel }),
      ...(withheld === undefined ? {} : { withheld }),
    };
  }
}

/**
 * The report without the numbers that say nothing: all of them where one label decides nothing, precision and F1 where
 * all images are of one label, for then there is none to take for it wrongly.
 */
export function tellingReport(
  report: ClassificationReport,
  { withheld, onlyLabel }: MeasuredOn,
): ClassificationReport {
  if (withheld === undefined && onlyLabel === undefined) return report;
  const none = { precision: null, f1: null };
  if (withheld === undefined)
    return { ...report, perClass: report.perClass.map((one) => ({ ...one, ...none })) };
  return {
    ...report,
    accuracy: null,
    balancedAccuracy: null,
    perClass: report.perClass.map(({ images }) => ({ images, recall: null, ...none })),
  };
}

/** Whether a value is one, as far as its texts rely on it: records are files that anyone may have written. */
export function isMeasuredOn(value: unknown): value is MeasuredOn {
  if (typeof value !== 'object' || value === null) return false;
  const on = value as Record<string, unknown>;
  const isTexts = (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === 'string');
  const isFolder = (one: unknown) => {
    if (typeof one !== 'object' || one === null) return false;
    const { folder, images, alike } = one as Record<string, unknown>;
    return typeof folder === 'string' && Number.isFinite(images) && (alike === undefined || isTexts(alike));
  };
  const counts = 'images measured learned unmatchedFolders unmatchedImages labels labelsMeasured'.split(' ');
  return (
    counts.every((name) => Number.isFinite(on[name])) &&
    isTexts(on['labelsWithout']) &&
    Array.isArray(on['unmatched']) &&
    on['unmatched'].every(isFolder) &&
    (on['onlyLabel'] === undefined || typeof on['onlyLabel'] === 'string')
  );
}
