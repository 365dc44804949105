import { SemapError } from '../../core/errors.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { MappingScorer } from '../../core/mapping/scoring.ts';
import { encodePrompt } from '../../core/prompts/promptFile.ts';
import type { InputPrompt } from '../../core/prompts/promptInput.ts';
import {
  effectOf,
  initialParameters,
  networkOf,
  type PromptShape,
  parameterCount,
  pullBack,
} from '../../core/prompts/visualPrompt.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { isLayer, layerKinds, promptShape } from '../../core/runs/trainingSettings.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import type { LearnedLayer } from '../../core/training/baselines.ts';
import { type Evaluation, evaluate, evaluateScores } from '../../core/training/evaluation.ts';
import {
  type MappingInput,
  mappingGradient,
  mappingInput,
  type StepResult,
  type StepRows,
} from '../../core/training/mappingInput.ts';
import type { ParameterGroup } from '../../core/training/optimiser.ts';
import { RECIPES } from '../../core/training/recipes.ts';
import { epochRandom, type LabelledImage } from '../../core/training/split.ts';
import { spsaGradient } from '../../core/training/spsa.ts';
import { TrainedLayer } from '../../core/training/trainedLayer.ts';
import { startOutputs } from '../../core/training/trainedMapping.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import { ImageBatches } from './imageBatches.ts';
import { PromptModel, type StepGradients } from './promptModel.ts';
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

/** How scores come about at one point of a training. */
export interface Scoring {
  readonly input: MappingInput;
  readonly evaluate: (run: StepResult, truths: readonly number[]) => Evaluation;
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
  /** Trained together with the prompt; absent: a mapping scores. */
  readonly layer: TrainedLayer | undefined;
  readonly batches: ImageBatches;
  readonly #job: Pick<TrainJob, 'backbone' | 'settings' | 'trainImages'>;
  readonly #model: PromptModel;
  readonly #targets: number;

  private constructor(
    job: Pick<TrainJob, 'backbone' | 'settings' | 'trainImages'>,
    model: PromptModel,
    {
      shape,
      layer,
      targets,
    }: { readonly shape: PromptShape; readonly layer: TrainedLayer | undefined; readonly targets: number },
    onSkipped: (image: SkippedImage) => void,
  ) {
    this.#job = job;
    this.#model = model;
    this.shape = shape;
    this.layer = layer;
    this.#targets = targets;
    const { input, batch } = model;
    this.batches = new ImageBatches(job, { input, batch, frame: shape.frame, targets }, onSkipped);
  }

  /**
   * @param mapping decides how scores are made, where no layer is trained
   * @throws {SemapError} `invalid-argument`, `unsupported-model`
   */
  static async open(
    job: TrainJob,
    mapping: Mapping,
    onSkipped: (image: SkippedImage) => void,
  ): Promise<PromptSteps> {
    const { backbone, cacheFolder, settings, document, tap } = job;
    const { batch, threads } = settings;
    const kind = isLayer(settings.mapping) ? layerKinds[settings.mapping] : undefined;
    const layer = kind && new TrainedLayer(kind, startOutputs(job));
    const { form } = layer ? layer.input(layer.start) : mappingInput(mapping);
    const targets = document.targets.length;
    const shape = promptShape(settings.prompt, backbone);
    const model = await PromptModel.open(
      {
        backbone,
        cacheFolder,
        batch,
        threads,
        form,
        targets,
        tap: kind === 'linear-probe' ? tap : undefined,
        trainsMapping: layer !== undefined,
        masked: shape.kind === 'mask',
      },
      shape.frame,
    );
    if (shape.kind === 'mask' && model.blocked !== undefined) {
      await model.close();
      throw withoutGradient(backbone.name, model.blocked);
    }
    return new PromptSteps(job, model, { shape, layer, targets }, onSkipped);
  }

  /** What is trained, one after another: the prompt, then the layer. */
  get groups(): readonly ParameterGroup[] {
    const { decay, layerRate } = this.#job.settings;
    const all = new Float32Array(parameterCount(this.shape));
    const network = networkOf(this.shape, all)?.length ?? 0;
    const length = all.length - network;
    const { layer } = this;
    return [
      { name: 'prompt', length, rate: 1, home: all.subarray(0, length), decay },
      // A decay to nothing would be one to a mask of zeros.
      ...(network > 0 ? [{ name: 'mask', length: network, rate: 1 }] : []),
      ...(layer ? [{ name: 'layer', length: layer.start.length, rate: layerRate }] : []),
    ];
  }

