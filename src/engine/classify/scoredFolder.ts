import { setImmediate } from 'node:timers/promises';
import { FiredList, type FiredSource, firedSources } from '../../core/evidence/firedSources.ts';
import type { PlacedImage, ScoredBlock, ScoredImages } from '../../core/evidence/imageScorer.ts';
import type { ImageState } from '../outputs/outputIndex.ts';
import type { OutputStore } from '../outputs/outputStore.ts';

/** Beyond this many bytes (16,000 images of 1,000 labels) logits stay on disk and are read when they are needed. */
const LARGEST = 64 << 20;
/** Rows that are read from disk at a time. */
const BLOCK = 256;

/**
 * The images of a folder whose logits are known, to be scored under one mapping after the other: from one array, or
 * from the cache on disk where that array would be too large.
 */
export class ScoredFolder implements ScoredImages {
  readonly images: PlacedImage[] = [];
  /** Per image, the strongest sources: the same under every mapping. */
  readonly fired = new FiredList();
  readonly #sourceCount: number;
  readonly #cache: OutputStore;
  readonly #largest: number;
  /** Undefined once they are too many. */
  #logits: Float32Array | undefined;
  /** Per image its size, both its times and its inode: an object for each would take three times as much. */
  readonly #states: number[] = [];

  /** @param cache has the logits of all images that are added, or will have them */
  constructor(sourceCount: number, cache: OutputStore, largest = LARGEST) {
    this.#sourceCount = sourceCount;
    this.#cache = cache;
    this.#largest = largest;
    this.#logits = new Float32Array(sourceCount * 64);
  }

  /** Whether all logits can be had: those on disk may have been deleted to keep the cache small. */
  get isAtHand(): boolean {
    return this.#logits !== undefined || this.images.every((_, at) => this.#cache.has(this.stateOf(at)));
  }

  /** The files of the images as they were read. */
  *states(): Generator<ImageState> {
    for (const at of this.images.keys()) yield this.stateOf(at);
  }

  /** Tells beforehand how many images will come, at least. */
  expect(count: number): void {
    if (count * this.#sourceCount * 4 > this.#largest) this.#logits = undefined;
  }

  /** Adds an image and tells which sources fired on it. */
  add(
    image: PlacedImage,
    { bytes, modified, changed, inode }: ImageState,
    logits: Float32Array,
  ): readonly FiredSource[] {
    const fired = firedSources(logits);
    const start = this.images.length * this.#sourceCount;
    if (this.#logits && start + this.#sourceCount > this.#logits.length) this.#grow(this.#logits);
    this.#logits?.set(logits, start);
    this.images.push(image);
    this.#states.push(bytes, modified, changed, inode);
    this.fired.push(fired);
    return fired;
  }

  /** Logits [S] of an image; -Infinity where they are lost. @param into what they are written to the start of */
  row(at: number, into: Float32Array = new Float32Array(this.#sourceCount)): Float32Array {
    const S = this.#sourceCount;
    const row = into.subarray(0, S);
    if (this.#logits) row.set(this.#logits.subarray(at * S, (at + 1) * S));
    else this.#read(at, row);
    return row;
  }

  /** Whether features of all images are in their cache. */
  areIn(features: OutputStore): boolean {
    return this.images.every((_, at) => features.has(this.stateOf(at)));
  }

  /** The same images, with features beside their logits where there are some to be read. */
  withFeatures(cache: OutputStore | undefined): ScoredImages {
    if (!cache) return this;
    return {
      images: this.images,
      fired: this.fired,
      row: (image) => this.row(image),
      blocks: () => this.#tappedBlocks(cache),
    };
  }

  /** Features [D] of an image; NaN where they are lost. */
  features(at: number, cache: OutputStore, into = new Float32Array(cache.width)): Float32Array {
    return cache.find(this.stateOf(at), into) ?? into.fill(Number.NaN);
  }

  async *#tappedBlocks(cache: OutputStore): AsyncGenerator<ScoredBlock> {
    const { width } = cache;
    const S = this.#sourceCount;
    const features = new Float32Array(Math.min(BLOCK, this.images.length) * width);
    for await (const { from: first, images: all, logits } of this.blocks()) {
      for (let start = 0; start < all.length; start += BLOCK) {
        const from = first + start;
        const images = all.slice(start, start + BLOCK);
        for (let i = 0; i < images.length; i++)
          this.features(from + i, cache, features.subarray(i * width, (i + 1) * width));
        yield {
          from,
          images,
          logits: logits.subarray(start * S, (start + images.length) * S),
          features: features.subarray(0, images.length * width),
        };
        await setImmediate();
      }
    }
  }

  /** All images and their logits, in order. */
  async *blocks(): AsyncGenerator<ScoredBlock> {
    const { length } = this.images;
    if (length === 0) return;
    const S = this.#sourceCount;
    if (this.#logits) {
      yield { from: 0, images: this.images, logits: this.#logits.subarray(0, length * S) };
      return;
    }
    const block = new Float32Array(Math.min(BLOCK, length) * S);
    for (let from = 0; from < length; from += BLOCK) {
      const images = this.images.slice(from, Math.min(from + BLOCK, length));
      for (let i = 0; i < images.length; i++) this.#read(from + i, block.subarray(i * S, (i + 1) * S));
      yield { from, images, logits: block.subarray(0, images.length * S) };
      // Others get their turn in between.
      await setImmediate();
    }
  }

  #read(at: number, into: Float32Array): void {
    if (!this.#cache.find(this.stateOf(at), into)) into.fill(Number.NEGATIVE_INFINITY);
  }

  /** The file of an image as it was. */
  stateOf(at: number): ImageState {
    const [bytes, modified, changed, inode] = this.#states.slice(at * 4, at * 4 + 4);
    return { path: this.images[at].path, bytes, modified, changed, inode };
  }

  #grow(logits: Float32Array): void {
    this.#logits = undefined;
    if (logits.byteLength * 2 > this.#largest) return;
    this.#logits = new Float32Array(logits.length * 2);
    this.#logits.set(logits);
  }
}
