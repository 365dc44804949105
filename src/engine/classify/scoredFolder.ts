import type { FiredSource } from '../../protocol/classification.ts';
import { firedSources, type PlacedImage } from './imageScorer.ts';

/** Beyond this many bytes of logits (16,000 images of 1,000 labels) a folder is scored from the cache on disk instead. */
const LARGEST = 64 << 20;

/**
 * The logits of the images of a run in one array, so that another mapping scores all of them in one pass.
 */
export class ScoredFolder {
  readonly images: PlacedImage[] = [];
  /** Per image, the strongest sources: the same under every mapping. */
  readonly fired: (readonly FiredSource[])[] = [];
  readonly #sourceCount: number;
  readonly #largest: number;
  #logits: Float32Array;
  #tooLarge = false;

  constructor(sourceCount: number, largest = LARGEST) {
    this.#sourceCount = sourceCount;
    this.#largest = largest;
    this.#logits = new Float32Array(sourceCount * 64);
  }

  /** Whether all images of the run are here. */
  get complete(): boolean {
    return !this.#tooLarge;
  }

  /** Row-major [N, S]. */
  get logits(): Float32Array {
    return this.#logits.subarray(0, this.images.length * this.#sourceCount);
  }

  /** Adds an image and tells which sources fired on it. */
  add(image: PlacedImage, logits: Float32Array): readonly FiredSource[] {
    const fired = firedSources(logits);
    if (this.#tooLarge) return fired;
    const start = this.images.length * this.#sourceCount;
    if (start + this.#sourceCount > this.#logits.length) this.#grow();
    if (this.#tooLarge) return fired;
    this.#logits.set(logits, start);
    this.images.push(image);
    this.fired.push(fired);
    return fired;
  }

  #grow(): void {
    if (this.#logits.byteLength * 2 > this.#largest) {
      this.#tooLarge = true;
      this.#logits = new Float32Array(0);
      this.images.length = 0;
      this.fired.length = 0;
      return;
    }
    const larger = new Float32Array(this.#logits.length * 2);
    larger.set(this.#logits);
    this.#logits = larger;
  }
}
