import { expOfNegative } from '../mapping/fastExp.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { argmax } from '../mapping/scoring.ts';

/** What answers show of their own worth, without a label. */
export interface AnswerSigns {
  /** Images that were answered. */
  readonly images: number;
  /**
   * How clearly each label is given or not, in [0, 1]: sum over labels of the norm of its probabilities, divided by the sum
   * of the roots of its shares. Other than a mean confidence it counts every label once, however few images get it.
   */
  readonly decided: number;
  /** Share of the images whose strongest source label the mapping uses. */
  readonly reach: number;
  /** Share of the source labels that the mapping uses: the reach of a backbone that sees nothing. */
  readonly used: number;
}

/** Whether {@link AnswerSigns} can be read off a mapping's scores: they must be log-probabilities of source labels. */
export function hasSigns({ aggregation }: Mapping): boolean {
  return aggregation.kind === 'log-mean-exp';
}

/** Counts {@link AnswerSigns}; images may come in blocks. */
export class SignCount {
  readonly #uses: Uint8Array;
  readonly #squares: Float64Array;
  readonly #sums: Float64Array;
  readonly #row: Float64Array;
  #images = 0;
  #reached = 0;

  constructor({ sourceCount, targets }: Mapping) {
    this.#uses = new Uint8Array(sourceCount);
    for (const sources of targets) for (const { source } of sources) this.#uses[source] = 1;
    this.#squares = new Float64Array(targets.length);
    this.#sums = new Float64Array(targets.length);
    this.#row = new Float64Array(targets.length);
  }

  /**
   * @param scores row-major [n, T]; -Infinity for a target without sources
   * @param logits row-major [n, S], of the same images
   */
  add(scores: Float32Array, logits: Float32Array): this {
    const T = this.#row.length;
    const S = this.#uses.length;
    for (let i = 0; (i + 1) * T <= scores.length; i++) {
      const strongest = argmax(logits, i * S, S);
      if (strongest >= 0) this.#reached += this.#uses[strongest];
      this.#images++;
      const best = argmax(scores, i * T, T);
      if (best < 0) continue;
      const top = scores[i * T + best];
      let sum = 0;
      for (let t = 0; t < T; t++) {
        this.#row[t] = expOfNegative(scores[i * T + t] - top);
        sum += this.#row[t];
      }
      for (let t = 0; t < T; t++) {
        const p = this.#row[t] / sum;
        this.#sums[t] += p;
        this.#squares[t] += p * p;
      }
    }
    return this;
  }

  get signs(): AnswerSigns {
    const roots = (values: Float64Array) => values.reduce((sum, value) => sum + Math.sqrt(value), 0);
    const shares = roots(this.#sums);
    return {
      images: this.#images,
      decided: shares > 0 ? roots(this.#squares) / shares : 0,
      reach: this.#images > 0 ? this.#reached / this.#images : 0,
      used: this.#uses.reduce((sum, use) => sum + use, 0) / this.#uses.length,
    };
  }
}
