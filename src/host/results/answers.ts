import type { Ancestor } from '../../core/caution/rollUp.ts';
import type { Prediction } from '../../core/evidence/imageScorer.ts';
import { GIVEN } from '../../core/truths/imageTruths.ts';
import { SHOWN } from '../../protocol/cautionView.ts';
import type { ResultColumns } from '../../protocol/resultsView.ts';
import type { PredictionList } from './predictionList.ts';

/** What settling says, one entry for each prediction, in their order. */
export interface SettledAnswers {
  readonly targets: Int32Array;
  readonly confidences: Float32Array;
}

/** What is shown of an image: a prediction whose target and confidence are the settled ones while those are shown. */
export interface Answer extends Prediction {
  /** What the mapping alone says. */
  readonly plain: Pick<Prediction, 'target' | 'confidence'>;
  /** The target label that a person gave; or one of {@link GIVEN}. */
  readonly given: number;
  /** What is said in place of the label: a common kind, or one of {@link SHOWN}. */
  readonly said: number;
}

/** Counts over the first images, for a version of the answers. */
interface Judged {
  readonly version: number;
  readonly length: number;
  readonly judged: number;
  readonly correct: number;
}

/** Images whose answers changed since some version. */
interface Changes {
  readonly version: number;
  readonly rows: Int32Array;
}

/**
 * What is shown of the images of a run: their plain predictions, settled ones in their place, and what a person said of
 * them. A page that has seen a version asks what changed since.
 */
export class Answers {
  readonly #predictions: PredictionList;
  #shown: SettledAnswers | undefined;
  #given = new Int32Array();
  #said: Int32Array | undefined;
  #kinds: readonly Ancestor[] = [];
  #truths: Int32Array | undefined;
  #judged: Judged | undefined;
  #changedAt = new Uint32Array();
  #version = 0;
  /** Rows of images that are no longer there, while others come. */
  readonly #gone = new Set<number>();

  constructor(predictions: PredictionList) {
    this.#predictions = predictions;
  }

  /** Another one whenever an answer changed; images that join do not count. */
  get version(): number {
    return this.#version;
  }

  get length(): number {
    return this.#predictions.length;
  }

  /** What is shown in the place of the plain predictions. */
  get settled(): SettledAnswers | undefined {
    return this.#shown;
  }

