import { pixelSpec } from '../../core/images/preprocessing.ts';
import type { PromptInput, Variation } from '../../core/prompts/promptInput.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { mixRows, smoothTruths, variationOf } from '../../core/training/augmentation.ts';
import type { StepRows } from '../../core/training/mappingInput.ts';
import { epochRandom, type LabelledImage } from '../../core/training/split.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import { PixelStore } from './pixelStore.ts';

/** Rows of a step, and which images they are. */
export interface Batch {
  readonly rows: StepRows;
  /** In the order of the rows; images that cannot be read are missing. */
  readonly used: readonly number[];
}

interface BatchShape {
  readonly input: PromptInput;
  /** The most rows of a step. */
  readonly batch: number;
  readonly frame: number;
  /** T */
  readonly targets: number;
}

/** Makes rows of images: their pixels as the backbone wants them, varied where the settings ask for it. */
export class ImageBatches {
  readonly #job: Pick<TrainJob, 'backbone' | 'settings'>;
  readonly #input: PromptInput;
  readonly #pixels: PixelStore;
  /** Of this step and of the next, which is made meanwhile; shared with the threads that compute. */
  readonly #images: readonly Float32Array[];
  #turn = 0;
  readonly #targets: number;

  constructor(
    job: Pick<TrainJob, 'backbone' | 'settings'>,
    { input, batch, frame, targets }: BatchShape,
    onSkipped: (image: SkippedImage) => void,
  ) {
    this.#job = job;
    this.#input = input;
    this.#targets = targets;
    this.#pixels = new PixelStore(pixelSpec(job.backbone.input, frame), job.settings.threads, onSkipped);
    this.#images = [0, 1].map(
      () => new Float32Array(new SharedArrayBuffer(Float32Array.BYTES_PER_ELEMENT * batch * input.size)),
    );
  }

  /**
   * Rows of the images with these indices.
   * @param epoch whose variations they get; absent: they stay as they are
   * @returns rows that hold until the next call but one
   */
  async rows(all: readonly LabelledImage[], indices: readonly number[], epoch?: number): Promise<Batch> {
    const { size } = this.#input;
    const filled = this.#images[this.#turn++ % 2];
    const used: number[] = [];
    const T = this.#targets;
    const truths = new Float32Array(indices.length * T);
    for (const i of indices) {
      const image = all[i];
      const pixels = image && (await this.#pixels.get(image.path));
      if (!pixels) continue;
      const row = used.length;
      const variation = epoch === undefined ? undefined : this.#variation(epoch, i);
      this.#input.fill(pixels, filled.subarray(row * size, (row + 1) * size), variation);
      truths[row * T + image.truth] = 1;
      used.push(i);
    }
    const count = used.length;
    const images = filled.subarray(0, count * size);
    const weights = new Float32Array(count).fill(1 / Math.max(1, count));
    const rows = { images, truths: truths.subarray(0, count * T), weights };
    if (epoch !== undefined) this.#mix(rows, epoch, used[0]);
    return { rows, used };
  }

  /** Begins to decode what will be asked for. */
  prefetch(images: readonly (LabelledImage | undefined)[]): void {
    this.#pixels.prefetch(images.flatMap((image) => (image ? [image.path] : [])));
  }

  /** Pixels of one image, to look at. */
  pixels(image: LabelledImage): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    return this.#pixels.get(image.path);
  }

  close(): Promise<void> {
    return this.#pixels.close();
  }

  #variation(epoch: number, i: number): Variation | undefined {
    const { seed, augment } = this.#job.settings;
    return variationOf(augment, this.#job.backbone.input, epochRandom(seed, epoch, i + 1));
  }

  /** @param first the image of the first row: what is drawn depends on it, not on the steps before */
  #mix({ images, truths, weights }: StepRows, epoch: number, first: number): void {
    const { seed, augment, smoothing } = this.#job.settings;
    const { mix = 0 } = augment;
    if (mix > 0) mixRows(images, truths, weights.length, mix, epochRandom(seed, epoch, -1 - first));
    smoothTruths(truths, this.#targets, smoothing);
  }
}
