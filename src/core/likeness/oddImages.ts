import { contentSample } from '../heads/contentSample.ts';
import { normalise } from '../heads/features.ts';
import { plainProduct, turns, type Work } from '../work.ts';
import { type Likenesses, SKETCH, sketchRows } from './likeness.ts';

/** Each image is compared with so many of the folder. */
const SAMPLE = 4096;
/** How alike an image is to others: to the so many-th most alike of them. A few that are odd together stay odd. */
const NEIGHBOUR = 10;
/** Of fewer images nothing is usual. */
const FEWEST = 40;
/** Odd is who is by so many deviations less alike to others than images of the folder are; see docs/BENCHMARKS.md. */
const DEVIATIONS = 3;
/** The largest share of a folder that is odd: of two kinds of images the rarer one is not. */
const MOST = 0.03;
/** A median absolute deviation as a standard deviation, if it were a normal distribution. */
const TO_DEVIATION = 1.4826;
/** Folders whose images are all alike vary less than this by chance. */
const LEAST_DEVIATION = 0.005;
/** Images that are compared at once. */
const BLOCK = 512;

/**
 * Images unlike all others of their folder, the oddest first. By the cosine of their features to their tenth neighbor among
 * the images, or a sample of them; compared with what is usual in the folder. The order of the images does not matter.
 * @throws {SemapError} `cancelled`
 */
export async function oddImages(images: Likenesses, work: Work = {}): Promise<Int32Array> {
  const { product = plainProduct } = work;
  const { sketches, count } = images;
  const isKnown = (image: number) => sketches.subarray(image * SKETCH, (image + 1) * SKETCH).some(Boolean);
  const turn = turns(work);
  const known = Int32Array.from({ length: count }, (_, image) => image).filter(isKnown);
  if (known.length < FEWEST) return new Int32Array();
  const sample =
    known.length > SAMPLE
      ? (await contentSample(sketchRows(images), SAMPLE, work)).images.filter(isKnown)
      : known;
  const others = unitRows(sketches, sample);
  const placeOf = new Map(Array.from(sample, (image, at) => [image, at]));
  const alike = new Float32Array(known.length);
  for (let from = 0; from < known.length; from += BLOCK) {
    await turn();
    const block = known.subarray(from, from + BLOCK);
    const cosines = await product(unitRows(sketches, block), others, SKETCH);
    for (const [row, image] of block.entries()) {
      const own = cosines.subarray(row * sample.length, (row + 1) * sample.length);
      const self = placeOf.get(image);
      // Nobody is a neighbor of itself.
      if (self !== undefined) own[self] = -1;
      alike[from + row] = nthLargest(own, NEIGHBOUR);
    }
  }
  const usual = median(alike);
  const deviation = TO_DEVIATION * median(alike.map((one) => Math.abs(one - usual)));
  const limit = usual - DEVIATIONS * Math.max(LEAST_DEVIATION, deviation);
  return Int32Array.from(known.keys())
    .filter((at) => alike[at] < limit)
    .sort((a, b) => alike[a] - alike[b] || known[a] - known[b])
    .slice(0, Math.ceil(MOST * known.length))
    .map((at) => known[at]);
}

/** Sketches of some images as rows of length 1. */
function unitRows(sketches: Int8Array, images: Int32Array): Float32Array {
  const rows = new Float32Array(images.length * SKETCH);
  for (const [at, image] of images.entries())
    rows.set(sketches.subarray(image * SKETCH, (image + 1) * SKETCH), at * SKETCH);
  normalise(rows, SKETCH);
  return rows;
}

/** The n-th largest of some numbers. */
function nthLargest(values: Float32Array, n: number): number {
  const largest = new Float32Array(n).fill(Number.NEGATIVE_INFINITY);
  const last = n - 1;
  for (const value of values) {
    if (value <= largest[last]) continue;
    let at = last;
    for (; at > 0 && largest[at - 1] < value; at--) largest[at] = largest[at - 1];
    largest[at] = value;
  }
  return largest[last];
}

function median(values: Float32Array): number {
  return values.slice().sort()[values.length >> 1];
}
