import type { LabelledOutputs } from '../mapping/labelledOutputs.ts';
import type { LabelledImage } from './split.ts';

/** Logits of an epoch are kept for the next mapping up to so many bytes; beyond, of the first images only. */
const MOST_LOGITS = 256 << 20;

/** What an epoch has seen of its images: the next mapping is made of it without another pass. */
export class SeenLogits {
  /** [N, S] */
  readonly logits: Float32Array;
  /** [N]: 1 for images that were seen, 0 for the others. */
  readonly have: Float32Array;
  readonly #sourceCount: number;

  constructor(images: number, sourceCount: number) {
    const rows = Math.min(images, Math.floor(MOST_LOGITS / (4 * sourceCount)));
    this.logits = new Float32Array(rows * sourceCount);
    this.have = new Float32Array(rows);
    this.#sourceCount = sourceCount;
  }

  /** Keeps the first rows of [N, S] logits as those of the images with these indices. */
  add(logits: Float32Array, images: readonly number[]): void {
    const S = this.#sourceCount;
    for (const [row, i] of images.entries()) {
      if (i >= this.have.length) continue;
      this.logits.set(logits.subarray(row * S, (row + 1) * S), i * S);
      this.have[i] = 1;
    }
  }

  /** Those that were seen, in the order of the images. */
  outputs(images: readonly LabelledImage[], targetCount: number): LabelledOutputs {
    const S = this.#sourceCount;
    const rows = [...this.have.keys()].filter((i) => this.have[i] === 1);
    const truths = rows.map((i) => images[i].truth);
    if (rows.length === this.have.length) return { logits: this.logits, truths, sourceCount: S, targetCount };
    const logits = new Float32Array(rows.length * S);
    for (const [row, i] of rows.entries()) logits.set(this.logits.subarray(i * S, (i + 1) * S), row * S);
    return { logits, truths, sourceCount: S, targetCount };
  }
}
