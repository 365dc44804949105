import { plainProduct, turns, type Work } from '../work.ts';
import { contentSample, READ_BLOCK } from './contentSample.ts';
import { centre, evenOut, type FeatureKind, type FeatureSource, meanRow, normalise } from './features.ts';
import { type Neighbours, nearest } from './neighbours.ts';
import { principalDirections } from './principal.ts';

/** Images up to which all are settled with their neighbours; of a larger folder as many are sampled. */
const SAMPLE = 20_000;

/** Images that are compared with one another to find which to ask about. */
const COVER = 3000;

/** Neighbours of an image. */
const NEIGHBOURS = 10;

/** How the features of an image become a place among those of a folder; all that a later image needs of it. */
export interface Projection {
  readonly kind: FeatureKind;
  /** Mean of the rows that were evened out, [D]. */
  readonly mean: Float32Array;
  /** First principal directions, row-major [d, D]. */
  readonly directions: Float32Array;
}

/** Places of images: *unit* [n, D] and *f* [n, d] of docs/reference/settling.md, rows of unit length or 0. */
export interface Places {
  readonly unit: Float32Array;
  readonly projected: Float32Array;
}

/** What a folder's features are made into once, before it is settled any number of times. */
export interface FolderBasis {
  readonly source: FeatureSource;
  readonly targetCount: number;
  readonly projection: Projection;
  /** The images that decide, [n], in an order that only their features decide: all, or a sample by content. */
  readonly sample: Int32Array;
  /** Where each image of the folder stands in the sample; -1 for those that are not in it. */
  readonly positions: Int32Array;
  /** What that order follows, for every image of the folder: a hash of its features. */
  readonly keys: Float64Array;
  /** Places of the sample, in its order. */
  readonly places: Places;
  /** Absent for a folder that was sampled. */
  readonly neighbours: Neighbours | undefined;
  /** Made when it is first asked for. */
  readonly cover: (work: Work) => Promise<Cover>;
}

/** How near images are to one another: squared cosines [n, n], negatives as 0. */
export interface Cover {
  readonly images: Int32Array;
  readonly near: Float32Array;
  /** Features of unit length, [n, D]. */
  readonly unit: Float32Array;
}

/** Principal components for T targets: clip(2T, 64, 512), as far as there are images and features. */
function components(targetCount: number, count: number, width: number): number {
  return Math.max(0, Math.min(Math.max(64, Math.min(2 * targetCount, 512)), count - 1, width - 1));
}

/**
 * Prepares a folder for settling (docs/reference/settling.md). The result is the same whatever the order of its
 * images.
 * @throws {SemapError} cancelled
 */
export async function folderBasis(
  source: FeatureSource,
  targetCount: number,
  work: Work = {},
): Promise<FolderBasis> {
  const { width, kind } = source;
  const { images: sample, keys } = await contentSample(source, SAMPLE, work);
  const rows = await rowsOf(source, sample, work);
  const groups = equalRows(rows, width);
  evenOut(rows, width, kind);
  const mean = meanRow(rows, width);
  centre(rows, mean);
  const directions = await principalDirections(
    rows,
    width,
    components(targetCount, sample.length, width),
    work,
  );
  const projection = { kind, mean, directions };
  const places = await place(rows, projection, work);
  const neighbours =
    sample.length === source.count ? await nearest(places.unit, width, groups, NEIGHBOURS, work) : undefined;
  const positions = new Int32Array(source.count).fill(-1);
  sample.forEach((image, at) => {
    positions[image] = at;
  });
  let cover: Cover | undefined;
  return {
    source,
    targetCount,
    projection,
    sample,
    positions,
    keys,
    places,
    neighbours,
    async cover(work) {
      cover ??= await coverOf(sample.subarray(0, COVER), places.unit.subarray(0, COVER * width), work);
      return cover;
    },
  };
}

/** {@link Cover} of the first of some images by content, with all that it takes to make it. */
export async function coverAmong(basis: FolderBasis, images: readonly number[], work: Work): Promise<Cover> {
  const first = Int32Array.from(images)
    .sort((a, b) => basis.keys[a] - basis.keys[b] || a - b)
    .slice(0, COVER);
  return coverOf(first, await unitOf(basis, first, work), work);
}

