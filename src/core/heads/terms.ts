import { plainProduct, type Work } from '../work.ts';
import { softmaxRows } from './evidence.ts';
import { type Places, type Projection, placesOfRows } from './folderBasis.ts';

/**
 * What settling a folder taught, for images that come one at a time or were not in the sample: scores are affine in an
 * image's mapped scores s, its unit features u and its projected features f,
 *
 *     r = trust s + residual u + mixing softmax(s) + bias,   settled = r + evidence (weights f + offsets)
 *
 * so one matrix a part. Neighbours are what is missing. Heads of labelled images alone (imageHead.ts) have no evidence.
 */
export interface MixtureTerms {
  readonly targetCount: number;
  readonly projection: Projection;
  /** What a score of -Infinity counts as (a target without sources). */
  readonly floor: number;
  readonly evidence: number;
  /** lambda; 1 where no labels were learned from. */
  readonly trust: number;
  /** Row-major [T, D]; absent without labels. */
  readonly residual: Float32Array | undefined;
  /** What the mapping's probabilities add, row-major [T, T]; only in a head of labelled images alone. */
  readonly mixing?: Float32Array | undefined;
  /** b', [T]; zeros without labels. */
  readonly bias: Float32Array;
  /** .3 m / v, row-major [T, d]. */
  readonly weights: Float32Array;
  /** b - .15 rho sum m^2 / v, [T]. */
  readonly offsets: Float32Array;
}

/** A finite stand-in for -Infinity: ten below the smallest finite score; 0 where there is none. */
export function scoreFloor(scores: Float32Array): number {
  let least = Number.POSITIVE_INFINITY;
  for (const score of scores) if (score < least && Number.isFinite(score)) least = score;
  return least === Number.POSITIVE_INFINITY ? 0 : least - 10;
}

/**
 * A score counts as at most so far below the best one of its image. Quantized outputs have probabilities of 0, whose
 * logarithm says nothing of how small they are: a few labels against it would cost the mapping all trust.
 */
export const DEPTH = 14;

/** Makes mapped scores what they are taken for: finite, and at most {@link DEPTH} below the best of the image. In place. */
export function bounded(scores: Float32Array, targetCount: number, floor: number): Float32Array {
  for (let start = 0; start < scores.length; start += targetCount) {
    const end = start + targetCount;
    let top = Number.NEGATIVE_INFINITY;
    for (let at = start; at < end; at++) {
      if (!Number.isFinite(scores[at])) scores[at] = floor;
      if (scores[at] > top) top = scores[at];
    }
    for (let at = start; at < end; at++) {
      scores[at] = Math.max(scores[at], top - DEPTH);
    }
  }
  return scores;
}

/**
 * Scores of images by the terms of a folder.
 * @param scores mapped scores, row-major [n, T].
 * @param features row-major [n, D] of the kind that the projection states; they are overwritten.
 */
export async function scoreByTerms(
  terms: MixtureTerms,
  scores: Float32Array,
  features: Float32Array,
  work: Work = {},
): Promise<Float32Array> {
  return applyTerms(terms, scores, await placesOfRows(features, terms.projection, work), work);
}

/** {@link scoreByTerms} for images whose places are known. */
export async function applyTerms(
  terms: MixtureTerms,
  scores: Float32Array,
  { unit, projected }: Places,
  work: Work,
): Promise<Float32Array> {
  const { product = plainProduct } = work;
  const { targetCount: T, residual, mixing, evidence } = terms;
  const width = terms.projection.mean.length;
  const d = width ? terms.projection.directions.length / width : 0;
  const learned = residual && (await product(unit, residual, width));
  const likelihoods = d > 0 && evidence > 0 ? await product(projected, terms.weights, d) : undefined;
  const mixed = mixing && (await product(softmaxRows(scores.slice(), T), mixing, T));
  return bounded(scores.slice(), T, terms.floor).map((score, at) => {
    const base = terms.trust * score + (learned?.[at] ?? 0) + (mixed?.[at] ?? 0) + terms.bias[at % T];
    return base + evidence * ((likelihoods?.[at] ?? 0) + terms.offsets[at % T]);
  });
}
