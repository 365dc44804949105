import type { Work } from '../work.ts';
import { checkOutputs, type LabelledOutputs } from './labelledOutputs.ts';
import { standardise } from './linear.ts';
import { type Mapping, massOf } from './mapping.ts';
import { fitPriorHead } from './priorHead.ts';

/** What a logit of a target's sources adds to its score by meaning, the weights of the sources summing to one. */
const MEANING = 0.3;

/**
 * SeMap + few labels: a linear mapping that is drawn towards the semantic one. Scores are
 * lambda .3 X W_semap + X V + b, X the standardised logits, W_semap with columns that sum to one; V, b and lambda by
 * {@link fitPriorHead}. Without labels of two targets the semantic mapping itself.
 *
 * Counting (W = C + W_semap on probabilities) and a linear mapping that starts from nothing were tried beside it:
 * docs/BENCHMARKS.md.
 */
export async function fewLabelsMapping(
  semantic: Mapping,
  outputs: LabelledOutputs,
  work: Work = {},
): Promise<Mapping> {
  checkOutputs(outputs);
  const { truths, sourceCount: S, targetCount: T } = outputs;
  if (new Set(Array.from(truths)).size < 2) return semantic;
  const { features, mean, scale } = standardise(outputs);
  /** Weight on a raw logit, row-major [T, S]. */
  const meant = new Float64Array(T * S);
  semantic.targets.forEach((sources, t) => {
    const mass = massOf(sources);
    for (const { source, weight } of sources) meant[t * S + source] = (MEANING * weight) / mass;
  });
  const scores = new Float32Array(truths.length * T);
  for (let i = 0; i < truths.length; i++) {
    semantic.targets.forEach((sources, t) => {
      let sum = 0;
      for (const { source } of sources) sum += meant[t * S + source] * features[i * S + source];
      scores[i * T + t] = sum * scale;
    });
  }
  const { trust, weights, bias } = await fitPriorHead(
    { scores, unit: features, targets: truths, targetCount: T },
    work,
  );
  const targets = semantic.targets.map((_, t) =>
    Array.from({ length: S }, (__, source) => ({
      source,
      weight: trust * meant[t * S + source] + weights[t * S + source] / scale,
    }))
      .filter(({ weight }) => weight !== 0)
      .sort((a, b) => b.weight - a.weight || a.source - b.source),
  );
  const offsets = targets.map((sources, t) =>
    sources.reduce((sum, { source, weight }) => sum - weight * mean[source], bias[t]),
  );
  return { sourceCount: S, targets, aggregation: { kind: 'linear', bias: offsets } };
}
