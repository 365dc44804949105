import {
  checkOutputs,
  type LabelledOutputs,
  normaliseColumns,
  probabilities,
  sparseMapping,
} from './labelledOutputs.ts';
import type { Mapping } from './mapping.ts';

/**
 * SeMap + few labels: W = column-normalised (C + lambda W_semap), C[s,t] = sum of p_s over the labelled images of t.
 * The semantic mapping is worth `lambda` images per target: it decides at one label a class and fades by twenty.
 */
export function fewLabelsMapping(
  semantic: Mapping,
  outputs: LabelledOutputs,
  { lambda = 1 }: { lambda?: number } = {},
): Mapping {
  checkOutputs(outputs);
  const { logits, truths, sourceCount, targetCount } = outputs;
  const matrix = new Float64Array(sourceCount * targetCount);
  for (let i = 0; i < truths.length; i++) {
    probabilities(logits, i, sourceCount).forEach((p, s) => {
      matrix[s * targetCount + truths[i]!]! += p;
    });
  }
  semantic.targets.forEach((sources, t) => {
    const mass = sources.reduce((sum, { weight }) => sum + weight, 0);
    for (const { source, weight } of sources) matrix[source * targetCount + t]! += (lambda * weight) / mass;
  });
  return sparseMapping(normaliseColumns(matrix, targetCount), targetCount, { kind: 'weighted' });
}
