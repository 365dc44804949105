import type { InferenceSession } from 'onnxruntime-node';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { float16Bits, float16Value } from '../../core/float16.ts';
import { givenKind, scoreRows } from '../../core/onnx/scoreReading.ts';
import {
  type MappingInput,
  type StepResult,
  type StepRows,
  weightedLoss,
} from '../../core/training/mappingInput.ts';
import { sessionOptions } from '../gradients/gradientSession.ts';
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
    const { input, inputName, outputName, labelSpace, classesFirst, binary } = this.#backbone;
    const { height, width, layout, type } = input;
    const rows = labels.length;
    const plane = height * width;
    const size = 3 * plane;
    const array = type === 'float16' ? Uint16Array : type === 'uint8' ? Uint8ClampedArray : Float32Array;
    const values = new array(images.length);
    for (let i = 0; i < images.length; i++) {
      const value = images[i] + added[i % size];
      const within = i % size;
      const channel = Math.floor(within / plane);
      const at = layout === 'nchw' ? i : i - within + (within - channel * plane) * 3 + channel;
      values[at] = type === 'float16' ? float16Bits(value) : value;
    }
    const dims = layout === 'nchw' ? [rows, 3, height, width] : [rows, height, width, 3];
    const feed = new this.#ort.Tensor(type as 'float32', ofType(type, values) as Float32Array, dims);
    const results = await this.#session.run({ [inputName]: feed }, [outputName]).catch(refused);
    const { data, type: given } = results[outputName];
    const half = given === 'float16' && data instanceof Uint16Array;
    const scores = Float32Array.from(data as ArrayLike<number>, (value) =>
      half ? float16Value(value) : value,
    );
    const form = { kind: givenKind(this.#backbone), classesFirst, binary };
    const logits = scoreRows(scores, rows, rows, form);
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

/** Integer inputs round and saturate as pixels do. */
function ofType(
  type: BackboneDescription['input']['type'],
  values: Float32Array | Uint16Array | Uint8ClampedArray,
): Float32Array | Uint16Array | Uint8Array | Int8Array {
  if (type === 'int8') return Int8Array.from(values, signedByte);
  return values instanceof Uint8ClampedArray ? new Uint8Array(values.buffer) : values;
}

/** Rounds halves to even and saturates. */
function signedByte(value: number): number {
  const floor = Math.floor(value);
  const rounded = value - floor === 0.5 ? floor + (floor & 1) : Math.round(value);
  return Math.max(-128, Math.min(127, rounded));
}
