import { predictionCounts } from './frequency.ts';
import {
  checkOutputs,
  type LabelledOutputs,
  normaliseColumns,
  probabilities,
  sparseMapping,
} from './labelledOutputs.ts';
import type { Mapping } from './mapping.ts';

/**
 * Bayesian-guided label mapping (BLM; Cai et al., NeurIPS 2024): A[s,t] = n[s,t] / (sum_t n[s,t] + lambda),
 * W = A / sum_s A, score = z W. A target without images gets no sources.
 */
export function bayesianMapping(outputs: LabelledOutputs, { lambda = 1 }: { lambda?: number } = {}): Mapping {
  return fromCounts(predictionCounts(outputs), outputs.targetCount, lambda);
}

/**
 * BLM+: n[s,t] sums the probabilities of the k strongest sources of every image of t.
 * k = max(1, floor(.15 T)); the published code gets k = 0 and NaN for T <= 6.
 */
export function bayesianPlusMapping(
  outputs: LabelledOutputs,
  {
    lambda = 1,
    k = Math.max(1, Math.floor(0.15 * outputs.targetCount)),
  }: { lambda?: number; k?: number } = {},
): Mapping {
  checkOutputs(outputs);
  const { logits, truths, sourceCount, targetCount } = outputs;
  const counts = new Float64Array(sourceCount * targetCount);
  for (let i = 0; i < truths.length; i++) {
    const p = probabilities(logits, i, sourceCount);
    for (const source of strongest(p, k)) counts[source * targetCount + truths[i]] += p[source];
  }
  return fromCounts(counts, targetCount, lambda);
}

/** The k largest of `values`, of equal ones the first. */
function strongest(values: Float64Array, k: number): number[] {
  const least = values.slice().sort()[Math.max(0, values.length - k)];
  const above: number[] = [];
  const equal: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (values[i] > least) above.push(i);
    else if (values[i] === least) equal.push(i);
  }
  return [...above, ...equal.slice(0, k - above.length)];
}

function fromCounts(counts: Float64Array, targetCount: number, lambda: number): Mapping {
  for (let row = 0; row < counts.length; row += targetCount) {
    const values = counts.subarray(row, row + targetCount);
    const sum = values.reduce((total, value) => total + value, 0);
    if (sum > 0) for (let t = 0; t < targetCount; t++) values[t] /= sum + lambda;
  }
  return sparseMapping(normaliseColumns(counts, targetCount), targetCount, { kind: 'mean-logits' });
}
