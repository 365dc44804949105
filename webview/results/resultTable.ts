import { GIVEN } from '../../src/core/truths/imageTruths.ts';
import { type CautionState, SHOWN } from '../../src/protocol/cautionView.ts';
import type { ResultChanges, ResultColumns } from '../../src/protocol/resultsView.ts';
import type { DoubtfulImage, ProposedImage } from '../../src/protocol/settlingView.ts';
import type { GivenLabels } from './givenLabels.ts';

/** What is known of a few images of a table. */
export interface TableFacts {
  /** Whether the answers are settled ones. */
  readonly settled: boolean;
  readonly doubtful: readonly DoubtfulImage[];
  readonly proposed: readonly ProposedImage[];
}

/** Confidences below which an answer is not given. */
export interface TableThresholds {
  readonly all: number;
  /** By target; undefined where a label has none of its own. */
  readonly labels: readonly (number | undefined)[];
}

/** All images of a run in the order in which they arrived, as columns that grow; answers may change afterwards. */
export class ResultTable {
  #columns: ResultColumns = columnsFor(1024);
  #length = 0;
  #gone = 0;
  readonly #splits = new Set<number>();
  /** The version of the answers that is held. */
  version = 0;
  /** What else is known of some images. */
  about: TableFacts = { settled: false, doubtful: [], proposed: [] };
  thresholds: TableThresholds = { all: 0, labels: [] };
  /** Common kinds that are said in place of labels. */
  kinds: CautionState['kinds'] = [];

  get length(): number {
    return this.#length;
  }

  /** Images that are shown no longer: they were deleted while their folder was watched. */
  get gone(): number {
    return this.#gone;
  }

