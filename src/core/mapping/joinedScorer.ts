import { invalidArgument } from '../errors.ts';
import { phrase } from '../text/text.ts';
import { logSumExp } from './logSumExp.ts';
import type { Mapping } from './mapping.ts';
import { MappingScorer } from './scoring.ts';

/** What turns rows of outputs [N, S] into scores of targets [N, T]. */
export interface TargetScorer {
  readonly sourceCount: number;
  readonly targetCount: number;
  score(rows: Float32Array, count?: number): Float32Array;
}

/** A part that says for another how likely the targets are that both carry. */
interface Followed {
  readonly part: number;
  readonly shared: readonly number[];
}

/** One of several backbones that answer for the same targets. */
export interface JoinedMapping {
  readonly mapping: Mapping;
  /** How much it counts beside the others, above 0. */
  readonly weight: number;
  /** [T]: how much it counts for each target, times {@link weight}; absent: the same for all. */
  readonly targetWeights?: readonly number[] | undefined;
}

/** How a {@link JoinedScorer} weighs its parts. */
export interface JoinedPlan {
  readonly parts: readonly JoinedMapping[];
  /** Per part and target its share of the mean; 0 where it does not carry the target. */
  readonly shares: readonly Float64Array[];
  readonly followed: readonly (readonly Followed[])[];
  readonly targetCount: number;
}

/**
 * The outputs of several backbones for one image in one row: of each the log-probabilities of its labels, less the log of how
 * many backbones there are. So a row is a distribution over all labels, as if one of the backbones had been drawn.
 * @param rows logits of each backbone, or log p
 */
export function joinRows(rows: readonly Float32Array[], into: Float32Array): Float32Array {
  let at = 0;
  for (const row of rows) {
    const all = logSumExp(row);
    // What is lost stays lost.
    const less = all === Number.NEGATIVE_INFINITY ? 0 : all + Math.log(rows.length);
    for (let s = 0; s < row.length; s++) into[at + s] = row[s] - less;
    at += row.length;
  }
  return into;
}

/**
 * The log-probabilities of one of several backbones in rows that {@link joinRows} made, row-major [count, its width].
 * @param widths of the backbones, in their order
 */
export function ownRows(
  rows: Float32Array,
  count: number,
  widths: readonly number[],
  member: number,
): Float32Array {
  const sum = (some: readonly number[]) => some.reduce((all, width) => all + width, 0);
  const [total, from, width] = [sum(widths), sum(widths.slice(0, member)), widths[member]];
  const shift = Math.log(widths.length);
  const own = new Float32Array(count * width);
  for (let i = 0; i < count; i++) {
    const start = i * total + from;
    for (let s = 0; s < width; s++) own[i * width + s] = rows[start + s] + shift;
  }
  return own;
}

/**
 * Scores of several backbones: of each target the weighted mean of what those say that carry it. What a backbone says is the
 * log of a probability among all of its labels; so a target that one of them alone carries stands beside the others as it
 * would without them.
 *
 * That holds among backbones that know as much. One that carries fewer targets than another knows less of what else there
 * is, and is as sure of a guitar that it is a dog: it says which of its targets it is, and how likely any of those is that
 * both carry, the broadest says for it; several that are as broad, on the mean.
 *
 * A part may count more for one target than for another (prompts that were trained for one another: Cai et al., Understanding
 * Model Reprogramming for CLIP via Decoupling Visual Prompts, ICML 2025): the weights of a target's mean are those.
 *
 * Measured beside softmax per backbone, mixtures of probabilities and scores for what is missing: docs/BENCHMARKS.md.
 */
export class JoinedScorer implements TargetScorer {
  readonly sourceCount: number;
  readonly targetCount: number;
  readonly #parts: readonly (JoinedMapping & { readonly scorer: MappingScorer })[];
  /** Per part and target its share of the mean; 0 where it does not carry the target. */
  readonly #shares: readonly Float64Array[];
  readonly #uncarried: readonly number[];
  /** Per part those that it follows, which carry most targets; none where it carries as many, or no target of theirs. */
  readonly #followed: readonly (readonly Followed[])[];

