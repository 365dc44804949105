import { invalidArgument } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { Mapping } from './mapping.ts';
import { MappingScorer } from './scoring.ts';

/** What turns rows of outputs [N, S] into scores of targets [N, T]. */
export interface TargetScorer {
  readonly sourceCount: number;
  readonly targetCount: number;
  score(rows: Float32Array, count?: number): Float32Array;
}

/** One of several backbones that answer for the same targets. */
export interface JoinedMapping {
  readonly mapping: Mapping;
  /** How much it counts beside the others, above 0. */
  readonly weight: number;
}

/**
 * The outputs of several backbones for one image in one row: of each the log-probabilities of its labels, less the log of how
 * many backbones there are. So a row is a distribution over all labels, as if one of the backbones had been drawn.
 * @param rows logits of each backbone, or log p
 */
export function joinRows(rows: readonly Float32Array[], into: Float32Array): Float32Array {
  let at = 0;
  for (const row of rows) {
    let top = Number.NEGATIVE_INFINITY;
    for (let s = 0; s < row.length; s++) if (row[s] > top) top = row[s];
    let sum = 0;
    if (top > Number.NEGATIVE_INFINITY) for (let s = 0; s < row.length; s++) sum += Math.exp(row[s] - top);
    // What is lost stays lost.
    const less = sum === 0 ? 0 : top + Math.log(sum) + Math.log(rows.length);
    for (let s = 0; s < row.length; s++) into[at + s] = row[s] - less;
    at += row.length;
  }
  return into;
}

/**
 * Scores of several backbones: of each target the weighted mean of what those say that carry it. What a backbone says is the
 * log of a probability among all of its labels; so a target that one of them alone carries stands beside the others as it
 * would without them. Measured beside softmax per backbone, mixtures of probabilities and a score for what is missing: see
 * docs/BENCHMARKS.md.
 */
export class JoinedScorer implements TargetScorer {
  readonly sourceCount: number;
  readonly targetCount: number;
  readonly #parts: readonly (JoinedMapping & { readonly scorer: MappingScorer })[];
  /** Per part and target its share of the mean; 0 where it does not carry the target. */
  readonly #shares: readonly Float64Array[];

  /** @throws {SemapError} `invalid-argument` as {@link MappingScorer} does, and for parts of different targets */
  constructor(parts: readonly JoinedMapping[]) {
    this.#parts = parts.map((part) => ({ ...part, scorer: new MappingScorer(part.mapping) }));
    const counts = parts.map(({ mapping }) => mapping.targets.length);
    if (counts.some((count) => count !== counts[0]))
      throw invalidArgument(phrase('The backbones of an alignment must have the same labels.'));
    this.targetCount = counts[0];
    this.sourceCount = parts.reduce((sum, { mapping }) => sum + mapping.sourceCount, 0);
    const carried = parts.map(({ mapping, weight }) =>
      Float64Array.from(mapping.targets, ({ length }) => (length > 0 ? weight : 0)),
    );
    this.#shares = carried.map((own) =>
      own.map((weight, t) => weight && weight / carried.reduce((sum, one) => sum + one[t], 0)),
    );
  }

  /**
   * @param rows row-major [count, S] as {@link joinRows} makes them
   * @returns row-major [count, T]; -Infinity for targets that no backbone carries
   */
  score(rows: Float32Array, count: number = rows.length / this.sourceCount): Float32Array {
    const { sourceCount: S, targetCount: T } = this;
    const out = Float32Array.from({ length: count * T }, (_, at) =>
      this.#isCarried(at % T) ? 0 : Number.NEGATIVE_INFINITY,
    );
    const shift = Math.log(this.#parts.length);
    let from = 0;
    for (const [p, { scorer }] of this.#parts.entries()) {
      const width = scorer.sourceCount;
      const own = new Float32Array(count * width);
      for (let i = 0; i < count; i++)
        own.set(
          rows.subarray(i * S + from, i * S + from + width).map((value) => value + shift),
          i * width,
        );
      const scores = scorer.score(own, count);
      const shares = this.#shares[p];
      for (let t = 0; t < T; t++) {
        if (shares[t] === 0) continue;
        for (let at = t; at < out.length; at += T) out[at] += shares[t] * scores[at];
      }
      from += width;
    }
    return out;
  }

  #isCarried(target: number): boolean {
    return this.#shares.some((own) => own[target] > 0);
  }
}
