import { decidedTarget } from '../mapping/scoring.ts';
import type { Work } from '../work.ts';
import { featureRows } from './features.ts';
import { type FolderBasis, type Places, placesOf } from './folderBasis.ts';
import { nearest } from './neighbours.ts';
import { type LabelledImages, settle, settledProbabilities } from './settle.ts';

/** Scores that are settled again for each part of the labels: so it takes about as long as settling itself. */
const MOST_SCORES = 20_000;
const FEWEST_IMAGES = 200;
const MOST_IMAGES = 1000;
const NEIGHBOURS = 10;

/** The labels are left out in so many parts, one after the other. */
const PARTS = 5;

/**
 * So many times as likely as the label must the answer be without it. Of 84 wrong labels among 20 of a folder 46 are found
 * so, and 14 of 1,056 right ones (measured: 5 sets of 10 classes or fewer and caltech101, images that were proposed). The
 * ratio was chosen on the same folders: others may find less.
 */
const RATIO = 8;

/** A label that all else contradicts. */
export interface Doubt {
  readonly image: number;
  /** What the image would be without its label. */
  readonly target: number;
  readonly probability: number;
}

/**
 * Labels that are likely wrong: a fifth of the labels is left out at a time and the labelled images are settled with the
 * others, among some images of the folder; a label is doubtful where another one is far likelier then. The surest come
 * first. A label that no other image has is not doubted: nothing speaks for it.
 * @param scores mapped scores, row-major [N, T].
 * @throws {SemapError} cancelled
 */
export async function doubtfulLabels(
  scores: Float32Array,
  targetCount: number,
  basis: FolderBasis,
  labelled: LabelledImages,
  work: Work = {},
): Promise<readonly Doubt[]> {
  const T = targetCount;
  const given = new Map<number, number>();
  for (let at = 0; at < labelled.images.length; at++) given.set(labelled.images[at], labelled.targets[at]);
  if (given.size < 3) return [];
  const most = Math.max(FEWEST_IMAGES, Math.min(MOST_IMAGES, Math.floor(MOST_SCORES / T)));
  const others = basis.sample.filter((image) => !given.has(image)).slice(0, most);
  const images = Int32Array.from([...given.keys(), ...others]).sort(
    (a, b) => basis.keys[a] - basis.keys[b] || a - b,
  );
  const part = await partOf(basis, images, work);
  const rows = new Float32Array(images.length * T);
  for (const [i, image] of images.entries()) rows.set(scores.subarray(image * T, (image + 1) * T), i * T);
  const places = [...images.keys()].filter((i) => given.has(images[i]));
  const doubts: Doubt[] = [];
  for (let left = 0; left < Math.min(PARTS, places.length); left++) {
    const kept = places.filter((_, at) => at % PARTS !== left);
    const targets = kept.map((i) => given.get(images[i])!);
    if (new Set(targets).size < 2) continue;
    const settled = await settle(rows, T, part, { ...work, labelled: { images: kept, targets } });
    for (const i of places.filter((_, at) => at % PARTS === left)) {
      const row = settled.scores.subarray(i * T, (i + 1) * T);
      const target = decidedTarget(row);
      const said = given.get(images[i])!;
      if (target < 0 || !targets.includes(said)) continue;
      const probabilities = settledProbabilities(row);
      const probability = probabilities[target];
      if (probability >= RATIO * probabilities[said]) doubts.push({ image: images[i], target, probability });
    }
  }
  return doubts.sort((a, b) => b.probability - a.probability || a.image - b.image);
}

/** A basis of some images alone, in the places that they have in the folder. */
async function partOf(basis: FolderBasis, images: Int32Array, work: Work): Promise<FolderBasis> {
  const { width, kind } = basis.source;
  const places = await pickedPlaces(basis, images, work);
  const alone = Int32Array.from(images.keys());
  return {
    ...basis,
    source: featureRows(places.unit, width, kind),
    sample: alone,
    positions: alone,
    keys: Float64Array.from(alone),
    places,
    neighbours: await nearest(places.unit, width, alone, NEIGHBOURS, work),
  };
}

async function pickedPlaces(basis: FolderBasis, images: Int32Array, work: Work): Promise<Places> {
  const sampled = new Map([...basis.sample].map((image, at) => [image, at]));
  const beside = images.filter((image) => !sampled.has(image));
  const more = await placesOf(basis, beside, work);
  const besideAt = new Map([...beside].map((image, at) => [image, at]));
  const pick = (inside: Float32Array, outside: Float32Array, width: number) => {
    const rows = new Float32Array(images.length * width);
    for (const [i, image] of images.entries()) {
      const at = sampled.get(image);
      const from = at === undefined ? outside : inside;
      const start = (at ?? besideAt.get(image)!) * width;
      rows.set(from.subarray(start, start + width), i * width);
    }
    return rows;
  };
  const { width } = basis.source;
  const d = basis.sample.length > 0 ? basis.places.projected.length / basis.sample.length : 0;
  return {
    unit: pick(basis.places.unit, more.unit, width),
    projected: pick(basis.places.projected, more.projected, d),
  };
}
