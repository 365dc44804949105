import { createHash } from 'node:crypto';
import type { PlacedImage } from '../../core/evidence/imageScorer.ts';
import type { FolderFeatures } from './folderFeatures.ts';
import type { TaughtImages } from './lesson.ts';
import type { Labels, PlainFolder } from './plainFolder.ts';
import type { SettleWork } from './settleWorker.ts';

/** Labels that are learned from. */
export function learnedOf({ given, held }: Labels): TaughtImages {
  const images = Int32Array.from(given.keys()).filter((i) => given[i] >= 0 && held[i] === 0);
  return { images, targets: images.map((i) => given[i]) };
}

/** Where an image stands in a list of some; -1 where it is not in it. */
export function placesIn(images: Int32Array): (image: number) => number {
  const places = new Map(Array.from(images, (image, at) => [image, at]));
  return (image) => places.get(image) ?? -1;
}

/** Those that have features, by their places among these. */
export function withFeatures(
  { images, targets }: TaughtImages,
  placeOf: (image: number) => number,
): TaughtImages {
  const places = images.map(placeOf);
  return { images: places.filter((at) => at >= 0), targets: targets.filter((_, i) => places[i] >= 0) };
}

/** What the worker is given: the images that have features, and what was said of them. */
export function workOf(
  { scorer, scores, images, labels, sourceInformation }: PlainFolder,
  features: FolderFeatures,
  balanced: boolean,
): SettleWork {
  const T = scorer.targets.length;
  const { key, kind, width } = features;
  const count = features.images.length;
  let rows = scores;
  if (count < images.length) {
    rows = new Float32Array(count * T);
    for (const [to, from] of features.images.entries())
      rows.set(scores.subarray(from * T, (from + 1) * T), to * T);
  }
  return {
    folder: { key, count, width, kind, targetCount: T },
    scores: rows,
    labelled: withFeatures(learnedOf(labels), placesIn(features.images)),
    balanced,
    sourceInformation,
  };
}

/** Whether labels of two targets are learned from: those of one alone would only teach a bias. */
export function isTaught(labels: Labels): boolean {
  return new Set(learnedOf(labels).targets).size > 1;
}

/**
 * Images in an order of chance, the same every time and wherever the folder lies: what was drawn once is drawn again, until
 * it has a label.
 */
export function drawn(images: readonly PlacedImage[], from: Int32Array): Int32Array {
  const start = sharedStart(images);
  const lots = new Map(
    Array.from(
      from,
      (i) => [i, createHash('sha256').update(images[i].path.slice(start)).digest('hex')] as const,
    ),
  );
  return from.slice().sort((a, b) => (lots.get(a)! < lots.get(b)! ? -1 : 1));
}

/** Letters with which the paths of all images begin. */
function sharedStart(images: readonly PlacedImage[]): number {
  let start = images[0]?.path ?? '';
  for (const { path } of images) while (!path.startsWith(start)) start = start.slice(0, -1);
  return start.length;
}