  /** Before training. */
  start(seed: number): Float32Array {
    const prompt = initialParameters(this.shape, seed, RECIPES[this.#job.settings.recipe].deviation);
    const layer = this.layer?.start ?? new Float32Array();
    const parameters = new Float32Array(prompt.length + layer.length);
    parameters.set(prompt);
    parameters.set(layer, prompt.length);
    return parameters;
  }

  /** Numbers that are trained. */
  get parameterCount(): number {
    return this.groups.reduce((sum, { length }) => sum + length, 0);
  }

  /** How scores are made by the layer of these parameters, or by a mapping where there is none. */
  scoring(parameters: Float32Array, mapping: Mapping, sharpness: number): Scoring {
    const { layer } = this;
    if (layer) {
      return {
        input: layer.input(this.#layerOf(parameters)),
        evaluate: ({ scores }, truths) => evaluateScores(scores, layer.targetCount, truths),
      };
    }
    const scorer = new MappingScorer(mapping);
    return {
      input: mappingInput(mapping, sharpness),
      evaluate: ({ logits }, truths) => evaluate(scorer, logits!, truths, sharpness),
    };
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

  /** Loss, scores and the gradient with respect to the parameters, estimated where there is none. */
  async step(
    parameters: Float32Array,
    rows: StepRows,
    mapping: MappingInput,
    { epoch, step, estimates }: StepPlace,
  ): Promise<StepResult & { readonly gradient: Float32Array }> {
    const prompt = this.#promptOf(parameters);
    if (this.blocked !== undefined) {
      const random = epochRandom(this.#job.settings.seed, epoch, 7919 + step);
      const run = await spsaGradient(prompt, estimates, random, (moved) =>
        this.#model.forward(rows, this.#input(moved), mapping),
      );
      const layer = this.layer && mappingGradient(run, rows, mapping.sharpness);
      return { ...run, gradient: this.#joined(run.gradient, layer) };
    }
    const { network, ...run } = await this.#model.step(rows, this.#input(prompt), mapping);
    const gradient = pullBack(this.shape, prompt, this.#model.input.pullBack(run.gradient), network);
    return { ...run, gradient: this.#joined(gradient, run.mapping) };
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
    const prompt = this.#input(this.#promptOf(parameters));
    const scoring = this.scoring(parameters, mapping, sharpness);
    const T = this.#targets;
    const counts = new Uint32Array(T * T);
    let [loss, hits, count] = [0, 0, 0];
    const size = this.batch;
    const rowsFrom = (start: number) => {
      this.batches.prefetch(images.slice(start, start + 2 * size));
      return this.batches.rows(
        images,
        Array.from({ length: size }, (_, i) => start + i),
      );
    };
    let ahead = rowsFrom(0);
    for (let start = 0; start < images.length; start += size) {
      const { rows, used } = await ahead;
      const run = used.length === 0 ? undefined : this.#model.forward(rows, prompt, scoring.input);
      // Made while the threads compute.
      ahead = rowsFrom(start + size);
      // Told where they are waited for.
      ahead.catch(() => {});
      if (run === undefined) continue;
      const truths = used.map((i) => images[i].truth);
      const result = scoring.evaluate(await run, truths);
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
    const { input: mapping } = this.scoring(parameters, startMapping, 1);
    const first = Array.from({ length: this.batch }, (_, i) => i);
    const { rows } = await this.batches.rows(this.#job.trainImages, first);
    const times = { step: Number.POSITIVE_INFINITY, forward: Number.POSITIVE_INFINITY };
    for (let round = 0; round < rounds; round++) {
      const started = performance.now();
      await this.step(parameters, rows, mapping, { epoch: 1, step: round, estimates: 1 });
      const between = performance.now();
      await this.#model.forward(rows, this.#input(this.#promptOf(parameters)), mapping);
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
    const prompt = this.#promptOf(parameters);
    const applied = this.#input(prompt);
    const mask = pixels && applied.network && (await this.#model.mask(pixels, applied));
    const sample = image && pixels && { path: image.path, pixels, mask };
    return promptPictures(this.#job.backbone.input, this.shape, prompt, sample);
  }

  /** The bytes of `prompt.safetensors`. */
  file(parameters: Float32Array): Uint8Array {
    const prompt = this.#promptOf(parameters);
    return encodePrompt({ shape: this.shape, parameters: prompt, backbone: this.#job.backbone.sha256 });
  }

  /** The layer as it can be kept, where one is trained. */
  layerAt(parameters: Float32Array): LearnedLayer | undefined {
    return this.layer?.layer(this.#layerOf(parameters));
  }

  async close(): Promise<void> {
    await this.batches.close();
    await this.#model.close();
  }

  #input(prompt: Float32Array): InputPrompt {
    return {
      added: this.#model.input.added(effectOf(this.shape, prompt)),
      network: networkOf(this.shape, prompt),
    };
  }

  #promptOf(parameters: Float32Array): Float32Array {
    return parameters.subarray(0, parameterCount(this.shape));
  }

  #layerOf(parameters: Float32Array): Float32Array {
    return parameters.subarray(parameterCount(this.shape));
  }

  /** The gradient of all parameters. */
  #joined(prompt: Float32Array, mapping: StepGradients['mapping']): Float32Array {
    if (!this.layer || !mapping) return prompt;
    const layer = this.layer.pullBack(mapping.matrix, mapping.offsets);
    const gradient = new Float32Array(prompt.length + layer.length);
    gradient.set(prompt);
    gradient.set(layer, prompt.length);
    return gradient;
  }
}

/** Estimates of a slope in so many numbers would find nothing. */
function withoutGradient(backbone: string, why: Text): SemapError {
  return new SemapError(
    'unsupported-model',
    phrase('Masks cannot be trained through {0}. {1}', backbone, why),
    { hint: phrase('Train a low-rank prompt, or only the mapping.') },
  );
}
