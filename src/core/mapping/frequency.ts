import type { SimilarityMatrix } from '../similarity/similarity.ts';
import { assign } from './hungarian.ts';
import { checkOutputs, type LabelledOutputs } from './labelledOutputs.ts';
import type { Mapping } from './mapping.ts';
import { argmax } from './scoring.ts';
import { defaultAggregation } from './semantic.ts';

/** Row-major [S, T]: how many images of target t have source s as their prediction. */
export function predictionCounts(outputs: LabelledOutputs): Float64Array {
  checkOutputs(outputs);
  const { logits, truths, sourceCount, targetCount } = outputs;
  const counts = new Float64Array(sourceCount * targetCount);
  for (let i = 0; i < truths.length; i++) {
    const source = argmax(logits, i * sourceCount, sourceCount);
    if (source >= 0) counts[source * targetCount + truths[i]]++;
  }
  return counts;
}

/** How the one-to-one assignment is found. */
export type FrequencyAssignment = 'greedy' | 'hungarian';

/**
 * Frequency label mapping (FMap, FLM): one-to-one by the counts of {@link predictionCounts}. `greedy` takes the
 * largest count again and again, as ILM-VP's `predictive_distribution_based_multi_label_mapping` does; `hungarian`
 * makes the largest total. Equal counts (zeros above all) go by similarity where one is given, else by index.
 */
export function frequencyMapping(
  outputs: LabelledOutputs,
  {
    assignment = 'greedy',
    similarity,
  }: { assignment?: FrequencyAssignment; similarity?: SimilarityMatrix } = {},
): Mapping {
  const { sourceCount, targetCount } = outputs;
  const values = predictionCounts(outputs);
  if (similarity) {
    // Similarities scaled below one count decide between equals only.
    const top = similarity.values.reduce((best, value) => Math.max(best, Math.abs(value)), 1e-9);
    const share = assignment === 'greedy' ? 0.49 / top : 0.49 / top / targetCount;
    for (let s = 0; s < sourceCount; s++) {
      for (let t = 0; t < targetCount; t++) {
        values[s * targetCount + t] += share * similarity.values[t * sourceCount + s];
      }
    }
  }
  const sourceOf =
    assignment === 'greedy'
      ? greedy(values, sourceCount, targetCount)
      : optimal(values, sourceCount, targetCount);
  const targets = [...sourceOf].map((source) => (source < 0 ? [] : [{ source, weight: 1 }]));
  return { sourceCount, targets, aggregation: defaultAggregation };
}

/**
 * One step of iterative label mapping (ILM): the frequency mapping of the logits that an epoch of training has just
 * produced under its prompt, so that no extra pass over the images is needed.
 */
export function iterativeStep(epochOutputs: LabelledOutputs, similarity?: SimilarityMatrix): Mapping {
  return frequencyMapping(epochOutputs, similarity ? { similarity } : {});
}

function greedy(values: Float64Array, sourceCount: number, targetCount: number): Int32Array {
  const sourceOf = new Int32Array(targetCount).fill(-1);
  const taken = new Uint8Array(sourceCount);
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[b] - values[a] || a - b);
  for (const at of order) {
    const source = Math.floor(at / targetCount);
    const target = at % targetCount;
    if (taken[source] || sourceOf[target] >= 0) continue;
    taken[source] = 1;
    sourceOf[target] = source;
  }
  return sourceOf;
}

function optimal(values: Float64Array, sourceCount: number, targetCount: number): Int32Array {
  const byTarget = new Float64Array(values.length);
  for (let s = 0; s < sourceCount; s++) {
    for (let t = 0; t < targetCount; t++) byTarget[t * sourceCount + s] = values[s * targetCount + t];
  }
  return assign(byTarget, targetCount, sourceCount);
}
