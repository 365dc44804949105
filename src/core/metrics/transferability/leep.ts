import { checkOutputs, type LabelledOutputs, probabilities } from '../../mapping/labelledOutputs.ts';
import { meanOverImages } from './meanOverImages.ts';

/**
 * Log expected empirical prediction (Nguyen et al., ICML 2020): with P(t|s) = sum_{i: y_i = t} p_s(x_i) / sum_i p_s(x_i),
 * the mean over images of ln sum_s P(y_i|s) p_s(x_i). At most 0; higher is better.
 *
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
