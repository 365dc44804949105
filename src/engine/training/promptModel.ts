import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { projectedRows } from '../../core/backbones/projectedRows.ts';
import { hasLabels } from '../../core/backbones/textSide.ts';
import { channelCount, inputDims } from '../../core/images/preprocessing.ts';
import type { GraphBuilder } from '../../core/onnx/builder.ts';
import type { FeatureTap } from '../../core/onnx/featureTap.ts';
import { gradientName } from '../../core/onnx/gradientGraph.ts';
import { GradientBlockedError } from '../../core/onnx/gradients/rule.ts';
import { constantInputs } from '../../core/onnx/passes/constantInputs.ts';
import { givenKind } from '../../core/onnx/scoreReading.ts';
import { isFloat } from '../../core/onnx/tensor.ts';
import { type MaskedInput, maskNodes, networkSize, standardScaling } from '../../core/prompts/maskNetwork.ts';
import { type InputPrompt, PromptInput } from '../../core/prompts/promptInput.ts';
import type { Text } from '../../core/text/text.ts';
import {
  type MappingInput,
  mappedLoss,
  type ScoreForm,
  type StepResult,
  type StepRows,
} from '../../core/training/mappingInput.ts';
import { openGradientModel } from '../gradients/gradientModel.ts';
import type { Feeds } from '../gradients/gradientSession.ts';
import { MicroBatches, microRows } from '../gradients/microBatches.ts';
import { appendOf } from '../inference/lane.ts';
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
}

/** What a step gives besides: gradients of the loss. */
export interface StepGradients {
  /** With respect to what is added [C, H, W]. */
  readonly gradient: Float32Array;
  /** With respect to the numbers of the network that masks it, where there is one. */
  readonly network?: Float32Array | undefined;
  /** With respect to the mapping's matrix and offsets, where it is trained. */
  readonly mapping?: { readonly matrix: Float32Array; readonly offsets: Float32Array } | undefined;
}

const [GRADIENT, NETWORK, MATRIX, OFFSETS] = ['prompt', 'mask', 'mapping', 'offsets'].map(gradientName);
const VERSION = 'additive-v4';
const MASK_VERSION = 'mask-1';
/** What has a row for each image. */
const ROWS = {
  inputs: ['images', 'truths', 'weights'],
  outputs: ['logits', 'features', 'scores'],
} as const;

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
  readonly #forward: MicroBatches | PlainForward;
  readonly #exact: MicroBatches | undefined;
  /** The output that is scored. */
  readonly #read: 'logits' | 'features';
  readonly #trainsMapping: boolean;

  private constructor(
    { batch, tap, trainsMapping = false }: PromptModelOptions,
    input: PromptInput,
    forward: MicroBatches | PlainForward,
    exact: MicroBatches | undefined,
    blocked: Text | undefined,
  ) {
    this.input = input;
    this.batch = batch;
    this.#read = tap ? 'features' : 'logits';
    this.#trainsMapping = trainsMapping;
    this.#forward = forward;
    this.#exact = exact;
    this.blocked = blocked;
  }

  /** @throws {SemapError} when the backbone cannot be read or run */
  static async open(options: PromptModelOptions, frame: number): Promise<PromptModel> {
    const { backbone, cacheFolder, threads, form, targets, tap, trainsMapping, masked } = options;
    const { classesFirst, binary, text } = backbone;
    const { input, extraInputs } = backbone;
    const { height, width, layout } = input;
    const channels = channelCount(input.preprocessing.channels);
    const { batch } = options;
    // Rows of the graph: a step is several runs of it.
    const rows = backbone.fixedBatch ?? microRows(batch);
    const ort = await loadOrt();
    const open = async (sources: readonly string[]) => {
      const { session } = await openGradientModel(ort, {
        model: async () =>
          constantInputs(await readModel(backbone.path, appendOf(backbone, tap)), extraInputs),
        sha256: backbone.sha256,
        composition: [
          VERSION,
          form,
          targets,
          layout,
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
        threads,
        dims: inputDims(input, rows),
        images: rows,
        output: backbone.outputName,
        scores: givenKind(backbone),
        rows: { classesFirst, binary },
        before: (b) => {
          const images = b.input('images', 'float32', [rows, channels, height, width]);
          const prompt = b.input('prompt', 'float32', [channels, height, width]);
          const sum = b.add(images, masked ? b.mul(prompt, maskIn(b, images, input)) : prompt);
          const laid = layout === 'nchw' ? sum : b.transpose(sum, [0, 2, 3, 1]);
          return input.dims ? b.reshape(laid, inputDims(input, rows)) : laid;
        },
        features: tap,
        withLogits: !tap,
        after: (b, scores, features) => {
          const logits = () => (hasLabels(text) ? projectedRows(b, scores, text) : scores);
          const { loss, values } = mappedLoss(b, features ?? logits(), form, targets);
          return { loss, values: { ...values, ...(features && { features }) } };
        },
        sources,
      });
      return new MicroBatches(session, rows, ROWS);
    };
    let exact: MicroBatches | undefined;
    let blocked: Text | undefined;
    try {
      exact = await open([
        'prompt',
        ...(masked ? ['mask'] : []),
        ...(trainsMapping ? ['mapping', 'offsets'] : []),
      ]);
    } catch (error) {
      if (!(error instanceof GradientBlockedError)) throw error;
      blocked = error.text;
    }
    // Validation shall be what classification will be: onnxruntime's integer kernels differ from plain arithmetic.
    const integers = !isFloat(input.type);
    const plain = () => PlainForward.open(ort, backbone, threads, tap);
    let forward: MicroBatches | PlainForward;
    try {
      forward = integers ? await plain() : await open([]);
    } catch (error) {
      if (!(error instanceof GradientBlockedError)) throw error;
      forward = await plain();
    }
    return new PromptModel(options, new PromptInput(backbone.input, frame), forward, exact, blocked);
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
    const run = await this.#exact!.run(feedsOf(rows, prompt, mapping), fetch);
    return {
      ...resultOf(run),
      gradient: run[GRADIENT],
      ...(prompt.network && { network: run[NETWORK] }),
      ...(this.#trainsMapping && { mapping: { matrix: run[MATRIX], offsets: run[OFFSETS] } }),
    };
  }

  /** Loss and scores, and what was scored. */
  async forward(rows: StepRows, prompt: InputPrompt, mapping: MappingInput): Promise<StepResult> {
    if (this.#forward instanceof PlainForward) return this.#forward.forward(rows, prompt, mapping);
    return resultOf(await this.#forward.run(feedsOf(rows, prompt, mapping), ['loss', 'scores', this.#read]));
  }

  async close(): Promise<void> {
    await this.#exact?.release();
    await this.#forward.release();
  }
}

function resultOf({ loss, scores, logits, features }: Record<string, Float32Array>): StepResult {
  return { loss: loss[0], scores, logits, features };
}

/** The mask of images, whose network's numbers are the input `mask`. */
function maskIn(b: GraphBuilder, images: string, input: MaskedInput): string {
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
  { matrix, offsets, sharpness }: MappingInput,
): Feeds {
  return {
    images,
    truths,
    weights,
    prompt: added,
    ...(network && { mask: network }),
    mapping: matrix,
    offsets,
    sharpness: Float32Array.of(sharpness),
  };
}
