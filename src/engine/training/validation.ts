import type { Mapping } from '../../core/mapping/mapping.ts';
import { MappingScorer } from '../../core/mapping/scoring.ts';
import { evaluate } from '../../core/training/evaluation.ts';
import { mappingInput } from '../../core/training/mappingInput.ts';
import type { LabelledImage } from '../../core/training/split.ts';
import type { ImageBatches } from './imageBatches.ts';
import type { PromptModel } from './promptModel.ts';

export interface Validation {
  /** Images that could be read. */
  readonly count: number;
  readonly hits: number;
  /** Sum of their cross-entropies. */
  readonly loss: number;
  /** [T, T]: truth, then prediction. */
  readonly counts: Uint32Array;
}

/**
 * What images are taken for, as they are.
 * @param added what the prompt adds, see `PromptInput.added`
 * @param sharpness a factor on the scores, for the loss only
 */
export async function validate(
  { model, batches }: { readonly model: PromptModel; readonly batches: ImageBatches },
  images: readonly LabelledImage[],
  added: Float32Array,
  mapping: Mapping,
  sharpness: number,
): Promise<Validation> {
  const matrix = mappingInput(mapping, sharpness);
  const scorer = new MappingScorer(mapping);
  const { sourceCount: S, targetCount: T } = scorer;
  const counts = new Uint32Array(T * T);
  let [loss, hits, count] = [0, 0, 0];
  const size = model.batch;
  for (let start = 0; start < images.length; start += size) {
    const indices = Array.from({ length: size }, (_, i) => start + i);
    const { rows, used } = await batches.rows(images, indices);
    batches.prefetch(images.slice(start + size, start + 2 * size));
    if (used.length === 0) continue;
    const { logits } = await model.forward(rows, added, matrix);
    const truths = used.map((i) => images[i].truth);
    const result = evaluate(scorer, logits.subarray(0, truths.length * S), truths, sharpness);
    loss += result.loss;
    hits += result.hits;
    count += truths.length;
    for (const [row, truth] of truths.entries()) {
      const predicted = result.predictions[row];
      if (predicted >= 0) counts[truth * T + predicted]++;
    }
  }
  return { loss, hits, count, counts };
}
