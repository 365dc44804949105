import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { labelRows } from '../../core/backbones/textProjection.ts';
import { float16Values } from '../../core/float16.ts';
import { batchView, inputBytes, toElement } from '../../core/images/tensor.ts';
import { type FeatureTap, poolFeatures } from '../../core/onnx/featureTap.ts';
import { givenKind, scoreRows } from '../../core/onnx/scoreReading.ts';
import type { InputPrompt } from '../../core/prompts/promptInput.ts';
import {
  type MappingInput,
  mappedScores,
  type StepResult,
  type StepRows,
  scoreLoss,
} from '../../core/training/mappingInput.ts';
import { stackedScores } from '../../core/training/stackedLoss.ts';
import { sessionOptions } from '../gradients/gradientSession.ts';
import { extraTensors, imageTensor } from '../inference/feeds.ts';
import { MaskedInput } from '../inference/maskedInput.ts';
import { appendOf } from '../models/addedOutputs.ts';
import { type Ort, openSession, ortMessage } from '../models/onnxruntime.ts';

/** A backbone as its file is: for graphs of which no gradient graph can be made, not even a forward one. */
export class PlainForward {
  readonly #ort: Ort;
  readonly #session: InferenceSession;
  readonly #backbone: BackboneDescription;
  readonly #tap: FeatureTap | undefined;
  #mask: { readonly of: InputPrompt; readonly input: MaskedInput } | undefined;

  private constructor(ort: Ort, session: InferenceSession, backbone: BackboneDescription, tap?: FeatureTap) {
    this.#ort = ort;
    this.#session = session;
    this.#backbone = backbone;
    this.#tap = tap;
  }

  /** @param tap where features are scored, in the place of logits */
  static async open(
    ort: Ort,
    backbone: BackboneDescription,
    threads: number,
    tap?: FeatureTap,
  ): Promise<PlainForward> {
    const options = sessionOptions({ provider: 'cpu', threads });
    const session = await openSession(ort, backbone.path, options, appendOf(backbone, tap)).catch(refused);
    return new PlainForward(ort, session, backbone, tap);
  }

  /** The same under several prompts, one after the other. */
  async forwardEach(
    rows: StepRows,
    prompt: InputPrompt,
    mapping: MappingInput,
    prompts: number,
  ): Promise<StepResult> {
    const { shares, matrix } = mapping;
    if (!shares) return this.forward(rows, prompt, mapping);
    const logits: Float32Array[] = [];
    const [size, part] = [prompt.added.length / prompts, matrix.length / prompts];
    for (let k = 0; k < prompts; k++) {
      const added = prompt.added.subarray(k * size, (k + 1) * size);
      const own = { ...mapping, matrix: matrix.subarray(k * part, (k + 1) * part) };
      logits.push((await this.forward(rows, { added }, own)).logits!);
    }
    const { labels } = this.#backbone.labelSpace;
    const { rows: joined, scores } = stackedScores(logits, labels.length, { ...mapping, shares });
    return { loss: scoreLoss(scores, rows, mapping.sharpness).loss, scores, logits: joined };
  }

  /** @param rows any number of them, also where the graph insists on its own */
  async forward(rows: StepRows, prompt: InputPrompt, mapping: MappingInput): Promise<StepResult> {
    const { weights, images } = rows;
    const count = weights.length;
    const atOnce = this.#backbone.fixedBatch ?? count;
    const size = images.length / count;
    const parts: Float32Array[] = [];
    const mask = prompt.network && (await this.#masked(prompt));
    for (let start = 0; start < count; start += atOnce) {
      const part = images.subarray(start * size, (start + atOnce) * size);
      const fed = mask
        ? await mask.run(filledUp(part, atOnce * size), atOnce)
        : this.#fed(part, part.length / size, atOnce, prompt.added);
      parts.push(await this.#outputs(fed, part.length / size, atOnce));
    }
    const width = parts[0].length / Math.min(count, atOnce);
    const read = new Float32Array(count * width);
    for (const [i, part] of parts.entries()) read.set(part, i * atOnce * width);
    const scores = mappedScores(read, width, mapping);
    const { loss } = scoreLoss(scores, rows, mapping.sharpness);
    return { loss, scores, ...(this.#tap ? { features: read } : { logits: read }) };
  }

  /** The network of a prompt's masks; kept for as long as it is the same prompt. */
  async #masked(prompt: InputPrompt): Promise<MaskedInput> {
    if (this.#mask?.of !== prompt) {
      await this.#mask?.input.close();
      const input = await MaskedInput.open(this.#ort, this.#backbone.input, prompt);
      this.#mask = { of: prompt, input };
    }
    return this.#mask.input;
  }

  /** `count` images with what is added to them, and zeros behind them up to `rows`. */
  #fed(images: Float32Array, count: number, rows: number, added: Float32Array): Tensor {
    const { input } = this.#backbone;
    const { layout, type } = input;
    const size = images.length / count;
    const plane = input.height * input.width;
    const channels = size / plane;
    const element = toElement(type);
    const values = batchView(input, new ArrayBuffer(rows * inputBytes(input)));
    for (let i = 0; i < images.length; i++) {
      const within = i % size;
      const channel = Math.floor(within / plane);
      const at = layout === 'nchw' ? i : i - within + (within - channel * plane) * channels + channel;
      values[at] = element(images[i] + added[within]);
    }
    return imageTensor(this.#ort, input, values, rows);
  }

  /** Logits, or features, of the first `count` of `rows` rows. */
  async #outputs(fed: Tensor, count: number, rows: number): Promise<Float32Array> {
    const { inputName, extraInputs, outputName, classesFirst, binary, text } = this.#backbone;
    const feeds = { ...extraTensors(this.#ort, extraInputs), [inputName]: fed };
    const name = this.#tap?.output ?? outputName;
    const results = await this.#session.run(feeds, [name]).catch(refused);
    const { data, type: given, dims } = results[name];
    const isHalf = given === 'float16' && data instanceof Uint16Array;
    const numbers = isHalf ? float16Values(data) : Float32Array.from(data as ArrayLike<number>);
    results[name].dispose();
    if (this.#tap) return poolFeatures(numbers, dims, this.#tap.axis, rows, count);
    const form = { kind: givenKind(this.#backbone), classesFirst, binary };
    return labelRows({ text }, scoreRows(numbers, rows, count, form));
  }

  async release(): Promise<void> {
    await this.#mask?.input.close();
    await this.#session.release();
  }
}

/** Images, and zeros behind them, in memory of their own: onnxruntime takes none that threads share. */
function filledUp(images: Float32Array, length: number): Float32Array {
  const whole = new Float32Array(length);
  whole.set(images);
  return whole;
}

function refused(cause: unknown): never {
  throw new Error(ortMessage(cause), { cause });
}
