import type { Tensor } from 'onnxruntime-node';
import { float16Bits } from '../../core/float16.ts';
import { type InputSpec, inputDims } from '../../core/images/preprocessing.ts';
import type { InputArray } from '../../core/images/tensor.ts';
import type { ExtraInput } from '../../core/onnx/passes/constantInputs.ts';
import type { Ort } from '../models/onnxruntime.ts';

/** Images as a graph takes them. @param pixels of all of them, filled as the spec says */
export function imageTensor(ort: Ort, input: InputSpec, pixels: InputArray, batch: number): Tensor {
  const { type } = input;
  // Whole numbers of 64 bits are no numbers to JavaScript; pixels are small ones.
  const values = type === 'int64' ? BigInt64Array.from(pixels as Int32Array, BigInt) : pixels;
  return new ort.Tensor(type, values as Float32Array, inputDims(input, batch));
}

/** What a graph is given beside images, to be fed in every run. */
export function extraTensors(ort: Ort, extras: readonly ExtraInput[] = []): Record<string, Tensor> {
  return Object.fromEntries(
    extras.map(({ name, type, dims, values }) => [
      name,
      new ort.Tensor(type as 'float32', arrayOf(type, values) as Float32Array, dims),
    ]),
  );
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const;

function arrayOf(type: string, values: readonly number[]) {
  if (type === 'float16') return Uint16Array.from(values, float16Bits);
  if (type === 'int64') return BigInt64Array.from(values, BigInt);
  if (type === 'uint64') return BigUint64Array.from(values, BigInt);
  return ARRAYS[type as keyof typeof ARRAYS].from(values);
}
