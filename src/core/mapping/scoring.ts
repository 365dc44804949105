import { invalidArgument } from '../errors.ts';
import { largest } from '../largest.ts';
import { phrase } from '../text/text.ts';
import { expOfNegative } from './fastExp.ts';
import { probabilities } from './labelledOutputs.ts';
import { type Mapping, massOf } from './mapping.ts';
import { checkMapping } from './ranges.ts';

/** A mapping laid out for speed: scores [N, S] logits into [N, T]. Exponentials are taken once per source in use. */
export class MappingScorer {
  readonly sourceCount: number;
  readonly targetCount: number;
  readonly #mapping: Mapping;
  /** Sources that any target uses, and per target ranges of positions in that list. */
  readonly #used: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #positions: Uint32Array;
  readonly #weights: Float64Array;
  readonly #plain: boolean;
  /** What the mean of `log-mean-exp` takes off each target, and room for the exponentials of the sources in use. */
  readonly #means: Float64Array;
  readonly #exps: Float64Array;

  /** @throws {SemapError} `invalid-argument` when a source index is outside the label space, or a number is none. */
  constructor(mapping: Mapping) {
    this.sourceCount = mapping.sourceCount;
    this.targetCount = mapping.targets.length;
    this.#mapping = mapping;
    const used = [...new Set(mapping.targets.flat().map(({ source }) => source))].sort((a, b) => a - b);
    const wrong = used.find(
      (source) => !(Number.isInteger(source) && source >= 0 && source < this.sourceCount),
    );
    if (wrong !== undefined) {
      throw invalidArgument(
        phrase('The mapping names source {0}; there are {1} sources.', wrong, this.sourceCount),
      );
    }
    checkMapping(mapping);
    const position = new Map(used.map((source, i) => [source, i]));
    this.#used = Uint32Array.from(used);
    this.#starts = new Uint32Array(this.targetCount + 1);
    mapping.targets.forEach((sources, t) => {
      this.#starts[t + 1] = this.#starts[t] + sources.length;
    });
    const entries = mapping.targets.flat();
    this.#positions = Uint32Array.from(entries, ({ source }) => position.get(source)!);
    this.#weights = Float64Array.from(entries, ({ weight }) => weight);
    this.#plain = entries.every(({ weight }) => weight === 1);
    const { aggregation } = mapping;
    const alpha = aggregation.kind === 'log-mean-exp' ? aggregation.alpha : 0;
    this.#means = Float64Array.from(mapping.targets, (sources) =>
      sources.length > 0 ? -alpha * Math.log(massOf(sources)) : 0,
    );
    this.#exps = new Float64Array(used.length);
  }

  /**
   * Scores of `count` images.
   * @param logits row-major [count, S]; log p where the backbone gives probabilities.
   * @returns row-major [count, T]; -Infinity for targets without sources.
   */
  score(logits: Float32Array, count: number = logits.length / this.sourceCount): Float32Array {
    if (logits.length < count * this.sourceCount || !Number.isInteger(count)) {
      throw invalidArgument(
        phrase('{0} logits are not {1} rows of {2}.', logits.length, count, this.sourceCount),
      );
    }
    const scores = new Float32Array(count * this.targetCount);
    const aggregation = this.#mapping.aggregation;
    switch (aggregation.kind) {
      case 'log-mean-exp':
        this.#logMeanExp(logits, scores, !this.#plain);
        break;
      case 'mean-logits':
        this.#perRow(logits, scores, (z, from, to) => this.#mean(z, from, to));
        break;
      case 'max':
        this.#perRow(logits, scores, (z, from, to) => this.#max(z, from, to));
        break;
      case 'conse':
        this.#conse(logits, scores, aggregation.top);
        break;
      case 'linear':
        this.#perRow(logits, scores, (z, from, to, t) => this.#sum(z, from, to) + aggregation.bias[t]);
        break;
    }
    const { offsets } = this.#mapping;
    if (offsets) for (let at = 0; at < scores.length; at++) scores[at] += offsets[at % this.targetCount];
    return scores;
  }

  #logMeanExp(logits: Float32Array, scores: Float32Array, weighted: boolean): void {
    const { targetCount: T, sourceCount: S } = this;
    const [starts, positions, used, weights] = [this.#starts, this.#positions, this.#used, this.#weights];
    const [means, exps] = [this.#means, this.#exps];
    for (let base = 0, out = 0; out < scores.length; base += S, out += T) {
      // Of all sources, not of those in use: so the score of a target does not depend on other targets, to the bit.
      let top = Number.NEGATIVE_INFINITY;
      for (let s = base; s < base + S; s++) if (logits[s] > top) top = logits[s];
      if (top === Number.NEGATIVE_INFINITY) top = 0;
      for (let u = 0; u < used.length; u++) exps[u] = expOfNegative(logits[base + used[u]] - top);
      for (let t = 0; t < T; t++) {
        let sum = 0;
        for (let k = starts[t]; k < starts[t + 1]; k++) {
          sum += weighted ? weights[k] * exps[positions[k]] : exps[positions[k]];
        }
        scores[out + t] = (sum > 0 ? Math.log(sum) + top : this.#faint(logits, base, t, weighted)) + means[t];
      }
    }
  }

  /** logsumexp of a target all of whose sources vanish beside the strongest of the row. */
  #faint(logits: Float32Array, base: number, t: number, weighted: boolean): number {
    const logit = (k: number) =>
      logits[base + this.#used[this.#positions[k]]] + (weighted ? Math.log(this.#weights[k]) : 0);
    let top = Number.NEGATIVE_INFINITY;
    for (let k = this.#starts[t]; k < this.#starts[t + 1]; k++) top = Math.max(top, logit(k));
    if (top === Number.NEGATIVE_INFINITY) return top;
    let sum = 0;
    for (let k = this.#starts[t]; k < this.#starts[t + 1]; k++) sum += Math.exp(logit(k) - top);
    return Math.log(sum) + top;
  }

  #perRow(
    logits: Float32Array,
    scores: Float32Array,
    aggregate: (z: Float32Array, from: number, to: number, t: number) => number,
  ): void {
    const z = new Float32Array(this.#used.length);
    for (let base = 0, out = 0; out < scores.length; base += this.sourceCount, out += this.targetCount) {
      for (let u = 0; u < z.length; u++) z[u] = logits[base + this.#used[u]];
      for (let t = 0; t < this.targetCount; t++) {
        const from = this.#starts[t];
        const to = this.#starts[t + 1];
        scores[out + t] = to > from ? aggregate(z, from, to, t) : Number.NEGATIVE_INFINITY;
      }
    }
  }

  #mean(z: Float32Array, from: number, to: number): number {
    let mass = 0;
    for (let k = from; k < to; k++) mass += this.#weights[k];
    return this.#sum(z, from, to) / mass;
  }

  #sum(z: Float32Array, from: number, to: number): number {
    let sum = 0;
    for (let k = from; k < to; k++) sum += this.#weights[k] * z[this.#positions[k]];
    return sum;
  }

  /** ln of 1 plus the weighted mean of the top probabilities: monotone, and finite for negative cosines. */
  #conse(logits: Float32Array, scores: Float32Array, top: number): void {
    const S = this.sourceCount;
    const kept = new Float64Array(this.#used.length);
    for (let row = 0; row * S < logits.length && row * this.targetCount < scores.length; row++) {
      const p = probabilities(logits, row, S);
      const order = Uint32Array.from(p.keys()).sort((a, b) => p[b] - p[a] || a - b);
      const strongest = new Set(order.subarray(0, top));
      let mass = 0;
      for (const source of strongest) mass += p[source];
      this.#used.forEach((source, u) => {
        kept[u] = strongest.has(source) ? p[source] / mass : 0;
      });
      for (let t = 0; t < this.targetCount; t++) {
        let sum = 0;
        for (let k = this.#starts[t]; k < this.#starts[t + 1]; k++) {
          sum += this.#weights[k] * kept[this.#positions[k]];
        }
        const mapped = this.#starts[t + 1] > this.#starts[t];
        scores[row * this.targetCount + t] = mapped
          ? Math.log1p(Math.max(-0.999999, sum))
          : Number.NEGATIVE_INFINITY;
      }
    }
  }

  #max(z: Float32Array, from: number, to: number): number {
    let top = Number.NEGATIVE_INFINITY;
    for (let k = from; k < to; k++) top = Math.max(top, z[this.#positions[k]]);
    return top;
  }
}

/** Softmax over one row of scores, -Infinity allowed; all zeros when no score is finite. */
export function softmax(scores: ArrayLike<number>): Float64Array {
  const top = largest(Array.from(scores));
  if (top === Number.NEGATIVE_INFINITY) return new Float64Array(scores.length);
  const exps = Float64Array.from(scores, (score) => Math.exp(score - top));
  const sum = exps.reduce((total, value) => total + value, 0);
  return exps.map((value) => value / sum);
}

/** Index of the largest of `length` values from `offset`; the first among equals; -1 when none is finite. */
export function argmax(values: ArrayLike<number>, offset = 0, length = values.length - offset): number {
  let best = -1;
  let top = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) {
    const value = values[offset + i];
    if (value > top) {
      top = value;
      best = i;
    }
  }
  return best;
}

/**
 * What the scores of an image decide: the target with the highest one, of several equal ones the first. -1 where nothing
 * is decided: no target has a finite score, all of them have the same one, or one of them is no number or beyond all.
 * Targets without sources (-Infinity) take no part; a single one is decided by itself.
 */
export function decidedTarget(
  scores: ArrayLike<number>,
  offset = 0,
  length = scores.length - offset,
): number {
  let best = -1;
  let top = Number.NEGATIVE_INFINITY;
  let least = Number.POSITIVE_INFINITY;
  let finite = 0;
  for (let i = 0; i < length; i++) {
    const score = scores[offset + i];
    if (score === Number.NEGATIVE_INFINITY) continue;
    // NaN and Infinity.
    if (!(score < Number.POSITIVE_INFINITY)) return -1;
    finite++;
    if (score < least) least = score;
    if (score <= top) continue;
    top = score;
    best = i;
  }
  return finite > 1 && least === top ? -1 : best;
}
