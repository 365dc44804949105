import { turns, type Work } from '../work.ts';
import type { FeatureSource } from './features.ts';

/** Images that are read at once. */
export const READ_BLOCK = 2048;

/** Some images of a folder, chosen and ordered by nothing but their features. */
export interface ContentSample {
  /** Images in the order of their keys, copies next to one another. */
  readonly images: Int32Array;
  /** A number made of the features of each image of the folder; copies have the same one. */
  readonly keys: Float64Array;
}

/** Chooses at most `most` images by a hash of their features: whatever the order of the files, the same ones or copies. */
export async function contentSample(source: FeatureSource, most: number, work: Work): Promise<ContentSample> {
  const turn = turns(work);
  const keys = new Float64Array(source.count);
  for (let from = 0; from < source.count; from += READ_BLOCK) {
    await turn();
    const to = Math.min(source.count, from + READ_BLOCK);
    const rows = await source.rows(from, to);
    const bits = new Int32Array(rows.buffer, rows.byteOffset, rows.length);
    for (let i = from; i < to; i++) {
      const start = (i - from) * source.width;
      keys[i] = hash(bits, start, start + source.width);
    }
  }
  let images = Int32Array.from(keys, (_, i) => i);
  if (source.count > most) {
    const lots = lotsOf(keys);
    images = images.sort((a, b) => lots[a] - lots[b] || a - b).slice(0, most);
  }
  return { images: images.sort((a, b) => keys[a] - keys[b] || a - b), keys };
}

/** What decides who is chosen: made of the key and of how many copies came before, so that copies are drawn singly. */
function lotsOf(keys: Float64Array): Float64Array {
  const copies = new Map<number, number>();
  return keys.map((key) => {
    const copy = copies.get(key) ?? 0;
    copies.set(key, copy + 1);
    return hash(Int32Array.of(key / 2 ** 32, key | 0, copy), 0, 3);
  });
}

/** 53 bits of two hashes in the manner of MurmurHash3 (Appleby), as a whole number. */
function hash(bits: Int32Array, from: number, to: number): number {
  let low = 0x9747b28c;
  let high = 0x3c6ef372;
  for (let at = from; at < to; at++) {
    const word = Math.imul(bits[at], 0xcc9e2d51);
    const mixed = Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    low ^= mixed;
    low = (Math.imul((low << 13) | (low >>> 19), 5) + 0xe6546b64) | 0;
    high = Math.imul(high ^ mixed, 0x85ebca6b);
    high = (high << 17) | (high >>> 15);
  }
  return (spread(high ^ (low >>> 11)) >>> 11) * 2 ** 32 + (spread(low ^ high) >>> 0);
}

function spread(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
