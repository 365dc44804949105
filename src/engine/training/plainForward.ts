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

  async forward(
    { images, labels, weights }: StepRows,
    added: Float32Array,
    mapping: MappingInput,
  ): Promise<StepResult> {
    const { input, inputName, extraInputs, outputName, labelSpace, classesFirst, binary, text } =
      this.#backbone;
    const { layout, type } = input;
    const rows = labels.length;
    const size = images.length / rows;
    const plane = input.height * input.width;
    const channels = size / plane;
    const element = toElement(type);
    const bytes = new ArrayBuffer(rows * inputBytes(input));
    const values = batchView(input, bytes);
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
    const form = { kind: givenKind(this.#backbone), classesFirst, binary };
    const logits = labelRows({ text }, scoreRows(scores, rows, rows, form));
    results[outputName].dispose();
    return { loss: weightedLoss(logits, labelSpace.labels.length, mapping, labels, weights), logits };
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

function refused(cause: unknown): never {
  throw new Error(ortMessage(cause), { cause });
}
