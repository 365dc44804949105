import { logit } from '../logistic.ts';
import { information } from './evidence.ts';
import { scoreFloor } from './terms.ts';

/** A backbone that tells images apart at least so well, beside the best, counts as much: measured, docs/BENCHMARKS.md. */
const NEAR = 0.8;
/** So much counts the weakest. */
const LEAST = 0.05;

/**
 * How much each of several backbones should count, earned without labels: by how well its answers tell the images of a folder
 * apart. All count alike unless one is clearly weaker than the best.
 * @param scores of each backbone for the same images, row-major [N, T]; -Infinity for targets that it does not carry
 * @returns of each a weight in (0, 1]
 */
export function memberWeights(scores: readonly Float32Array[], targetCount: number): number[] {
  const told = scores.map((own) => {
    const floor = scoreFloor(own);
    return information(
      own.map((score) => (Number.isFinite(score) ? score : floor)),
      targetCount,
    );
  });
  const best = Math.max(...told);
  return told.map((one) => {
    const share = best > 0 ? one / best : 1;
    return share >= NEAR ? 1 : Number(Math.max(LEAST, (share / NEAR) ** 2).toFixed(2));
  });
}

/** An accuracy of 0 or 1 is not believed. */
const UNSURE = 0.01;

/**
 * The same by the accuracies that are expected of backbones on the same images: by their odds, beside those of the best.
 * @returns of each a weight in (0, 1]
 */
export function expectedWeights(expected: readonly { readonly accuracy: number }[]): number[] {
  const odds = expected.map(({ accuracy }) => logit(accuracy, UNSURE));
  const best = Math.max(...odds);
  return odds.map((one) => Number(Math.max(LEAST, Math.exp(one - best)).toFixed(2)));
}
