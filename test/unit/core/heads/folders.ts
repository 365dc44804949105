import { type FeatureKind, featureRows } from '../../../../src/core/heads/features.ts';
import { seededRandom } from '../../../../src/core/random.ts';

/** A made-up folder: images around the centres of their targets, and scores that are right a little more often than not. */
export interface MadeUpFolder {
  readonly features: Float32Array;
  readonly scores: Float32Array;
  readonly truths: Int32Array;
  readonly width: number;
  readonly targetCount: number;
}

export function madeUpFolder(N: number, D: number, T: number, seed = 1): MadeUpFolder {
  const random = seededRandom(seed);
  const normal = () => random() + random() + random() + random() - 2;
  const centres = Float32Array.from({ length: T * D }, random);
  const truths = Int32Array.from({ length: N }, (_, i) => i % T);
  const features = Float32Array.from({ length: N * D }, (_, at) => {
    const centre = centres[truths[Math.floor(at / D)] * D + (at % D)];
    return Math.max(0, centre + 0.4 * normal());
  });
  const scores = Float32Array.from(
    { length: N * T },
    (_, at) => 2 * normal() + (truths[Math.floor(at / T)] === at % T ? 2.5 : 0),
  );
  return { features, scores, truths, width: D, targetCount: T };
}

export const sourceOf = ({ features, width }: MadeUpFolder, kind: FeatureKind = 'features') =>
  featureRows(features, width, kind);

/** The folder in another order: image i is what was image `order[i]`. */
export function reordered(folder: MadeUpFolder, order: readonly number[]): MadeUpFolder {
  const rows = (values: Float32Array, width: number) =>
    Float32Array.from(order.flatMap((i) => [...values.subarray(i * width, (i + 1) * width)]));
  return {
    ...folder,
    features: rows(folder.features, folder.width),
    scores: rows(folder.scores, folder.targetCount),
    truths: Int32Array.from(order, (i) => folder.truths[i]),
  };
}

export function accuracy(scores: Float32Array, { truths, targetCount: T }: MadeUpFolder): number {
  let hits = 0;
  truths.forEach((truth, i) => {
    const row = scores.subarray(i * T, (i + 1) * T);
    if (row.indexOf(Math.max(...row)) === truth) hits++;
  });
  return hits / truths.length;
}
