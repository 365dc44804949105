import { invalidLabels } from '../errors.ts';
import { LONGEST_LABEL } from '../labels/labelEntry.ts';
import { dropHidden } from '../text/plainText.ts';
import { phrase } from '../text/text.ts';

/** What a person, or an agent for one, said of an image. */
export interface Given {
  /** Undefined: none of the labels. */
  readonly label: string | undefined;
  /** Whether the person gave the label, took over the answer that was shown, or said that it is none of them. */
  readonly how: 'labeled' | 'accepted' | 'none';
  /** Why the image was asked about; absent: the person chose it. */
  readonly asked?: 'random' | 'proposed' | undefined;
  /** Who said it, where that was no person: others learn from it, and nothing is measured by it. */
  readonly givenBy?: 'agent' | undefined;
}

/** The same as a row of a table. */
export interface TruthRow extends Given {
  /** First 32 hexadecimal digits of the SHA-256 of the image's file, by which it is found under another name. */
  readonly content?: string | undefined;
}

export function isSameGiven(a: Given | undefined, b: Given | undefined): boolean {
  return (
    a === b ||
    (a?.label === b?.label && a?.how === b?.how && a?.asked === b?.asked && a?.givenBy === b?.givenBy)
  );
}

/** How many images have which label. */
export interface LabelCounts {
  /** Images with a label, given or accepted. */
  readonly labelled: number;
  /** Of them, those whose answer was accepted. */
  readonly accepted: number;
  /** Images that are none of the labels. */
  readonly none: number;
  /** By label, the images that have it. */
  readonly labels: ReadonlyMap<string, number>;
}

/** The same while images are added and taken out one by one. */
export class TruthCounts implements LabelCounts {
  labelled = 0;
  accepted = 0;
  none = 0;
  readonly labels = new Map<string, number>();

  /** @param times -1 takes one out */
  add(given: Given | undefined, times: 1 | -1): void {
    if (!given) return;
    const { label, how } = given;
    if (label === undefined) {
      this.none += times;
      return;
    }
    this.labelled += times;
    if (how === 'accepted') this.accepted += times;
    const count = (this.labels.get(label) ?? 0) + times;
    if (count > 0) this.labels.set(label, count);
    else this.labels.delete(label);
  }

  addAll({ labelled, accepted, none, labels }: LabelCounts): void {
    this.labelled += labelled;
    this.accepted += accepted;
    this.none += none;
    for (const [label, count] of labels) this.labels.set(label, (this.labels.get(label) ?? 0) + count);
  }
}

/**
 * A label as it is kept: one line without what nobody sees.
 * @throws {SemapError} `invalid-labels` for an empty one, or one that is too long
 */
export function keptLabel(text: string): string {
  const label = dropHidden(text).replaceAll(/\s+/gu, ' ').trim();
  if (label === '') throw invalidLabels(phrase('A label needs at least one letter.'));
  if (label.length > LONGEST_LABEL)
    throw invalidLabels(phrase('A label has at most {0} characters.', LONGEST_LABEL));
  return label;
}

/** What stands in a cell as a label, on one line; undefined for nothing. Longer ones than a label can be are cut. */
export function readLabel(cell: string): string | undefined {
  const label = cell.length > 2 * LONGEST_LABEL ? cell.slice(0, 2 * LONGEST_LABEL) : cell;
  const line = /[\r\n\v\f]/.test(label) ? label.replaceAll(/\s*[\r\n\v\f]\s*/g, ' ') : label;
  return line.trim().slice(0, LONGEST_LABEL) || undefined;
}
