import { pixelSpec } from '../../core/images/preprocessing.ts';
import type { PromptInput, Variation } from '../../core/prompts/promptInput.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type { StepRows } from '../../core/training/mappingInput.ts';
import { epochRandom, type LabelledImage } from '../../core/training/split.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import { PixelStore } from './pixelStore.ts';

/** Crops move the picture by up to this share of its edge. */
const SHIFT = 1 / 24;

/** Rows of a step, and which images they are. */
export interface Batch {
  readonly rows: StepRows;
  /** In the order of the rows; images that cannot be read are missing. */
  readonly used: readonly number[];
}

/** Makes rows of images: their pixels as the backbone wants them, varied where the settings ask for it. */
export class ImageBatches {
  readonly #job: Pick<TrainJob, 'backbone' | 'settings'>;
  readonly #input: PromptInput;
  readonly #pixels: PixelStore;
  readonly #images: Float32Array;
  readonly #batch: number;

  /** @param batch the most rows of a step */
  constructor(
    job: Pick<TrainJob, 'backbone' | 'settings'>,
    { input, batch, frame }: { readonly input: PromptInput; readonly batch: number; readonly frame: number },
    onSkipped: (image: SkippedImage) => void,
  ) {
    this.#job = job;
    this.#input = input;
    this.#batch = batch;
    this.#pixels = new PixelStore(pixelSpec(job.backbone.input, frame), job.settings.threads, onSkipped);
    this.#images = new Float32Array(batch * input.size);
  }

  /**
   * Rows of the images with these indices.
   * @param epoch whose variations they get; absent: they stay as they are
   * @returns rows that hold until the next call
   */
  async rows(all: readonly LabelledImage[], indices: readonly number[], epoch?: number): Promise<Batch> {
    const { size } = this.#input;
    const used: number[] = [];
    const labels = new Int32Array(this.#batch);
    for (const i of indices) {
      const image = all[i];
      const pixels = image && (await this.#pixels.get(image.path));
      if (!pixels) continue;
      const row = used.length;
      const variation = epoch === undefined ? undefined : this.#variation(epoch, i);
      this.#input.fill(pixels, this.#images.subarray(row * size, (row + 1) * size), variation);
      labels[row] = image.truth;
      used.push(i);
    }
    const count = used.length;
    const images = this.#images.subarray(0, count * size);
    const weights = new Float32Array(count).fill(1 / Math.max(1, count));
    return { rows: { images, labels: labels.subarray(0, count), weights }, used };
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
    const { flip = false, crop = false } = augment;
    if (!flip && !crop) return undefined;
    const random = epochRandom(seed, epoch, i + 1);
    const { height, width } = this.#job.backbone.input;
    const flipped = random() < 0.5;
    const shift = (edge: number, draw: number) => Math.round((2 * draw - 1) * SHIFT * edge);
    const right = shift(width, random());
    const down = shift(height, random());
    return { flip: flip && flipped, right: crop ? right : 0, down: crop ? down : 0 };
  }
}
