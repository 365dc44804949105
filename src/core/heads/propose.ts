import { indexOfLargest } from '../largest.ts';
import { plainProduct, turns, type Work } from '../work.ts';
import { READ_BLOCK } from './contentSample.ts';
import { softmaxRows } from './evidence.ts';
import { type Cover, coverAmong, type FolderBasis, nearness, unitOf } from './folderBasis.ts';
import { SHARPNESS } from './settle.ts';

/** A pool of which the folder's own cover holds fewer than this gets one of its own. */
const FEW = 300;

export interface ProposeOptions extends Work {
  /** Images that may be asked about; absent: all. */
  readonly pool?: ArrayLike<number> | undefined;
  /** Images whose label is known: what is near to them is covered. */
  readonly labelled: ArrayLike<number>;
  readonly count: number;
  /** What scores are divided by before they are probabilities; absent: as where they are shown. */
  readonly sharpness?: number | undefined;
}

/**
 * The images to ask a person about, most telling first: a greedy cover (facility location) of the pool by squared
 * positive cosines, each image weighted by its doubt u = 2 - (p1 - p2) (docs/reference/settling.md). Pure uncertainty picks
 * outliers. Of a large pool a sample by content is looked at.
 * @param scores settled scores, row-major [N, T].
 */
export async function propose(
  scores: Float32Array,
  targetCount: number,
  basis: FolderBasis,
  options: ProposeOptions,
): Promise<number[]> {
  const cover = await coverOfPool(basis, options);
  const { images, near } = cover;
  const turn = turns(options);
  const n = images.length;
  const pool = options.pool && new Set(Array.from(options.pool));
  const doubts = Float64Array.from(images, (image) =>
    !pool || pool.has(image) ? doubt(scores, image, targetCount, options.sharpness) : 0,
  );
  const covered = await coveredBy(basis, cover, options);
  const gain = (j: number) => {
    let sum = 0;
    for (let i = 0, at = j * n; i < n; i++, at++) {
      const more = near[at] - covered[i];
      if (more > 0) sum += doubts[i] * more;
    }
    return sum;
  };
  const taken = new Set(Array.from(options.labelled));
  const candidates = [...images.keys()].filter((j) => doubts[j] > 0 && !taken.has(images[j]));
  // What an image adds can only become less as others are chosen: old gains are bounds, and few need be counted again.
  const bounds = new Float64Array(n).fill(-1);
  for (const j of candidates) {
    bounds[j] = gain(j);
    await turn();
  }
  const counted = new Int32Array(n);
  const chosen: number[] = [];
  while (chosen.length < Math.min(options.count, candidates.length)) {
    const best = indexOfLargest(bounds);
    if (counted[best] < chosen.length) {
      bounds[best] = gain(best);
      counted[best] = chosen.length;
      continue;
    }
    bounds[best] = -1;
    chosen.push(images[best]);
    for (let i = 0; i < n; i++) covered[i] = Math.max(covered[i], near[best * n + i]);
  }
  return chosen;
}

/** The folder's own cover, where enough of the pool is in it. */
async function coverOfPool(basis: FolderBasis, options: ProposeOptions): Promise<Cover> {
  const cover = await basis.cover(options);
  if (!options.pool || cover.images.length === basis.keys.length) return cover;
  const pool = new Set(Array.from(options.pool));
  const held = cover.images.reduce((count, image) => count + (pool.has(image) ? 1 : 0), 0);
  return held >= Math.min(FEW, pool.size) ? cover : coverAmong(basis, [...pool], options);
}

/** For each image how near the nearest labelled one is. */
async function coveredBy(
  basis: FolderBasis,
  { images, unit }: Cover,
  options: ProposeOptions,
): Promise<Float64Array> {
  const { product = plainProduct } = options;
  const covered = new Float64Array(images.length);
  const labelled = Int32Array.from(options.labelled);
  const { width } = basis.source;
  if (labelled.length === 0 || width === 0) return covered;
  const turn = turns(options);
  for (let from = 0; from < labelled.length; from += READ_BLOCK) {
    await turn();
    const known = await unitOf(basis, labelled.subarray(from, from + READ_BLOCK), options);
    const cosines = await product(known, unit, width);
    for (let at = 0; at < cosines.length; at += images.length) {
      for (let i = 0; i < images.length; i++) covered[i] = Math.max(covered[i], nearness(cosines[at + i]));
    }
  }
  return covered;
}

/** 2 - (p1 - p2), in [1, 2]. Of settled scores as they are, p1 is nearly always 1, and doubt would tell nothing. */
function doubt(scores: Float32Array, image: number, T: number, sharpness = SHARPNESS): number {
  const row = Float64Array.from(scores.subarray(image * T, (image + 1) * T), (score) => score / sharpness);
  softmaxRows(row, T);
  let first = 0;
  let second = 0;
  for (const p of row) {
    if (p > first) [first, second] = [p, first];
    else if (p > second) second = p;
  }
  return 2 - (first - second);
}
