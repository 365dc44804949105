import type { InferenceSession } from 'onnxruntime-node';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { labelRows } from '../../core/backbones/textProjection.ts';
import { float16Value } from '../../core/float16.ts';
import { batchView, inputBytes, toElement } from '../../core/images/tensor.ts';
import { givenKind, scoreRows } from '../../core/onnx/scoreReading.ts';
import {
  type MappingInput,
  type StepResult,
  type StepRows,
  weightedLoss,
} from '../../core/training/mappingInput.ts';
import { sessionOptions } from '../gradients/gradientSession.ts';
import { extraTensors, imageTensor } from '../inference/feeds.ts';
import { appendOf } from '../inference/lane.ts';
import { type Ort, openSession, ortMessage } from '../models/onnxruntime.ts';

/** A backbone as its file is: for graphs of which no gradient graph can be made, not even a forward one. */
export class PlainForward {
  readonly #ort: Ort;
  readonly #session: InferenceSession;
  readonly #backbone: BackboneDescription;

  private constructor(ort: Ort, session: InferenceSession, backbone: BackboneDescription) {
    this.#ort = ort;
    this.#session = session;
    this.#backbone = backbone;
  }

  static async open(ort: Ort, backbone: BackboneDescription, threads: number): Promise<PlainForward> {
    const options = sessionOptions({ provider: 'cpu', threads });
    const session = await openSession(ort, backbone.path, options, appendOf(backbone)).catch(refused);
    return new PlainForward(ort, session, backbone);
  }

  /** @param rows any number of them, also where the graph insists on its own */
  async forward(rows: StepRows, added: Float32Array, mapping: MappingInput): Promise<StepResult> {
    const { labels, weights, images } = rows;
    const sources = this.#backbone.labelSpace.labels.length;
    const logits = new Float32Array(labels.length * sources);
    const atOnce = this.#backbone.fixedBatch ?? labels.length;
    const size = images.length / labels.length;
    for (let start = 0; start < labels.length; start += atOnce) {
      const part = images.subarray(start * size, (start + atOnce) * size);
      const scores = await this.#logits(part, part.length / size, atOnce, added);
      logits.set(scores.subarray(0, (part.length / size) * sources), start * sources);
    }
    return { loss: weightedLoss(logits, sources, mapping, labels, weights), logits };
  }

  /** Logits of the first `count` of `rows` rows, which are zero behind the images. */
  async #logits(
    images: Float32Array,
    count: number,
    rows: number,
    added: Float32Array,
  ): Promise<Float32Array> {
    const { input, inputName, extraInputs, outputName, classesFirst, binary, text } = this.#backbone;
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
    const feeds = {
      ...extraTensors(this.#ort, extraInputs),
      [inputName]: imageTensor(this.#ort, input, values, rows),
    };
    const results = await this.#session.run(feeds, [outputName]).catch(refused);
    const { data, type: given } = results[outputName];
    const half = given === 'float16' && data instanceof Uint16Array;
    const scores = Float32Array.from(data as ArrayLike<number>, (value) =>
      half ? float16Value(value) : value,
    );
    results[outputName].dispose();
    const form = { kind: givenKind(this.#backbone), classesFirst, binary };
    return labelRows({ text }, scoreRows(scores, rows, count, form));
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

function refused(cause: unknown): never {
  throw new Error(ortMessage(cause), { cause });
}
