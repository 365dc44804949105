import { predictionCounts } from '../../mapping/frequency.ts';
import type { LabelledOutputs } from '../../mapping/labelledOutputs.ts';
import { argmax } from '../../mapping/scoring.ts';
import { meanOverImages } from './meanOverImages.ts';

/**
 * Negative conditional entropy of the target label given the most probable source label (Tran et al., ICCV 2019):
 * the mean over images of ln P(y_i | argmax_s p_s(x_i)), P by counting. At most 0; higher is better.
 *
 * @throws {SemapError} `invalid-argument` without images, or when shapes do not fit
 */
export function nce(outputs: LabelledOutputs): number {
  const { logits, truths, sourceCount: S, targetCount: T } = outputs;
  const counts = predictionCounts(outputs);
  return meanOverImages(truths.length, (i) => {
    const s = argmax(logits, i * S, S);
    let images = 0;
    for (let t = 0; t < T; t++) images += counts[s * T + t];
    return Math.log(counts[s * T + truths[i]] / images);
  });
}
