import { contentSample } from '../heads/contentSample.ts';
import { seededRandom } from '../random.ts';
import { turns, type Work } from '../work.ts';
import { Comparer, type Likenesses, likenessRows, mirroredPlace, SHAPE, SKETCH } from './likeness.ts';

/** Images on the same side of so many planes are compared; so often, with other planes. */
const BITS = 16;
const BANDS = 32;
/** Images on the same sides are compared with so many of those behind them. */
const NEIGHBOURS = 24;
/** Of 64 planes two alike are seldom on other sides of more than so many; a pair at the limit is at nine. */
const MOST_APART = 15;
/** Entries that are hashed or compared between two looks at the clock. */
const AT_A_TIME = 4096;

/**
 * Groups of images of which each is nearly the same as another one of its group. Takes some seconds for 100,000 images, as
 * only images are compared that lie on the same side of some random planes (locality-sensitive hashing). The order of the
 * images does not matter.
 * @returns per image the number of its group, -1 for none; numbered by their first images
 * @throws {SemapError} `cancelled`
 */
export async function nearDuplicates(images: Likenesses, work: Work = {}): Promise<Int32Array> {
  const comparer = new Comparer(images);
  const groups = new Groups(images.count);
  // In an order that only content decides: who is compared with whom must not depend on names.
  const order = (await contentSample(likenessRows(images), images.count, work)).images;
  const join = (a: number, b: number) => {
    if (a !== b && !groups.same(a, b) && comparer.alike(a, b)) groups.join(a, b);
  };
  const shaped = order.filter((image) => comparer.hasShape(image));
  await compareAlike(shapeVectors(images, shaped), SHAPE, join, work);
  const plain = order.filter((image) => !comparer.hasShape(image) && comparer.hasSketch(image));
  await compareAlike(sketchVectors(images, plain), SKETCH, join, work);
  return groups.numbers();
}

/** Vectors to be hashed, and the image that each belongs to. */
interface Entries {
  readonly count: number;
  imageOf(entry: number): number;
  write(entry: number, into: Float32Array): void;
}

/** Every shape as it is and mirrored. */
function shapeVectors({ shapes }: Likenesses, images: Int32Array): Entries {
  return {
    count: 2 * images.length,
    imageOf: (entry) => images[entry >> 1],
    write: (entry, into) => {
      const from = images[entry >> 1] * SHAPE;
      for (let i = 0; i < SHAPE; i++) into[i] = shapes[from + (entry % 2 === 0 ? i : mirroredPlace(i))];
    },
  };
}

/** Sketches less their mean, without which all lie on the same side of most planes. */
function sketchVectors({ sketches }: Likenesses, images: Int32Array): Entries {
  const mean = new Float64Array(SKETCH);
  for (const image of images)
    for (let i = 0; i < SKETCH; i++) mean[i] += sketches[image * SKETCH + i] / images.length;
  return {
    count: images.length,
    imageOf: (entry) => images[entry],
    write: (entry, into) => {
      const from = images[entry] * SKETCH;
      for (let i = 0; i < SKETCH; i++) into[i] = sketches[from + i] - mean[i];
    },
  };
}

/** Calls `compare` for pairs of images whose vectors are alike. @param width of a vector, a power of two, 64 at least */
async function compareAlike(
  entries: Entries,
  width: number,
  compare: (a: number, b: number) => void,
  work: Work,
): Promise<void> {
  const turn = turns(work);
  const random = seededRandom(1);
  const { count } = entries;
  const vector = new Float32Array(width);
  const perRotation = width / BITS;
  const places = 2 ** Math.ceil(Math.log2(Math.max(2, count)));
  // Key, another key, and the place, in the 53 bits of a double: sorted as numbers.
  const rest = Math.min(2 ** BITS, 2 ** (53 - BITS) / places);
  const [low, high] = [new Int32Array(count), new Int32Array(count)];
  const images = new Int32Array(count);
  for (let band = 0; band < BANDS; band += perRotation) {
    const signs = Float32Array.from({ length: 2 * width }, () => (random() < 0.5 ? -1 : 1));
    const keys = Array.from({ length: perRotation }, () => new Uint16Array(count));
    for (let entry = 0; entry < count; entry++) {
      if (entry % AT_A_TIME === 0) await turn();
      entries.write(entry, vector);
      rotate(vector, signs);
      for (let part = 0; part < perRotation; part++) {
        let bits = 0;
        for (let i = part * BITS; i < (part + 1) * BITS; i++) bits = (bits << 1) | (vector[i] > 0 ? 1 : 0);
        keys[part][entry] = bits;
      }
    }
    for (const [part, key] of keys.entries()) {
      const next = keys[(part + 1) % perRotation];
      const sorted = Float64Array.from(
        key,
        (bits, entry) => (bits * rest + Math.floor((next[entry] * rest) / 2 ** BITS)) * places + entry,
      ).sort();
      await turn();
      for (let at = 0; at < count; at++) {
        const entry = sorted[at] % places;
        low[at] = (keys[0][entry] << BITS) | keys[1][entry];
        high[at] = (keys[2][entry] << BITS) | keys[3][entry];
        images[at] = entries.imageOf(entry);
      }
      const bucket = places * rest;
      for (let at = 0, end = 0; at < count; at++) {
        if (at % AT_A_TIME === 0) await turn();
        if (at >= end) {
          const same = Math.floor(sorted[at] / bucket);
          end = at + 1;
          while (end < count && Math.floor(sorted[end] / bucket) === same) end++;
        }
        const last = Math.min(end, at + 1 + NEIGHBOURS);
        for (let to = at + 1; to < last; to++) {
          if (ones(low[at] ^ low[to]) + ones(high[at] ^ high[to]) <= MOST_APART)
            compare(images[at], images[to]);
        }
      }
    }
  }
}

/** How many of 32 bits are set. */
function ones(bits: number): number {
  let sum = bits - ((bits >>> 1) & 0x55555555);
  sum = (sum & 0x33333333) + ((sum >>> 2) & 0x33333333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A random rotation: signs and a Walsh-Hadamard transform, twice. */
function rotate(vector: Float32Array, signs: Float32Array): void {
  const { length } = vector;
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < length; i++) vector[i] *= signs[round * length + i];
    for (let half = 1; half < length; half *= 2) {
      for (let start = 0; start < length; start += 2 * half) {
        for (let i = start; i < start + half; i++) {
          const sum = vector[i] + vector[i + half];
          vector[i + half] = vector[i] - vector[i + half];
          vector[i] = sum;
        }
      }
    }
  }
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
