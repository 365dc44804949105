import type { Mapping } from '../../core/mapping/mapping.ts';
import { MappingScorer } from '../../core/mapping/scoring.ts';
import { encodePrompt } from '../../core/prompts/promptFile.ts';
import { effectOf, type PromptShape, parameterCount, pullBack } from '../../core/prompts/visualPrompt.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { promptShape } from '../../core/runs/trainingSettings.ts';
import type { Text } from '../../core/text/text.ts';
import { evaluate } from '../../core/training/evaluation.ts';
import {
  type MappingInput,
  mappingInput,
  type StepResult,
  type StepRows,
} from '../../core/training/mappingInput.ts';
import { epochRandom, type LabelledImage } from '../../core/training/split.ts';
import { spsaGradient } from '../../core/training/spsa.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import { ImageBatches } from './imageBatches.ts';
import { PromptModel } from './promptModel.ts';
import { type PromptPictures, promptPictures } from './promptPictures.ts';

interface Validation {
  /** Images that could be read. */
  readonly count: number;
  readonly hits: number;
  /** Sum of their cross-entropies. */
  readonly loss: number;
  /** [T, T]: truth, then prediction. */
  readonly counts: Uint32Array;
}

/** Which step of which epoch it is, and how many estimates of the gradient it makes where there is none. */
interface StepPlace {
  readonly epoch: number;
  readonly step: number;
  readonly estimates: number;
}

/** What the parameters of a prompt do to images: the backbone behind it, run step by step, with and without a gradient. */
export class PromptSteps {
  readonly shape: PromptShape;
  readonly batches: ImageBatches;
  readonly #job: Pick<TrainJob, 'backbone' | 'settings' | 'trainImages'>;
  readonly #model: PromptModel;

  private constructor(
    job: Pick<TrainJob, 'backbone' | 'settings' | 'trainImages'>,
    model: PromptModel,
    shape: PromptShape,
    onSkipped: (image: SkippedImage) => void,
  ) {
    this.#job = job;
    this.#model = model;
    this.shape = shape;
    const { input, batch } = model;
    this.batches = new ImageBatches(job, { input, batch, frame: shape.frame }, onSkipped);
  }

  /**
   * @param mapping decides how scores are made
   * @throws {SemapError} `invalid-argument`, `unsupported-model`
   */
  static async open(
    job: TrainJob,
    mapping: Mapping,
    onSkipped: (image: SkippedImage) => void,
  ): Promise<PromptSteps> {
    const { backbone, cacheFolder, settings, document } = job;
    const { batch, threads } = settings;
    const { form } = mappingInput(mapping);
    const targets = document.targets.length;
    const shape = promptShape(settings.prompt, backbone);
    const model = await PromptModel.open(
      { backbone, cacheFolder, batch, threads, form, targets },
      shape.frame,
    );
    return new PromptSteps(job, model, shape, onSkipped);
  }

  /** Numbers of the prompt. */
  get parameterCount(): number {
    return parameterCount(this.shape);
  }

  /** Images of a step. */
  get batch(): number {
    return this.#model.batch;
  }

  /** Why there is no gradient; undefined where there is one. */
  get blocked(): Text | undefined {
    return this.#model.blocked;
  }

  get gradient(): 'exact' | 'spsa' {
    return this.blocked === undefined ? 'exact' : 'spsa';
  }

  /** Loss, logits and the gradient with respect to the parameters, estimated where there is none. */
  async step(
    parameters: Float32Array,
    rows: StepRows,
    mapping: MappingInput,
    { epoch, step, estimates }: StepPlace,
  ): Promise<StepResult & { readonly gradient: Float32Array }> {
    if (this.blocked !== undefined) {
      const random = epochRandom(this.#job.settings.seed, epoch, 7919 + step);
      return spsaGradient(parameters, estimates, random, (moved) =>
        this.#model.forward(rows, this.#added(moved), mapping),
      );
    }
    const run = await this.#model.step(rows, this.#added(parameters), mapping);
    const gradient = pullBack(this.shape, parameters, this.#model.input.pullBack(run.gradient));
    return { ...run, gradient };
  }

  /**
   * What images are taken for, as they are.
   * @param sharpness a factor on the scores, for the loss only
   */
  async validate(
    images: readonly LabelledImage[],
    parameters: Float32Array,
    mapping: Mapping,
    sharpness: number,
  ): Promise<Validation> {
    const added = this.#added(parameters);
    const matrix = mappingInput(mapping, sharpness);
    const scorer = new MappingScorer(mapping);
    const { sourceCount: S, targetCount: T } = scorer;
    const counts = new Uint32Array(T * T);
    let [loss, hits, count] = [0, 0, 0];
    const size = this.batch;
    for (let start = 0; start < images.length; start += size) {
      const indices = Array.from({ length: size }, (_, i) => start + i);
      const { rows, used } = await this.batches.rows(images, indices);
      this.batches.prefetch(images.slice(start + size, start + 2 * size));
      if (used.length === 0) continue;
      const { logits } = await this.#model.forward(rows, added, matrix);
      const truths = used.map((i) => images[i].truth);
      const result = evaluate(scorer, logits.subarray(0, truths.length * S), truths, sharpness);
      loss += result.loss;
      hits += result.hits;
      count += truths.length;
      for (const [row, truth] of truths.entries()) {
        const predicted = result.predictions[row];
        if (predicted >= 0) counts[truth * T + predicted]++;
      }
    }
    return { loss, hits, count, counts };
  }

  /** Seconds of a step and of one without a gradient, measured. */
  async measure(
    parameters: Float32Array,
    startMapping: Mapping,
    rounds: number,
    report: (done: number) => void,
  ): Promise<{ step: number; forward: number }> {
    const mapping = mappingInput(startMapping);
    const first = Array.from({ length: this.batch }, (_, i) => i);
    const { rows } = await this.batches.rows(this.#job.trainImages, first);
    const times = { step: Number.POSITIVE_INFINITY, forward: Number.POSITIVE_INFINITY };
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      await this.step(parameters, rows, mapping, { epoch: 1, step: round, estimates: 1 });
      const between = performance.now();
      await this.#model.forward(rows, this.#added(parameters), mapping);
      // The first run is slower.
      if (round === 0) continue;
      times.step = Math.min(times.step, (between - started) / 1000);
      times.forward = Math.min(times.forward, (performance.now() - between) / 1000);
      report(round);
    }
    return times;
  }

  /** The prompt, and an image with it, to look at. */
  async pictures(parameters: Float32Array, image: LabelledImage | undefined): Promise<PromptPictures> {
    const pixels = image && (await this.batches.pixels(image));
    const sample = image && pixels && { path: image.path, pixels };
    return promptPictures(this.#job.backbone.input, this.shape, parameters, sample);
  }

  /** The bytes of `prompt.safetensors`. */
  file(parameters: Float32Array): Uint8Array {
    return encodePrompt({ shape: this.shape, parameters, backbone: this.#job.backbone.sha256 });
  }

  async close(): Promise<void> {
    await this.batches.close();
    await this.#model.close();
  }

  #added(parameters: Float32Array): Float32Array {
    return this.#model.input.added(effectOf(this.shape, parameters));
  }
}
