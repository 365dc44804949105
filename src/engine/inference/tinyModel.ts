import type { InputArray } from '../../core/images/tensor.ts';
import { encodeModel } from '../../core/onnx/protobuf/encode.ts';
import type { NodeProto } from '../../core/onnx/protobuf/schema.ts';
import type { RunSpec } from './inferenceWorker.ts';

const SIDE = 32;
const CLASSES = 8;
const FLOAT = 1;

const dims = (...sizes: number[]) => ({ dim: sizes.map((size) => ({ dimValue: BigInt(size) })) });
const float = (...sizes: number[]) => ({ tensorType: { elemType: FLOAT, shape: dims(...sizes) } });
const node = (opType: string, input: string[], output: string): NodeProto => ({
  opType,
  input,
  output: [output],
  name: output,
});

/** A convolution, its activation and a pooling: what every image classifier needs of a device. */
export const TINY_MODEL: Uint8Array = encodeModel({
  irVersion: 8,
  opsetImport: [{ domain: '', version: 13 }],
  graph: {
    name: 'probe',
    node: [
      node('Conv', ['image', 'weights'], 'convolved'),
      node('Relu', ['convolved'], 'active'),
      node('GlobalAveragePool', ['active'], 'pooled'),
      node('Flatten', ['pooled'], 'scores'),
    ],
    initializer: [
      {
        name: 'weights',
        dims: BigInt64Array.from([CLASSES, 3, 3, 3], BigInt),
        dataType: FLOAT,
        floatData: Float32Array.from({ length: CLASSES * 27 }, (_, i) => Math.sin(i + 1)),
      },
    ],
    input: [{ name: 'image', type: float(1, 3, SIDE, SIDE) }],
    output: [{ name: 'scores', type: float(1, CLASSES) }],
  },
});

export const TINY_SPEC: RunSpec = {
  inputName: 'image',
  outputName: 'scores',
  scores: { kind: undefined },
  fixedBatch: 1,
  input: {
    type: 'float32',
    layout: 'nchw',
    height: SIDE,
    width: SIDE,
    preprocessing: {
      size: { height: SIDE, width: SIDE },
      resample: 'bilinear',
      rescaleFactor: 1,
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channels: 'rgb',
    },
  },
};

/** Repeatable noise: in [0, 1) for floats, over the whole range for integers. */
export function fillNoise(into: InputArray, half: boolean): void {
  let state = 1;
  for (let i = 0; i < into.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // The bit patterns 0x3400 to 0x37ff are the half floats in [0.25, 0.5).
    into[i] = half
      ? 0x3400 | (state >>> 22)
      : into instanceof Float32Array || into instanceof Float64Array
        ? state / 2 ** 32
        : state >>> 24;
  }
}
