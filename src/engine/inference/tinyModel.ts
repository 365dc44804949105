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
  output: undefined,
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
