import { expOfNegative } from '../mapping/fastExp.ts';
import type { Mapping } from '../mapping/mapping.ts';

/** What answers show of their own worth, without a label; shares in [0, 1]. */
export interface AnswerSigns {
  /** Images that were answered; of very many about so many. */
  readonly images: number;
  /** Mean probability of the answer among the labels. */
  readonly confidence: number;
  /**
   * Mean of that times the probability that the backbone gives the source labels in use, by their weights: an image of
   * something else has little left for them, however clear it is which label gets more.
   */
  readonly backing: number;
  /** Entropy of the mean probabilities, divided by ln T: 1 where all labels are given equally often. */
  readonly diversity: number;
}

/** Whether {@link AnswerSigns} can be read off a mapping's scores: they must be log-probabilities of source labels. */
export function hasSigns({ aggregation, targets }: Mapping): boolean {
  return aggregation.kind === 'log-mean-exp' && targets.filter(({ length }) => length > 0).length > 1;
}

/** Images that are all looked at; of more, one in {@link STEP}, which then stands for the others: scoring must stay fast. */
const ALL = 2000;
const STEP = 16;

/** Counts {@link AnswerSigns}; images may come in blocks. */
export class SignCount {
  readonly #weights: Float64Array;
  readonly #shares: Float64Array;
  readonly #row: Float64Array;
  #seen = 0;
  #images = 0;
  #confidence = 0;
  #backing = 0;

  constructor({ sourceCount, targets }: Mapping) {
    this.#weights = new Float64Array(sourceCount);
    for (const { source, weight } of targets.flat())
      this.#weights[source] = Math.max(this.#weights[source], weight);
    this.#shares = new Float64Array(targets.length);
    this.#row = new Float64Array(targets.length);
  }

  /**
   * @param scores row-major [n, T]; -Infinity for a target without sources
   * @param logits row-major [n, S], of the same images; what is known of none of its sources does not count
   */
  add(scores: Float32Array, logits: Float32Array): this {
    const [T, S] = [this.#row.length, this.#weights.length];
    for (let i = 0; (i + 1) * T <= scores.length; i++) {
      const weight = this.#seen < ALL ? 1 : STEP;
      if (this.#seen++ % weight !== 0) continue;
      const confidence = this.#answer(scores, i * T, weight);
      if (confidence === undefined) continue;
      this.#images += weight;
      this.#confidence += weight * confidence;
      this.#backing += weight * confidence * this.#mass(logits, i * S);
    }
    return this;
  }

  /** Adds the probabilities of a row to the shares. @returns the largest of them */
  #answer(scores: Float32Array, from: number, weight: number): number | undefined {
    const row = this.#row;
    const top = highest(scores, from, row.length);
    if (!Number.isFinite(top)) return undefined;
    let sum = 0;
    for (let t = 0; t < row.length; t++) {
      row[t] = expOfNegative(scores[from + t] - top);
      sum += row[t];
    }
    for (let t = 0; t < row.length; t++) this.#shares[t] += (weight * row[t]) / sum;
    return 1 / sum;
  }

  /** The probability of the sources in use, by their weights. */
  #mass(logits: Float32Array, from: number): number {
    const weights = this.#weights;
    const top = highest(logits, from, weights.length);
    let [all, used] = [0, 0];
    for (let s = 0; s < weights.length; s++) {
      const likelihood = expOfNegative(logits[from + s] - top);
      all += likelihood;
      used += weights[s] * likelihood;
    }
    return used / all;
  }

  /** Undefined where no image was answered. */
  get signs(): AnswerSigns | undefined {
    const images = this.#images;
    if (images === 0) return undefined;
    const entropy = this.#shares.reduce((sum, share) => {
      const p = share / images;
      return p > 0 ? sum - p * Math.log(p) : sum;
    }, 0);
    return {
      images,
      confidence: this.#confidence / images,
      backing: Math.min(1, this.#backing / images),
      diversity: entropy / Math.log(this.#shares.length),
    };
  }
}

function highest(values: Float32Array, from: number, count: number): number {
  let top = Number.NEGATIVE_INFINITY;
  for (let at = from; at < from + count; at++) if (values[at] > top) top = values[at];
  return top;
}
