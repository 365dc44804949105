import { invalidArgument } from '../../errors.ts';
import { predictionCounts } from '../../mapping/frequency.ts';
import { checkOutputs, type LabelledOutputs, probabilities } from '../../mapping/labelledOutputs.ts';
import { argmax } from '../../mapping/scoring.ts';
import { phrase } from '../../text/text.ts';

/**
 * Log expected empirical prediction (Nguyen et al., ICML 2020): with P(t|s) = sum_{i: y_i = t} p_s(x_i) / sum_i p_s(x_i),
 * the mean over images of ln sum_s P(y_i|s) p_s(x_i). At most 0; higher is better.
 * @throws {SemapError} `invalid-argument` without images, or when shapes do not fit
 */
export function leep(outputs: LabelledOutputs): number {
  checkOutputs(outputs);
  const { logits, truths, sourceCount: S, targetCount: T } = outputs;
  const joint = new Float64Array(S * T);
  const mass = new Float64Array(S);
  for (let i = 0; i < truths.length; i++) {
    const p = probabilities(logits, i, S);
    const t = truths[i];
    for (let s = 0; s < S; s++) {
      joint[s * T + t] += p[s];
      mass[s] += p[s];
    }
  }
  return meanOverImages(truths.length, (i) => {
    const p = probabilities(logits, i, S);
    let expected = 0;
    for (let s = 0; s < S; s++) if (mass[s] > 0) expected += (joint[s * T + truths[i]] / mass[s]) * p[s];
    return Math.log(expected);
  });
}

/**
 * Negative conditional entropy of the target label given the most probable source label (Tran et al., ICCV 2019):
 * the mean over images of ln P(y_i | argmax_s p_s(x_i)), P by counting. At most 0; higher is better.
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

/** The mean of a value of each image. @throws {SemapError} `invalid-argument` without images */
function meanOverImages(count: number, value: (image: number) => number): number {
  if (count === 0) throw invalidArgument(phrase('No labeled images to measure on.'));
  let sum = 0;
  for (let i = 0; i < count; i++) sum += value(i);
  return sum / count;
}