  /** Shows settled answers, or the plain ones again. */
  show(settled: SettledAnswers | undefined): void {
    if (settled === this.#shown) return;
    const count = this.#predictions.length;
    const targets = Int32Array.from({ length: count }, (_, row) => this.target(row));
    const confidences = Float64Array.from({ length: count }, (_, row) => this.confidence(row));
    this.#shown = settled;
    this.#mark((row) => targets[row] !== this.target(row) || confidences[row] !== this.confidence(row));
  }

  /** @param given what a person said of each image: a target label, or one of {@link GIVEN} */
  give(given: (row: number) => number): void {
    const before = this.#given;
    this.#given = Int32Array.from({ length: this.#predictions.length }, (_, row) => given(row));
    this.#mark((row) => (before[row] ?? GIVEN.nothing) !== this.#given[row]);
  }

  /** @param said what is said in place of each label: an index of `kinds`, or one of {@link SHOWN}; absent: the labels */
  say(said: Int32Array | undefined, kinds: readonly Ancestor[] = []): void {
    this.#kinds = kinds;
    const before = Int32Array.from({ length: this.#predictions.length }, (_, row) => this.said(row));
    this.#said = said;
    this.#mark((row) => before[row] !== this.said(row));
  }

  /** @param truths what accuracy judges each image by: -1 where none is known, or it was learned from */
  judge(truths: Int32Array): void {
    const before = Int32Array.from(truths, (_, row) => this.truth(row));
    this.#truths = truths;
    this.#judged = undefined;
    this.#mark((row) => before[row] !== this.truth(row));
  }

  /** An image is another by now, and has another prediction. */
  renew(row: number): void {
    this.#touch(row, ++this.#version);
  }

  /** An image is no longer there. */
  leave(row: number): void {
    this.#gone.add(row);
    this.renew(row);
  }

  /** Rows of images that are no longer there. */
  get gone(): ReadonlySet<number> {
    return this.#gone;
  }

  /** The predictions are only of images that are there: their rows are others. */
  begin(): void {
    this.#gone.clear();
    this.#given = new Int32Array();
    this.#said = undefined;
    this.#truths = undefined;
    this.#judged = undefined;
    this.#changedAt = new Uint32Array();
    this.#version++;
  }

  /** How many answers have a truth, and how many of those are right. */
  get judged(): Pick<Judged, 'judged' | 'correct'> {
    const isSame = this.#judged?.version === this.#version;
    let { length, judged, correct } = (isSame && this.#judged) || { length: 0, judged: 0, correct: 0 };
    for (; length < this.length; length++) {
      const truth = this.truth(length);
      if (truth < 0) continue;
      judged++;
      if (truth === this.target(length)) correct++;
    }
    this.#judged = { version: this.#version, length, judged, correct };
    return this.#judged;
  }

  #mark(isOther: (row: number) => boolean): void {
    const next = this.#version + 1;
    for (let row = 0; row < this.#predictions.length; row++) {
      if (!isOther(row)) continue;
      this.#touch(row, next);
      this.#version = next;
    }
  }

  #touch(row: number, version: number): void {
    if (row >= this.#changedAt.length) {
      const larger = new Uint32Array(this.#predictions.length);
      larger.set(this.#changedAt);
      this.#changedAt = larger;
    }
    this.#changedAt[row] = version;
  }

  target(row: number): number {
    return this.#shown?.targets[row] ?? this.#predictions.target(row);
  }

  truth(row: number): number {
    if (this.#gone.has(row)) return -1;
    return this.#truths?.[row] ?? this.#predictions.truth(row);
  }

  confidence(row: number): number {
    return this.#shown?.confidences[row] ?? this.#predictions.confidence(row);
  }

  /** Images that a person said something of. */
  get labelled(): number {
    return this.#given.reduce((sum, given) => sum + Number(given !== GIVEN.nothing), 0);
  }

  given(row: number): number {
    return this.#given[row] ?? GIVEN.nothing;
  }

  /** Common kinds that are said in place of labels. */
  get kinds(): readonly Ancestor[] {
    return this.#kinds;
  }

  said(row: number): number {
    if (this.#gone.has(row)) return SHOWN.gone;
    return this.#said?.[row] ?? SHOWN.label;
  }

  /** Undefined where there is no such image. */
  at(row: number): Answer | undefined {
    const prediction = this.#predictions.at(row);
    if (!prediction) return undefined;
    const { target, confidence } = prediction;
    return {
      ...prediction,
      target: this.target(row),
      confidence: this.confidence(row),
      truth: this.truth(row),
      plain: { target, confidence },
      given: this.given(row),
      said: this.said(row),
    };
  }

  slice(from: number, to: number): Answer[] {
    const rows: Answer[] = [];
    for (let row = Math.max(0, from); row < Math.min(to, this.length); row++) rows.push(this.at(row)!);
    return rows;
  }

  /** Rows whose answers are others than in a version. */
  changes(since: number): Changes {
    const rows: number[] = [];
    for (let row = 0; row < this.#changedAt.length; row++) if (this.#changedAt[row] > since) rows.push(row);
    return { version: this.#version, rows: Int32Array.from(rows) };
  }

  columns(rows: ArrayLike<number>): ResultColumns {
    const count = rows.length;
    const columns = {
      predicted: new Int32Array(count),
      truth: new Int32Array(count),
      confidence: new Float32Array(count),
      plain: new Int32Array(count),
      plainConfidence: new Float32Array(count),
      given: new Int32Array(count),
      said: new Int32Array(count),
      split: new Int8Array(count),
    };
    for (let i = 0; i < count; i++) {
      const row = rows[i];
      columns.predicted[i] = this.target(row);
      columns.confidence[i] = this.confidence(row);
      columns.truth[i] = this.truth(row);
      columns.plain[i] = this.#predictions.target(row);
      columns.plainConfidence[i] = this.#predictions.confidence(row);
      columns.given[i] = this.given(row);
      columns.said[i] = this.said(row);
      columns.split[i] = this.#predictions.splitIndex(row);
    }
    return columns;
  }
}
