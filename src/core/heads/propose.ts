import { softmaxRows } from './evidence.ts';
import { type FolderBasis, placesOf } from './folderBasis.ts';
import { plainProduct, turns, type Work } from './work.ts';

/** Images that are compared with one another; of more, these by content. */
const MOST = 3000;

export interface ProposeOptions extends Work {
  /** Images that may be asked about; absent: all. */
  readonly pool?: ArrayLike<number> | undefined;
  /** Images whose label is known: what is near to them is covered. */
  readonly labelled: ArrayLike<number>;
  readonly count: number;
}

/**
 * The images to ask a person about, most telling first: a greedy cover (facility location) of the pool by squared
 * positive cosines, each image weighted by its doubt u = 2 - (p1 - p2). Pure uncertainty picks outliers.
 * @param scores settled scores, row-major [N, T].
 */
export async function propose(
  scores: Float32Array,
  targetCount: number,
  basis: FolderBasis,
  options: ProposeOptions,
): Promise<number[]> {
  const { count, product = plainProduct } = options;
  const turn = turns(options);
  const labelled = Int32Array.from(options.labelled);
  const pool = new Set(options.pool ? Array.from(options.pool) : basis.keys.keys());
  const images = Int32Array.from([...pool].sort((a, b) => basis.keys[a] - basis.keys[b] || a - b)).slice(
    0,
    MOST,
  );
  const n = images.length;
  const { width } = basis.source;
  const { unit } = await placesOf(basis, images, options);
  const near = new Float32Array(n * n);
  for (let from = 0; from < n; from += 1024) {
    await turn();
    const block = await product(unit.subarray(from * width, (from + 1024) * width), unit, width);
    near.set(block.map(squared), from * n);
  }
  const covered = new Float32Array(n);
  if (labelled.length > 0) {
    const known = await placesOf(basis, labelled, options);
    const block = await product(known.unit, unit, width);
    for (let at = 0; at < block.length; at++) covered[at % n] = Math.max(covered[at % n], squared(block[at]));
  }
  const doubts = Float64Array.from(images, (image) => doubt(scores, image, targetCount));
  const taken = new Set<number>(labelled);
  const chosen: number[] = [];
  while (chosen.length < count) {
    await turn();
    const gains = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      for (let j = 0, at = i * n; j < n; j++, at++) {
        const more = near[at] - covered[i];
        if (more > 0) gains[j] += doubts[i] * more;
      }
    }
    let best = -1;
    for (let j = 0; j < n; j++) {
      if (!taken.has(images[j]) && (best < 0 || gains[j] > gains[best])) best = j;
    }
    if (best < 0) break;
    taken.add(images[best]);
    chosen.push(images[best]);
    for (let i = 0; i < n; i++) covered[i] = Math.max(covered[i], near[best * n + i]);
  }
  return chosen;
}

const squared = (cosine: number) => (cosine > 0 ? cosine * cosine : 0);

/** 2 - (p1 - p2) */
function doubt(scores: Float32Array, image: number, T: number): number {
  const row = Float64Array.from(scores.subarray(image * T, (image + 1) * T));
  softmaxRows(row, T);
  let first = 0;
  let second = 0;
  for (const p of row) {
    if (p > first) [first, second] = [p, first];
    else if (p > second) second = p;
  }
  return 2 - (first - second);
}
