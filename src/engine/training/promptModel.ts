import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { projectedRows } from '../../core/backbones/projectedRows.ts';
import { hasLabels } from '../../core/backbones/textSide.ts';
import { SemapError } from '../../core/errors.ts';
import { channelCount, type InputSpec, inputDims } from '../../core/images/preprocessing.ts';
import type { GraphBuilder } from '../../core/onnx/builder.ts';
import type { FeatureTap } from '../../core/onnx/featureTap.ts';
import { gradientName } from '../../core/onnx/gradientGraph.ts';
import { GradientBlockedError } from '../../core/onnx/gradients/rule.ts';
import type { Graph } from '../../core/onnx/graph.ts';
import { constantInputs } from '../../core/onnx/passes/constantInputs.ts';
import { isRounded } from '../../core/onnx/roundedArithmetic.ts';
import { givenKind } from '../../core/onnx/scoreReading.ts';
import { maskNodes, networkSize, standardScaling } from '../../core/prompts/maskNetwork.ts';
import { type InputPrompt, PromptInput } from '../../core/prompts/promptInput.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import {
  type MappingInput,
  mappedLoss,
  type ScoreForm,
  type StepResult,
  type StepRows,
} from '../../core/training/mappingInput.ts';
import { promptedImages, stackedLoss } from '../../core/training/stackedLoss.ts';
import type { StoredGraph } from '../gradients/gradientCache.ts';
import { gradientGraph } from '../gradients/gradientModel.ts';
import type { Feeds } from '../gradients/gradientSession.ts';
import { microRows, type Steps } from '../gradients/microBatches.ts';
import { StepThreads } from '../gradients/stepThreads.ts';
import { MaskedInput } from '../inference/maskedInput.ts';
import { appendOf } from '../models/addedOutputs.ts';
import { readModel } from '../models/modelFile.ts';
import { loadOrt } from '../models/onnxruntime.ts';
import { PlainForward } from './plainForward.ts';

export interface PromptModelOptions {
  readonly backbone: BackboneDescription;
  readonly cacheFolder: string;
  readonly batch: number;
  readonly threads: number;
  readonly form: ScoreForm;
  readonly targets: number;
  /** Where penultimate features are scored, not logits. */
  readonly tap?: FeatureTap | undefined;
  /** What is mapped with is trained, too: steps give its gradient. */
  readonly trainsMapping?: boolean | undefined;
  /** A network says how much of the prompt an image gets where; it is trained, too. */
  readonly masked?: boolean | undefined;
  /** How many prompts answer together, each with a mapping of its own; absent: 1. Their logits are scored. */
  readonly prompts?: number | undefined;
}

/** What a step gives besides: gradients of the loss. */
export interface StepGradients {
  /** With respect to what is added [C, H, W], of several prompts one after the other. */
  readonly gradient: Float32Array;
  /** With respect to the numbers of the network that masks it, where there is one. */
  readonly network?: Float32Array | undefined;
  /** With respect to the shares [K, T] of several prompts. */
  readonly shares?: Float32Array | undefined;
  /** With respect to the mapping's matrix and offsets, where it is trained. */
  readonly mapping?: { readonly matrix: Float32Array; readonly offsets: Float32Array } | undefined;
}

const [GRADIENT, NETWORK, MATRIX, OFFSETS, SHARES] = ['prompt', 'mask', 'mapping', 'offsets', 'shares'].map(
  gradientName,
);
const VERSION = 'additive-v4';
const MASK_VERSION = 'mask-1';
/** Several prompts. */
const STACKED = 'stacked-v1';
/** What has a row for each image. */
const ROWS = {
  inputs: ['images', 'truths', 'weights'],
  outputs: ['logits', 'features', 'scores'],
} as const;

interface Parts extends Pick<PromptModel, 'input' | 'blocked'> {
  readonly forward: Steps | PlainForward;
  readonly exact: Steps | undefined;
  readonly pool: StepThreads;
}

/**
 * A backbone with a prompt before it and a mapped loss behind it. One graph serves every prompt that is added to
 * pixels: the frame's sigmoid and low-rank factors are plain arithmetic outside. The network of masks is in the graph.
 */
export class PromptModel {
  readonly input: PromptInput;
  /** The most rows of a step. */
  readonly batch: number;
  /** Why there is no gradient; undefined where there is one. */
  readonly blocked: Text | undefined;
  readonly #forward: Steps | PlainForward;
  readonly #exact: Steps | undefined;
  readonly #pool: StepThreads;
  /** The output that is scored. */
  readonly #read: 'logits' | 'features';
  readonly #trainsMapping: boolean;
  readonly #spec: InputSpec;
  readonly #prompts: number;

