import { seededRandom } from '../random.ts';
import type { ScoredImages } from './imageScorer.ts';

/**
 * Cosine of two images' logits, each less its mean, from which on they count as nearly the same. Of 1,096 photographs
 * of two collections the same five reach it under three backbones, a pair and three of one stop sign; one of the
 * backbones adds two portraits taken alike (at 0.95 there would be up to 33). Copies that are a little brighter always
 * reach it, copies that are compressed more, cropped by 3% or half as large as often as not.
 */
const ALIKE = 0.98;

/** With fewer source labels, different images are alike by chance. */
export const LEAST_SOURCES = 100;

/** Numbers that stand for the logits of an image while images are looked for that may be alike. */
const SKETCH = 64;
/** Images that share the signs of so many projections are compared; so many times, with other projections. */
const BITS = 16;
const BANDS = 16;
/** Images with the same signs are compared with so many of those behind them. */
const NEIGHBOURS = 24;
/** A sketch may miss the cosine by this. */
const SLACK = 0.04;
/** Images after which others get a turn. */
const AT_A_TIME = 4096;

/**
 * Groups of images whose outputs are nearly the same: of any two neighbours in a group the cosine is at least
 * {@link ALIKE}. Takes a few seconds for 100,000 images: only images whose logits lie on the same side of random planes
 * are compared (locality-sensitive hashing; one of a thousand pairs just above the limit is missed).
 *
 * @param pause lets others have their turn; rejects to end it
 * @returns per image the number of its group, -1 for none; numbered by their first images
 */
export async function nearDuplicates(
  scored: ScoredImages,
  sourceCount: number,
  pause: () => Promise<void>,
): Promise<Int32Array> {
  const count = scored.images.length;
  const sketches = await sketchesOf(scored, sourceCount, pause);
  const keys: Uint16Array[] = [];
  const random = seededRandom(1);
  for (let band = 0; band < BANDS; band++) {
    keys.push(signsOf(sketches, count, random));
    await pause();
  }
  const groups = new Groups(count);
  for (const [band, key] of keys.entries()) {
    const next = keys[(band + 1) % BANDS];
    const order = Uint32Array.from({ length: count }, (_, image) => image).sort(
      (a, b) => key[a] - key[b] || next[a] - next[b] || a - b,
    );
    for (let at = 0; at < count; at++) {
      if (at % AT_A_TIME === AT_A_TIME - 1) await pause();
      const image = order[at];
      for (let to = at + 1; to <= at + NEIGHBOURS && to < count && key[order[to]] === key[image]; to++) {
        const other = order[to];
        if (groups.same(image, other) || sketchCosine(sketches, image, other) < ALIKE - SLACK) continue;
        if (cosine(scored.row(image), scored.row(other)) >= ALIKE) groups.join(image, other);
      }
    }
  }
  return groups.numbers();
}

/** A short vector for each image, of length 1, whose cosines are about those of the logits less their mean (count sketch). */
async function sketchesOf(
  scored: ScoredImages,
  sourceCount: number,
  pause: () => Promise<void>,
): Promise<Float32Array> {
  const random = seededRandom(0);
  const place = Uint8Array.from({ length: sourceCount }, () => Math.floor(random() * SKETCH));
  const sign = Int8Array.from({ length: sourceCount }, () => (random() < 0.5 ? -1 : 1));
  const sketches = new Float32Array(scored.images.length * SKETCH);
  for await (const { from, images, logits } of scored.blocks()) {
    for (let i = 0; i < images.length; i++) {
      const row = logits.subarray(i * sourceCount, (i + 1) * sourceCount);
      const sketch = sketches.subarray((from + i) * SKETCH, (from + i + 1) * SKETCH);
      let mean = 0;
      for (const logit of row) mean += logit / sourceCount;
      for (let s = 0; s < sourceCount; s++) sketch[place[s]] += sign[s] * (row[s] - mean);
      let square = 0;
      for (const part of sketch) square += part * part;
      const length = Math.sqrt(square);
      // Lost logits are like no others.
      if (length > 0 && Number.isFinite(length)) for (let d = 0; d < SKETCH; d++) sketch[d] /= length;
      else sketch.fill(0);
      if (i % AT_A_TIME === AT_A_TIME - 1) await pause();
    }
  }
  return sketches;
}

/** On which sides of some random planes each image lies, as one number. */
function signsOf(sketches: Float32Array, count: number, random: () => number): Uint16Array {
  const planes = Float32Array.from({ length: BITS * SKETCH }, () => random() + random() + random() - 1.5);
  const signs = new Uint16Array(count);
  for (let image = 0; image < count; image++) {
    let bits = 0;
    for (let bit = 0; bit < BITS; bit++) {
      let side = 0;
      for (let d = 0; d < SKETCH; d++) side += planes[bit * SKETCH + d] * sketches[image * SKETCH + d];
      bits = (bits << 1) | (side > 0 ? 1 : 0);
    }
    signs[image] = bits;
  }
  return signs;
}

function sketchCosine(sketches: Float32Array, a: number, b: number): number {
  let sum = 0;
  for (let d = 0; d < SKETCH; d++) sum += sketches[a * SKETCH + d] * sketches[b * SKETCH + d];
  return sum;
}

/** Cosine of two rows of logits, each less its mean; NaN where one is lost. */
function cosine(a: Float32Array, b: Float32Array): number {
  const n = a.length;
  let [sumA, sumB, squareA, squareB, product] = [0, 0, 0, 0, 0];
  for (let s = 0; s < n; s++) {
    sumA += a[s];
    sumB += b[s];
    squareA += a[s] * a[s];
    squareB += b[s] * b[s];
    product += a[s] * b[s];
  }
  const spread = Math.sqrt((squareA - (sumA * sumA) / n) * (squareB - (sumB * sumB) / n));
  return (product - (sumA * sumB) / n) / spread;
}

/** Which images belong together (union-find); the first image of a group stands for it. */
class Groups {
  readonly #parent: Int32Array;

  constructor(count: number) {
    this.#parent = Int32Array.from({ length: count }, (_, image) => image);
  }

  same(a: number, b: number): boolean {
    return this.#first(a) === this.#first(b);
  }

  join(a: number, b: number): void {
    const [first, second] = [this.#first(a), this.#first(b)];
    this.#parent[Math.max(first, second)] = Math.min(first, second);
  }

  numbers(): Int32Array {
    const firsts = this.#parent.map((_, image) => this.#first(image));
    const sizes = new Uint32Array(firsts.length);
    for (const first of firsts) sizes[first]++;
    const numbers = new Map<number, number>();
    return firsts.map((first) => {
      if (sizes[first] === 1) return -1;
      const number = numbers.get(first) ?? numbers.size;
      numbers.set(first, number);
      return number;
    });
  }

  #first(image: number): number {
    const parent = this.#parent;
    let first = image;
    while (parent[first] !== first) {
      parent[first] = parent[parent[first]];
      first = parent[first];
    }
    return first;
  }
}