  append(columns: ResultColumns): void {
    const length = this.#length + columns.predicted.length;
    const capacity = this.#columns.predicted.length;
    if (length > capacity) {
      const larger = columnsFor(Math.max(length, 2 * capacity));
      for (const name of COLUMNS) larger[name].set(this.#columns[name]);
      this.#columns = larger;
    }
    for (const name of COLUMNS) this.#columns[name].set(columns[name], this.#length);
    this.#length = length;
    for (const split of columns.split) if (split >= 0) this.#splits.add(split);
    for (const said of columns.said) if (said === SHOWN.gone) this.#gone++;
  }

  /** Takes what changed; images that are not here yet come with what is appended. */
  update({ version, images, columns }: ResultChanges): void {
    for (const [i, image] of images.entries()) {
      if (image >= this.#length) continue;
      const isGone = columns.said[i] === SHOWN.gone;
      this.#gone += Number(isGone) - Number(this.#columns.said[image] === SHOWN.gone);
      for (const name of COLUMNS) this.#columns[name][image] = columns[name][i];
    }
    this.version = version;
  }

  /** -1 where nothing is decided. */
  predicted(image: number): number {
    return this.#columns.predicted[image];
  }

  /** -1 where the truth is not known. */
  truth(image: number): number {
    return this.#columns.truth[image];
  }

  confidence(image: number): number {
    return this.#columns.confidence[image];
  }

  /** What the mapping alone says, -1 where nothing is decided. */
  plain(image: number): number {
    return this.#columns.plain[image];
  }

  plainConfidence(image: number): number {
    return this.#columns.plainConfidence[image];
  }

  /** The label that a person gave; -1: none, -2: none of the labels. */
  given(image: number): number {
    return this.#columns.given[image];
  }

  /** What is said in place of the label: an index of `kinds`, or one of {@link SHOWN}. */
  said(image: number): number {
    const said = this.#columns.said[image];
    // While the thresholds move, the host has not said it yet.
    return said === SHOWN.label && this.confidence(image) < this.leastFor(this.predicted(image))
      ? SHOWN.notSure
      : said;
  }

  /** Index of its split; -1 where it is of none. */
  split(image: number): number {
    return this.#columns.split[image];
  }

  /** Indices of the splits that its images are of. */
  get splits(): ReadonlySet<number> {
    return this.#splits;
  }

  /** Whether its label is said, and nothing in its place. */
  saysLabel(image: number): boolean {
    return this.said(image) === SHOWN.label;
  }

  /** Whether what is said is wrong: a common kind is right of all labels below it. */
  saysWrong(image: number): boolean {
    const kind = this.kinds[this.said(image)];
    return kind && this.truth(image) >= 0 ? !kind.targets.includes(this.truth(image)) : this.wrong(image);
  }

  /** Least confidence of an answer: of the label, or of all that have none of their own. */
  leastFor(target: number): number {
    return this.thresholds.labels[target] ?? this.thresholds.all;
  }

  /** Whether a person gave it a label that all else contradicts. */
  isDoubtful(image: number): boolean {
    return this.about.doubtful.some((one) => one.image === image);
  }

  /** Whether settling changed the answer, and not a person. */
  changed(image: number): boolean {
    const { plain, predicted, given } = this.#columns;
    return plain[image] !== predicted[image] && given[image] === GIVEN.nothing;
  }

  /** Whether the truth is known and another label was predicted. */
  wrong(image: number): boolean {
    const truth = this.truth(image);
    return truth >= 0 && truth !== this.predicted(image);
  }
}

const COLUMNS = [
  'predicted',
  'truth',
  'confidence',
  'plain',
  'plainConfidence',
  'given',
  'said',
  'split',
] as const;

function columnsFor(room: number): ResultColumns {
  return {
    predicted: new Int32Array(room),
    truth: new Int32Array(room),
    confidence: new Float32Array(room),
    plain: new Int32Array(room),
    plainConfidence: new Float32Array(room),
    given: new Int32Array(room),
    said: new Int32Array(room),
    split: new Int8Array(room),
  };
}

export type Sort = 'arrival' | 'proposed' | 'least-sure' | 'most-sure' | 'wrong-first' | 'name';

export type Kind =
  | 'all'
  | 'wrong'
  | 'right'
  | 'unknown'
  | 'unsure'
  | 'none'
  | 'kind'
  | 'changed'
  | 'doubtful'
  | 'left'
  | 'labeled'
  | 'accepted'
  | 'rejected'
  | 'agent';

/** Which images are shown. */
export interface Filter {
  readonly kind: Kind;
  /** True label, by index; undefined = any. */
  readonly truth: number | undefined;
  /** Predicted label, by index, -1 where nothing is decided; undefined = any. */
  readonly predicted: number | undefined;
  /** Index of the split; undefined = any. */
  readonly split: number | undefined;
  /** Confidence in percent, both included. */
  readonly least: number;
  readonly most: number;
  /** Whether the name of an image is one that is looked for; undefined = any. */
  readonly named: ((image: number) => boolean) | undefined;
  /** Whether an image is what is asked for whatever its label; undefined = any. */
  readonly looks: ((image: number) => boolean) | undefined;
  /** What a person said of the images. */
  readonly given: Pick<GivenLabels, 'how'>;
}

/** Confidence is a float32: what it stands for may lie a little beside it. */
const TOLERANCE = 1e-6;

function passes(table: ResultTable, image: number, filter: Filter): boolean {
  const { truth, predicted, split, least, most, named, looks } = filter;
  if (table.said(image) === SHOWN.gone) return false;
  if (truth !== undefined && table.truth(image) !== truth) return false;
  if (predicted !== undefined && table.predicted(image) !== predicted) return false;
  if (split !== undefined && table.split(image) !== split) return false;
  const confidence = table.confidence(image);
  if (confidence < least / 100 - TOLERANCE || confidence > most / 100 + TOLERANCE) return false;
  if (looks && !looks(image)) return false;
  if (!isOfKind(table, image, filter)) return false;
  return named === undefined || named(image);
}

function isOfKind(table: ResultTable, image: number, { kind, given }: Filter): boolean {
  switch (kind) {
    case 'all':
      return true;
    case 'wrong':
      return table.wrong(image);
    case 'right':
      return table.truth(image) >= 0 && !table.wrong(image);
    case 'unknown':
      return table.truth(image) < 0;
    case 'unsure':
      return table.said(image) === SHOWN.notSure;
    case 'none':
      return table.said(image) === SHOWN.none;
    case 'kind':
      return table.said(image) >= 0;
    case 'changed':
      return table.changed(image);
    case 'doubtful':
      return table.isDoubtful(image);
    case 'left':
    case 'labeled':
    case 'accepted':
    case 'agent':
      return given.how(image) === kind;
    case 'rejected':
      return given.how(image) === 'none';
  }
}

/** How often labels are predicted and true. */
export interface LabelCounts {
  /** Per target label, images for which it is predicted, of those that the rest of a filter lets through. */
  readonly predicted: Uint32Array;
  /** Images of those for which nothing is decided. */
  readonly undecided: number;
  /** Per target label, images of which it is the truth: of all. */
  readonly truths: Uint32Array;
  /** Of those, how many are predicted right. */
  readonly right: Uint32Array;
}

/** @param labels how many target labels there are */
export function countLabels(table: ResultTable, labels: number, filter: Filter): LabelCounts {
  const counts = {
    predicted: new Uint32Array(labels),
    undecided: 0,
    truths: new Uint32Array(labels),
    right: new Uint32Array(labels),
  };
  const rest = { ...filter, predicted: undefined };
  for (let image = 0; image < table.length; image++) {
    const truth = table.truth(image);
    const predicted = table.predicted(image);
    if (truth >= 0) {
      counts.truths[truth]++;
      if (truth === predicted) counts.right[truth]++;
    }
    if (!passes(table, image, rest)) continue;
    if (predicted < 0) counts.undecided++;
    else counts.predicted[predicted]++;
  }
  return counts;
}

/** Images `from..to` (of the order of arrival) that pass, in that order. */
export function arrivals(table: ResultTable, filter: Filter, from: number, to: number): number[] {
  const images: number[] = [];
  for (let image = from; image < to; image++) if (passes(table, image, filter)) images.push(image);
  return images;
}

/** Puts images in an order; ties stay in the order of arrival. `names` is needed for `name` only. */
export function sorted(
  table: ResultTable,
  images: readonly number[],
  sort: Sort,
  names: readonly string[],
): number[] {
  switch (sort) {
    case 'arrival':
      return [...images];
    case 'proposed': {
      const shown = new Set(images);
      const first = table.about.proposed.map(({ image }) => image).filter((image) => shown.has(image));
      for (const image of first) shown.delete(image);
      return [...first, ...shown];
    }
    case 'least-sure':
      return [...images].sort((a, b) => table.confidence(a) - table.confidence(b) || a - b);
    case 'most-sure':
      return [...images].sort((a, b) => table.confidence(b) - table.confidence(a) || a - b);
    case 'wrong-first':
      // The surest mistakes come first: they tell most about the alignment.
      return [...images].sort(
        (a, b) =>
          Number(table.wrong(b)) - Number(table.wrong(a)) ||
          table.confidence(b) - table.confidence(a) ||
          a - b,
      );
    case 'name': {
      const { compare } = new Intl.Collator(undefined, { numeric: true });
      return [...images].sort((a, b) => compare(names[a] ?? '', names[b] ?? '') || a - b);
    }
  }
}

/** Puts images that are nearly the same beside each other, where the first of them stands. */
export function grouped(images: readonly number[], groups: ArrayLike<number>): number[] {
  const members = new Map<number, number[]>();
  for (const image of images) {
    const group = members.get(groups[image]);
    if (group) group.push(image);
    else members.set(groups[image], [image]);
  }
  return [...members.values()].flat();
}
