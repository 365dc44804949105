import type { KnownImage } from './outputCache.ts';

/** Logits that wait to be written, in one block that is filled again and again: an array of their own each would outlive the young generation. */
export class WaitingRows {
  readonly #sourceCount: number;
  readonly #images: KnownImage[] = [];
  /** Row of an image by its key. */
  readonly #rows = new Map<string, number>();
  #block: Float32Array;

  constructor(sourceCount: number) {
    this.#sourceCount = sourceCount;
    this.#block = new Float32Array(sourceCount * 16);
  }

  get count(): number {
    return this.#images.length;
  }

  /** In the order of the rows. */
  get images(): readonly KnownImage[] {
    return this.#images;
  }

  /** Row-major [count, S]. */
  get logits(): Float32Array {
    return this.#block.subarray(0, this.count * this.#sourceCount);
  }

  add(key: string, image: KnownImage, logits: Float32Array): void {
    const start = this.count * this.#sourceCount;
    if (start + this.#sourceCount > this.#block.length) {
      const larger = new Float32Array(this.#block.length * 2);
      larger.set(this.#block);
      this.#block = larger;
    }
    this.#block.set(logits, start);
    this.#rows.set(key, this.count);
    this.#images.push(image);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /** The logits [S] that were added last under a key, to be read at once: the block is filled again. */
  find(key: string): Float32Array | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    return this.#block.subarray(row * this.#sourceCount, (row + 1) * this.#sourceCount);
  }

  clear(): void {
    this.#images.length = 0;
    this.#rows.clear();
  }
}
