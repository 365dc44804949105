import { JoinedScorer, ownRows } from '../mapping/joinedScorer.ts';
import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import type { Mapping } from '../mapping/mapping.ts';
import {
  type MappingInput,
  mappingInput,
  type StepResult,
  type StepRows,
  scoreLoss,
} from './mappingInput.ts';

/*
 * The mappings of several prompts as one: sources of the backbone under the first prompt, then under the second, ..., as
 * in rows that `joinRows` makes. So what keeps, resumes and compares a mapping knows nothing of prompts.
 */

/** @param mappings of the same backbone and targets, with one aggregation that has no numbers of its own for targets */
export function stackedMapping(mappings: readonly Mapping[]): Mapping {
  const [{ sourceCount, targets, ...rest }] = mappings;
  return {
    ...rest,
    sourceCount: mappings.length * sourceCount,
    targets: targets.map((_, t) =>
      mappings.flatMap((mapping, k) =>
        mapping.targets[t].map(({ source, weight }) => ({ source: k * sourceCount + source, weight })),
      ),
    ),
  };
}

/** The mappings that {@link stackedMapping} stacked. */
export function partMappings(stacked: Mapping, prompts: number): Mapping[] {
  if (prompts === 1) return [stacked];
  const sourceCount = stacked.sourceCount / prompts;
  return Array.from({ length: prompts }, (_, k) => ({
    ...stacked,
    sourceCount,
    targets: stacked.targets.map((sources) =>
      sources
        .filter(({ source }) => Math.floor(source / sourceCount) === k)
        .map(({ source, weight }) => ({ source: source - k * sourceCount, weight })),
    ),
  }));
}

/** Outputs of one of several prompts, of rows with all of them. */
export function partOutputs(outputs: LabelledOutputs, prompts: number, at: number): LabelledOutputs {
  const sourceCount = outputs.sourceCount / prompts;
  const widths = new Array<number>(prompts).fill(sourceCount);
  return { ...outputs, sourceCount, logits: ownRows(outputs.logits, outputs.truths.length, widths, at) };
}

/** Scores of stacked mappings under changing shares, as an alignment of several members gives them. */
export class StackedScorer {
  readonly #scorer: JoinedScorer;
  readonly #input: MappingInput;

  /** @throws {SemapError} `invalid-argument` for aggregations that are no matrix */
  constructor(stacked: Mapping, prompts: number) {
    const parts = partMappings(stacked, prompts);
    this.#scorer = new JoinedScorer(parts.map((mapping) => ({ mapping, weight: 1 })));
    const [first, ...further] = parts.map((mapping) => mappingInput(mapping));
    const matrix = new Float32Array(prompts * first.matrix.length);
    for (const [k, one] of [first, ...further].entries()) matrix.set(one.matrix, k * first.matrix.length);
    this.#input = { ...first, matrix };
  }

  /** Of each prompt [N, T]. @param rows [N, K S] as `joinRows` makes them */
  said(rows: Float32Array): Float32Array[] {
    return this.#scorer.said(rows);
  }

  /** [N, T]: of each target the mean of what prompts say that have a source for it. @param shares [K, T] */
  score(rows: Float32Array, shares: Float32Array): Float32Array {
    const said = this.said(rows);
    const T = this.#scorer.targetCount;
    return Float32Array.from(said[0], (_, at) => {
      let [sum, all] = [0, 0];
      for (const [k, scores] of said.entries()) {
        if (scores[at] === Number.NEGATIVE_INFINITY) continue;
        const share = shares[k * T + (at % T)];
        sum += share * scores[at];
        all += share;
      }
      return all === 0 ? Number.NEGATIVE_INFINITY : sum / all;
    });
  }

  /** The gradient of a step's loss with respect to the shares [K, T], where no graph gives it. */
  sharesGradient({ scores, logits }: StepResult, rows: StepRows, sharpness: number): Float32Array {
    const { gradient } = scoreLoss(scores, rows, sharpness);
    const all = this.said(logits!);
    const T = this.#scorer.targetCount;
    const result = new Float32Array(all.length * T);
    for (const [k, said] of all.entries())
      for (const [at, score] of said.entries())
        if (Number.isFinite(score)) result[k * T + (at % T)] += gradient[at] * score;
    return result;
  }

  /** As inputs of a gradient graph. */
  input(shares: Float32Array, sharpness: number): MappingInput {
    return { ...this.#input, shares, sharpness };
  }
}
