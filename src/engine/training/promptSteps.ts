import { SemapError } from '../../core/errors.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { MappingScorer } from '../../core/mapping/scoring.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { isLayer, layerKinds } from '../../core/runs/trainingSettings.ts';
import { RECIPES } from '../../core/runs/trainRecipes.ts';
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
import { pullBackShares, SHARE_RATE } from '../../core/training/promptShares.ts';
import { promptShape } from '../../core/training/resolveSettings.ts';
import { epochRandom, type LabelledImage } from '../../core/training/split.ts';
import { spsaGradient } from '../../core/training/spsa.ts';
import { partMappings } from '../../core/training/stackedMapping.ts';
import { TrainedLayer } from '../../core/training/trainedLayer.ts';
import { startOutputs } from '../../core/training/trainedMapping.ts';
import { TrainedPrompts } from '../../core/training/trainedPrompts.ts';
import type { TrainJob } from '../../core/training/trainJob.ts';
import { NOT_ASKED } from '../../core/training/trainState.ts';
import { type Batch, ImageBatches } from './imageBatches.ts';
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
  /** Per image 1 where it is right, 0 where not, {@link NOT_ASKED} where it could not be read. */
  readonly right: Float32Array;
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
  readonly prompts: TrainedPrompts;
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
      prompts,
      layer,
      targets,
    }: {
      readonly prompts: TrainedPrompts;
      readonly layer: TrainedLayer | undefined;
      readonly targets: number;
    },
    onSkipped: (image: SkippedImage) => void,
  ) {
    this.#job = job;
    this.#model = model;
    this.prompts = prompts;
    this.layer = layer;
    this.#targets = targets;
    const { input, batch } = model;
    this.batches = new ImageBatches(job, { input, batch, frame: prompts.shape.frame, targets }, onSkipped);
  }

  /**
   * @param mapping decides how scores are made, where no layer is trained
   * @param fitted layers that fit the outputs without a prompt, where somebody has them already
   * @throws {SemapError} `invalid-argument`, `unsupported-model`
   */
  static async open(
    job: TrainJob,
    mapping: Mapping,
    onSkipped: (image: SkippedImage) => void,
    fitted: readonly LearnedLayer[] = [],
  ): Promise<PromptSteps> {
    const { backbone, cacheFolder, settings, document, tap } = job;
    const { batch, threads } = settings;
    const kind = isLayer(settings.mapping) ? layerKinds[settings.mapping] : undefined;
    const known = fitted.find((one) => one.kind === kind)?.mapping;
    const layer = kind && new TrainedLayer(kind, startOutputs(job), known);
    const { count = 1 } = settings.prompt;
    const { form } = layer ? layer.input(layer.start) : mappingInput(partMappings(mapping, count)[0]);
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
        prompts: count,
      },
      shape.frame,
    );
    if (shape.kind === 'mask' && model.blocked !== undefined) {
      await model.close();
      throw withoutGradient(backbone.name, model.blocked);
    }
    const prompts = new TrainedPrompts(shape, count);
    return new PromptSteps(job, model, { prompts, layer, targets }, onSkipped);
  }

  /** What is trained, one after another: the prompts, then the layer, or the numbers of their shares. */
  get groups(): readonly ParameterGroup[] {
    const { decay, layerRate, learningRate, optimiser, recipe } = this.#job.settings;
    const { networkRate = 1 } = RECIPES[recipe];
    const { layer, prompts } = this;
    const network = prompts.networkLength;
    const length = prompts.length - network;
    const shares = prompts.count > 1 ? prompts.count * this.#targets : 0;
    return [
      { name: 'prompt', length, rate: 1, home: new Float32Array(length), decay },
      // A decay to nothing would be one to a mask of zeros.
      ...(network > 0 ? [{ name: 'mask', length: network, rate: networkRate }] : []),
      ...(shares > 0 ? [{ name: 'shares', length: shares, rate: SHARE_RATE[optimiser] / learningRate }] : []),
      ...(layer ? [{ name: 'layer', length: layer.start.length, rate: layerRate }] : []),
    ];
  }

  /** Before training. */
  start(seed: number): Float32Array {
    const parameters = new Float32Array(this.parameterCount);
    this.prompts.start(parameters, seed, RECIPES[this.#job.settings.recipe].deviation);
    parameters.set(this.layer?.start ?? [], this.prompts.length);
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
        input: layer.input(this.prompts.beside(parameters)),
        evaluate: ({ scores }, truths) => evaluateScores(scores, layer.targetCount, truths),
      };
    }
    if (this.prompts.count > 1) {
      const scorer = this.prompts.scorer(mapping);
      const shares = this.prompts.shares(parameters);
      return {
        input: scorer.input(shares, sharpness),
        evaluate: ({ logits }, truths) =>
          evaluateScores(scorer.score(logits!, shares), this.#targets, truths, sharpness),
      };
    }
    const scorer = new MappingScorer(mapping);
    return {
      input: mappingInput(mapping, sharpness),
      evaluate: ({ logits }, truths) => evaluate(scorer, logits!, truths, sharpness),
    };
  }

  /** Whether how scores are made changes with every step, and not only after an epoch. */
  get scoringMoves(): boolean {
    return this.layer !== undefined || this.prompts.count > 1;
  }

  /** Scores [N, T] of outputs of the images under the prompts. @param rows [N, K S] */
  scores(parameters: Float32Array, mapping: Mapping, rows: Float32Array): Float32Array {
    const { prompts } = this;
    return prompts.count > 1
      ? prompts.scorer(mapping).score(rows, prompts.shares(parameters))
      : new MappingScorer(mapping).score(rows);
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
    const { prompts } = this;
    const { input } = this.#model;
    const prompt = prompts.of(parameters);
    if (this.blocked !== undefined) {
      const random = epochRandom(this.#job.settings.seed, epoch, 7919 + step);
      const run = await spsaGradient(prompt, estimates, random, (moved) =>
        this.#model.forward(rows, prompts.input(moved, input), mapping),
      );
      const layer = this.layer && mappingGradient(run, rows, mapping.sharpness);
      const shares = mapping.shares && prompts.sharesGradient(run, rows, mapping.sharpness);
      return { ...run, gradient: this.#joined(parameters, run.gradient, { mapping: layer, shares }) };
    }
    const { network, ...run } = await this.#model.step(rows, prompts.input(prompt, input), mapping);
    const gradient = prompts.pullBack(prompt, input, { gradient: run.gradient, network });
    return { ...run, gradient: this.#joined(parameters, gradient, run) };
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
    const prompt = this.prompts.input(parameters, this.#model.input);
    const scoring = this.scoring(parameters, mapping, sharpness);
    const T = this.#targets;
    const counts = new Uint32Array(T * T);
    const right = new Float32Array(images.length).fill(NOT_ASKED);
    let [loss, hits, count] = [0, 0, 0];
    const size = this.batch;
    const rowsFrom = (start: number) => {
      this.batches.prefetch(images.slice(start, start + 2 * size));
      return this.batches.rows(
        images,
        Array.from({ length: size }, (_, i) => start + i),
      );
    };
    const tally = ({ used }: Batch, run: StepResult) => {
      const truths = used.map((i) => images[i].truth);
      const result = scoring.evaluate(run, truths);
      loss += result.loss;
      hits += result.hits;
      count += truths.length;
      for (const [row, truth] of truths.entries()) {
        const predicted = result.predictions[row];
        right[used[row]] = Number(predicted === truth);
        if (predicted >= 0) counts[truth * T + predicted]++;
      }
    };
    let ahead = rowsFrom(0);
    let last: readonly [Batch, StepResult] | undefined;
    for (let start = 0; start < images.length; start += size) {
      const batch = await ahead;
      const run = batch.used.length > 0 ? this.#model.forward(batch.rows, prompt, scoring.input) : undefined;
      // Made, and the last one's counted, while the threads compute.
      ahead = rowsFrom(start + size);
      // Told where they are waited for.
      ahead.catch(() => {});
      if (last) tally(...last);
      last = run && [batch, await run];
    }
    if (last) tally(...last);
    return { loss, hits, count, counts, right };
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
      await this.#model.forward(rows, this.prompts.input(parameters, this.#model.input), mapping);
      // The first run is slower.
      if (round === 0) continue;
      times.step = Math.min(times.step, (between - started) / 1000);
      times.forward = Math.min(times.forward, (performance.now() - between) / 1000);
      report(round);
    }
    return times;
  }

  /** The prompts, and an image with each, to look at. */
  async pictures(
    parameters: Float32Array,
    image: LabelledImage | undefined,
  ): Promise<readonly PromptPictures[]> {
    const pixels = image && (await this.batches.pixels(image));
    const { prompts } = this;
    const applied = prompts.input(parameters, this.#model.input);
    const mask = pixels && applied.network && (await this.#model.mask(pixels, applied));
    const sample = image && pixels && { path: image.path, pixels, mask };
    const { input } = this.#job.backbone;
    return prompts.each(parameters).map((prompt) => promptPictures(input, prompts.shape, prompt, sample));
  }

  /** The layer as it can be kept, where one is trained. */
  layerAt(parameters: Float32Array): LearnedLayer | undefined {
    return this.layer?.layer(this.prompts.beside(parameters));
  }

  async close(): Promise<void> {
    await this.batches.close();
    await this.#model.close();
  }

  /** The gradient of all parameters. */
  #joined(
    parameters: Float32Array,
    prompt: Float32Array,
    { mapping, shares }: Pick<StepGradients, 'mapping' | 'shares'>,
  ): Float32Array {
    const beside = shares
      ? pullBackShares(this.prompts.shares(parameters), shares, this.prompts.count)
      : this.layer && mapping && this.layer.pullBack(mapping.matrix, mapping.offsets);
    if (!beside) return prompt;
    const gradient = new Float32Array(parameters.length);
    gradient.set(prompt);
    gradient.set(beside, prompt.length);
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
