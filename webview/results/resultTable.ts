import type { ResultColumns } from '../../src/protocol/resultsView.ts';

/** All predictions of a run in the order in which they arrived, as columns that grow. */
export class ResultTable {
  #predicted = new Int32Array(1024);
  #truth = new Int32Array(1024);
  #confidence = new Float32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append({ predicted, truth, confidence }: ResultColumns): void {
    const length = this.#length + predicted.length;
    if (length > this.#predicted.length) {
      const capacity = Math.max(length, 2 * this.#predicted.length);
      this.#predicted = grown(this.#predicted, new Int32Array(capacity));
      this.#truth = grown(this.#truth, new Int32Array(capacity));
      this.#confidence = grown(this.#confidence, new Float32Array(capacity));
    }
    this.#predicted.set(predicted, this.#length);
    this.#truth.set(truth, this.#length);
    this.#confidence.set(confidence, this.#length);
    this.#length = length;
  }

  /** -1 where nothing is decided. */
  predicted(image: number): number {
    return this.#predicted[image];
  }

  /** -1 where the truth is not known. */
  truth(image: number): number {
    return this.#truth[image];
  }

  confidence(image: number): number {
    return this.#confidence[image];
  }

  /** Whether the truth is known and another label was predicted. */
  wrong(image: number): boolean {
    return this.#truth[image] >= 0 && this.#truth[image] !== this.#predicted[image];
  }
}

function grown<T extends Int32Array | Float32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