async function coverOf(images: Int32Array, unit: Float32Array, work: Work): Promise<Cover> {
  const { product = plainProduct } = work;
  const turn = turns(work);
  const n = images.length;
  const width = unit.length / Math.max(1, n);
  const near = new Float32Array(n * n);
  for (let from = 0; width > 0 && from < n; from += READ_BLOCK) {
    await turn();
    const block = await product(unit.subarray(from * width, (from + READ_BLOCK) * width), unit, width);
    for (let at = 0; at < block.length; at++) near[from * n + at] = nearness(block[at]);
  }
  return { images, near, unit };
}

/** max(0, cosine)^2 */
export const nearness = (cosine: number): number => (cosine > 0 ? cosine * cosine : 0);

/** Places of any images of the folder, in the order asked for. */
export async function placesOf(basis: FolderBasis, images: Int32Array, work: Work): Promise<Places> {
  return placesOfRows(await rowsOf(basis.source, images, work), basis.projection, work);
}

/** *unit* of any images of the folder, [n, D]; only those that are not in the sample are read. */
export async function unitOf(basis: FolderBasis, images: Int32Array, work: Work): Promise<Float32Array> {
  const { width } = basis.source;
  const out = new Float32Array(images.length * width);
  const beyond = images.filter((image) => basis.positions[image] < 0);
  const more = (await placesOf(basis, beyond, work)).unit;
  let next = 0;
  images.forEach((image, at) => {
    const position = basis.positions[image];
    const [values, row] = position < 0 ? [more, next++] : [basis.places.unit, position];
    out.set(values.subarray(row * width, (row + 1) * width), at * width);
  });
  return out;
}

/** Places of features, row-major [n, D], which are overwritten. */
export async function placesOfRows(rows: Float32Array, projection: Projection, work: Work): Promise<Places> {
  evenOut(rows, projection.mean.length, projection.kind);
  centre(rows, projection.mean);
  return place(rows, projection, work);
}

/** Projects centred rows and makes them unit rows, in place. */
async function place(rows: Float32Array, { mean, directions }: Projection, work: Work): Promise<Places> {
  const { product = plainProduct } = work;
  const turn = turns(work);
  const width = mean.length;
  const d = width ? directions.length / width : 0;
  const count = width ? rows.length / width : 0;
  const projected = new Float32Array(count * d);
  for (let from = 0; d > 0 && from < count; from += READ_BLOCK) {
    await turn();
    const block = rows.subarray(from * width, Math.min(count, from + READ_BLOCK) * width);
    projected.set(await product(block, directions, width), from * d);
  }
  normalise(projected, d);
  normalise(rows, width);
  return { unit: rows, projected };
}

/** Features of some images, row-major, read in blocks of the folder's order. */
export async function rowsOf(source: FeatureSource, images: Int32Array, work: Work): Promise<Float32Array> {
  const turn = turns(work);
  const { width, count } = source;
  const rows = new Float32Array(images.length * width);
  const byPlace = Int32Array.from(images, (_, at) => at).sort((a, b) => images[a] - images[b]);
  let next = 0;
  for (let from = 0; from < count && next < byPlace.length; from += READ_BLOCK) {
    const to = Math.min(count, from + READ_BLOCK);
    if (images[byPlace[next]] >= to) continue;
    await turn();
    const block = await source.rows(from, to);
    for (; next < byPlace.length && images[byPlace[next]] < to; next++) {
      const start = (images[byPlace[next]] - from) * width;
      rows.set(block.subarray(start, start + width), byPlace[next] * width);
    }
  }
  return rows;
}

/** The number of its group for each row: equal rows stand next to one another and are one. */
function equalRows(rows: Float32Array, width: number): Int32Array {
  const groups = new Int32Array(width ? rows.length / width : 0);
  for (let i = 1; i < groups.length; i++) {
    let equal = true;
    for (let k = i * width; equal && k < (i + 1) * width; k++) equal = Object.is(rows[k], rows[k - width]);
    groups[i] = groups[i - 1] + (equal ? 0 : 1);
  }
  return groups;
}