  private constructor(
    { backbone, batch, tap, trainsMapping = false, prompts = 1 }: PromptModelOptions,
    { input, blocked, forward, exact, pool }: Parts,
  ) {
    this.input = input;
    this.batch = batch;
    this.#read = tap ? 'features' : 'logits';
    this.#trainsMapping = trainsMapping;
    this.#spec = backbone.input;
    this.#prompts = prompts;
    this.#forward = forward;
    this.#exact = exact;
    this.#pool = pool;
    this.blocked = blocked;
  }

  /** @throws {SemapError} when the backbone cannot be read or run */
  static async open(options: PromptModelOptions, frame: number): Promise<PromptModel> {
    const { backbone, cacheFolder, threads, form, targets, tap, trainsMapping, masked } = options;
    const { prompts = 1 } = options;
    const { classesFirst, binary, text } = backbone;
    const { input, extraInputs } = backbone;
    const { height, width, layout } = input;
    const channels = channelCount(input.preprocessing.channels);
    const { batch } = options;
    const ort = await loadOrt();
    let read: Promise<Graph> | undefined;
    const model = () => {
      read ??= readModel(backbone.path, appendOf(backbone, tap)).then((graph) =>
        constantInputs(graph, extraInputs),
      );
      return read;
    };
    // Images of a run of the graph: a step is several runs of it. Each is there once for every prompt.
    const rows = imagesAtOnce(backbone, await model(), batch, prompts);
    const fed = prompts * rows;
    const graphFor = (sources: readonly string[]) =>
      gradientGraph(ort, {
        model,
        sha256: backbone.sha256,
        composition: [
          VERSION,
          form,
          targets,
          layout,
          ...(prompts > 1 ? [`${STACKED} ${prompts}`] : []),
          ...(tap ? [`${tap.output}, ${tap.axis}`] : []),
          ...(classesFirst ? ['turned'] : []),
          ...(binary ? ['binary'] : []),
          ...(hasLabels(text) ? [text.labelled.id] : []),
          ...(extraInputs ? [JSON.stringify(extraInputs)] : []),
          // Rows of pixels do not tell how many channels they have.
          ...(input.dims ? [`${channels}x${height}x${width}`] : []),
          ...(masked ? [MASK_VERSION, JSON.stringify(standardScaling(input.preprocessing))] : []),
        ].join('/'),
        cacheFolder,
        dims: inputDims(input, fed),
        images: fed,
        output: backbone.outputName,
        scores: givenKind(backbone),
        rows: { classesFirst, binary },
        before: (b) => {
          const images = b.input('images', 'float32', [rows, channels, height, width]);
          const added = () => {
            const prompt = b.input('prompt', 'float32', [channels, height, width]);
            return b.add(images, masked ? b.mul(prompt, maskIn(b, images, input)) : prompt);
          };
          const sum = prompts === 1 ? added() : promptedImages(b, images, prompts);
          const laid = layout === 'nchw' ? sum : b.transpose(sum, [0, 2, 3, 1]);
          return input.dims ? b.reshape(laid, inputDims(input, fed)) : laid;
        },
        features: tap,
        withLogits: !tap,
        after: (b, scores, features) => {
          const logits = () => (hasLabels(text) ? projectedRows(b, scores, text) : scores);
          if (prompts > 1) return stackedLoss(b, logits(), form, { prompts, targets });
          const { loss, values } = mappedLoss(b, features ?? logits(), form, targets);
          return { loss, values: { ...values, ...(features && { features }) } };
        },
        sources,
      });
    let exact: StoredGraph | undefined;
    let blocked: Text | undefined;
    try {
      exact = await graphFor([
        'prompt',
        ...(masked ? ['mask'] : []),
        ...(trainsMapping ? ['mapping', 'offsets'] : []),
        ...(prompts > 1 ? ['shares'] : []),
      ]);
    } catch (error) {
      if (!(error instanceof GradientBlockedError)) throw error;
      blocked = error.text;
    }
    // Validation shall be what classification will be: onnxruntime's integer kernels differ from plain arithmetic, and small
    // probabilities of half precision are 0, of which the logarithm in the graph knows nothing.
    const isPlain = !isRounded(await model());
    let forward: StoredGraph | undefined;
    try {
      forward = isPlain ? await graphFor([]) : undefined;
    } catch (error) {
      if (!(error instanceof GradientBlockedError)) throw error;
    }
    const pool = await StepThreads.start([exact, forward], { threads, parts: Math.ceil(batch / rows) });
    try {
      return new PromptModel(options, {
        input: new PromptInput(backbone.input, frame),
        blocked,
        pool,
        exact: exact && (await pool.open(exact, rows, ROWS)),
        forward: forward
          ? await pool.open(forward, rows, ROWS)
          : await PlainForward.open(ort, backbone, threads, tap),
      });
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  /** Loss, scores and gradients, with logits where these are scored. */
  async step(
    rows: StepRows,
    prompt: InputPrompt,
    mapping: MappingInput,
  ): Promise<StepResult & StepGradients> {
    const fetch = ['loss', 'scores', ...(this.#read === 'logits' ? ['logits'] : []), GRADIENT];
    if (prompt.network) fetch.push(NETWORK);
    if (this.#trainsMapping) fetch.push(MATRIX, OFFSETS);
    if (mapping.shares) fetch.push(SHARES);
    const run = await this.#exact!.run(feedsOf(rows, prompt, mapping), fetch);
    return {
      ...resultOf(run),
      gradient: run[GRADIENT],
      ...(prompt.network && { network: run[NETWORK] }),
      ...(mapping.shares && { shares: run[SHARES] }),
      ...(this.#trainsMapping && { mapping: { matrix: run[MATRIX], offsets: run[OFFSETS] } }),
    };
  }

  /** Loss and scores, and what was scored. */
  async forward(rows: StepRows, prompt: InputPrompt, mapping: MappingInput): Promise<StepResult> {
    if (this.#forward instanceof PlainForward) {
      return this.#forward.forwardEach(rows, prompt, mapping, this.#prompts);
    }
    return resultOf(await this.#forward.run(feedsOf(rows, prompt, mapping), ['loss', 'scores', this.#read]));
  }

  /** The mask [C, H, W] of one image. @param pixels of `pixelSpec` */
  async mask(pixels: Uint8Array, prompt: InputPrompt): Promise<Float32Array> {
    const image = new Float32Array(this.input.size);
    this.input.fill(pixels, image);
    const masked = await MaskedInput.open(await loadOrt(), this.#spec, prompt);
    try {
      return await masked.mask(image);
    } finally {
      await masked.close();
    }
  }

  async close(): Promise<void> {
    if (this.#forward instanceof PlainForward) await this.#forward.release();
    await this.#pool.close();
  }
}

/** @throws {SemapError} `unsupported-model` where a graph insists on a batch that several prompts do not fill */
function imagesAtOnce(
  { name, fixedBatch, input }: BackboneDescription,
  model: Graph,
  batch: number,
  prompts: number,
): number {
  if (fixedBatch === undefined)
    return Math.max(1, Math.floor(microRows(batch, input.height * input.width, model) / prompts));
  if (fixedBatch % prompts === 0) return fixedBatch / prompts;
  throw new SemapError(
    'unsupported-model',
    phrase('{0} takes exactly {1} images at once, which {2} prompts do not fill.', name, fixedBatch, prompts),
    { hint: phrase('Train one prompt, or export the model with a batch of any size.') },
  );
}

function resultOf({ loss, scores, logits, features }: Record<string, Float32Array>): StepResult {
  return { loss: loss[0], scores, logits, features };
}

/** The mask of images, whose network's numbers are the input `mask`. */
function maskIn(b: GraphBuilder, images: string, input: InputSpec): string {
  const network = b.input('mask', 'float32', [networkSize(b.dims(images)[1])]);
  const maker = {
    op: b.op.bind(b),
    ints: b.ints.bind(b),
    floats: b.floats.bind(b),
    numbers: (from: number, to: number, dims: readonly number[]) =>
      b.reshape(b.slice(network, [0], [from], [to]), dims),
  };
  return maskNodes(maker, images, input);
}

function feedsOf(
  { images, truths, weights }: StepRows,
  { added, network }: InputPrompt,
  { matrix, offsets, sharpness, shares }: MappingInput,
): Feeds {
  return {
    images,
    truths,
    weights,
    prompt: added,
    ...(network && { mask: network }),
    mapping: matrix,
    ...(shares && { shares }),
    offsets,
    sharpness: Float32Array.of(sharpness),
  };
}