  /** @throws {SemapError} `invalid-argument` as {@link MappingScorer} does, and for parts of different targets */
  constructor(parts: readonly JoinedMapping[]) {
    this.#parts = parts.map((part) => ({ ...part, scorer: new MappingScorer(part.mapping) }));
    const counts = parts.map(({ mapping }) => mapping.targets.length);
    if (counts.some((count) => count !== counts[0]))
      throw invalidArgument(phrase('The backbones of an alignment must have the same labels.'));
    this.targetCount = counts[0];
    this.sourceCount = parts.reduce((sum, { mapping }) => sum + mapping.sourceCount, 0);
    const carried = parts.map(({ mapping, weight, targetWeights }) =>
      Float64Array.from(mapping.targets, ({ length }, t) =>
        length > 0 ? weight * (targetWeights?.[t] ?? 1) : 0,
      ),
    );
    this.#shares = carried.map((own) =>
      own.map((weight, t) => weight && weight / carried.reduce((sum, one) => sum + one[t], 0)),
    );
    this.#uncarried = [...this.#shares[0].keys()].filter((t) => this.#shares.every((own) => own[t] === 0));
    const targets = carried.map((own) => [...own.keys()].filter((t) => own[t] > 0));
    const most = Math.max(...targets.map(({ length }) => length));
    const broadest = [...parts.keys()].filter((p) => targets[p].length === most);
    this.#followed = targets.map((own) =>
      own.length === most
        ? []
        : broadest
            .map((part) => ({ part, shared: own.filter((t) => carried[part][t] > 0) }))
            .filter(({ shared }) => shared.length > 0),
    );
  }

  /** How the scores of the parts become one, for whoever computes it elsewhere. */
  get plan(): JoinedPlan {
    return {
      parts: this.#parts,
      shares: this.#shares,
      followed: this.#followed,
      targetCount: this.targetCount,
    };
  }

  /**
   * @param rows row-major [count, S] as {@link joinRows} makes them
   * @returns row-major [count, T]; -Infinity for targets that no backbone carries
   */
  score(rows: Float32Array, count: number = rows.length / this.sourceCount): Float32Array {
    const T = this.targetCount;
    const out = new Float32Array(count * T);
    for (const [p, scores] of this.said(rows, count).entries()) {
      const shares = this.#shares[p];
      for (let at = 0; at < out.length; at += T)
        for (let t = 0; t < T; t++) if (shares[t] > 0) out[at + t] += shares[t] * scores[at + t];
    }
    for (const t of this.#uncarried)
      for (let at = t; at < out.length; at += T) out[at] = Number.NEGATIVE_INFINITY;
    return out;
  }

  /** The scores of each backbone whose weighted mean is taken, row-major [count, T]; -Infinity as {@link scoreEach}. */
  said(rows: Float32Array, count: number = rows.length / this.sourceCount): Float32Array[] {
    const T = this.targetCount;
    const said = this.scoreEach(rows, count);
    for (let at = 0; at < count * T; at += T) {
      const more = said.map((_, p) => this.#more(p, said, at));
      for (const [p, scores] of said.entries())
        if (more[p] !== 0) for (let t = 0; t < T; t++) scores[at + t] += more[p];
    }
    return said;
  }

  /** Scores of each backbone alone, row-major [count, T]; -Infinity for targets that it does not carry. */
  scoreEach(rows: Float32Array, count: number = rows.length / this.sourceCount): Float32Array[] {
    const widths = this.#parts.map(({ scorer }) => scorer.sourceCount);
    return this.#parts.map(({ mapping, scorer }, member) => {
      const scores = scorer.score(ownRows(rows, count, widths, member), count);
      return mapping.aggregation.kind === 'linear' ? this.#probabilities(scores, mapping) : scores;
    });
  }

  /** Sums of a linear mapping are logs of odds: they become log-probabilities of the targets that it carries, in place. */
  #probabilities(scores: Float32Array, { targets }: Mapping): Float32Array {
    const T = this.targetCount;
    const carried = [...targets.keys()].filter((t) => targets[t].length > 0);
    for (let at = 0; at < scores.length; at += T) {
      const total = logSumExp(Float32Array.from(carried, (t) => scores[at + t]));
      for (let t = 0; t < T; t++)
        scores[at + t] = targets[t].length > 0 ? scores[at + t] - total : Number.NEGATIVE_INFINITY;
    }
    return scores;
  }

  /** What is added to the scores of a part so that what it shares with the broadest has the probability that these give. */
  #more(part: number, said: readonly Float32Array[], at: number): number {
    let [sum, weights] = [0, 0];
    for (const { part: broadest, shared } of this.#followed[part]) {
      const [own, theirs] = [said[part], said[broadest]].map((scores) =>
        logSumExp(Float32Array.from(shared, (t) => scores[at + t])),
      );
      const more = theirs - own;
      if (!Number.isFinite(more)) continue;
      sum += this.#parts[broadest].weight * more;
      weights += this.#parts[broadest].weight;
    }
    return weights === 0 ? 0 : sum / weights;
  }
}
