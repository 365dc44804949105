import { argmax, decidedTarget, type MappingScorer } from '../mapping/scoring.ts';

/** What scores say about labelled images. */
export interface Evaluation {
  readonly images: number;
  readonly hits: number;
  /** Sum over the images of the cross-entropy of their scores. */
  readonly loss: number;
  /** Index of the prediction per image; -1 without any. */
  readonly predictions: Int32Array;
}

/** The largest loss that one image counts: a target without sources has a score of minus infinity. */
const WORST = 100;

/**
 * Scores `truths.length` rows of logits under a mapping and compares with the truth.
 * @param sharpness a factor on the scores, for the loss only
 */
export function evaluate(
  scorer: MappingScorer,
  logits: Float32Array,
  truths: ArrayLike<number>,
  sharpness = 1,
): Evaluation {
  return evaluateScores(scorer.score(logits, truths.length), scorer.targetCount, truths, sharpness);
}

/**
 * Compares scores with the truth.
 * @param scores row-major [N, T]
 * @param sharpness a factor on them, for the loss only
 */
export function evaluateScores(
  scores: Float32Array,
  T: number,
  truths: ArrayLike<number>,
  sharpness = 1,
): Evaluation {
  const images = truths.length;
  const predictions = new Int32Array(images);
  let hits = 0;
  let loss = 0;
  for (let i = 0; i < images; i++) {
    predictions[i] = decidedTarget(scores, i * T, T);
    if (predictions[i] === truths[i]) hits++;
    // An image for which nothing is decided still says how far its truth is from the best.
    const best = argmax(scores, i * T, T);
    if (best < 0) {
      loss += WORST;
      continue;
    }
    const top = scores[i * T + best];
    let sum = 0;
    for (let t = 0; t < T; t++) sum += Math.exp(sharpness * (scores[i * T + t] - top));
    const own = Math.log(sum) + sharpness * (top - scores[i * T + truths[i]]);
    // A score may be none at all.
    loss += Number.isNaN(own) ? WORST : Math.min(WORST, own);
  }
  return { images, hits, loss, predictions };
}
