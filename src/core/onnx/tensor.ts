import { notOnnx, SemapError, unsupportedModel } from '../errors.ts';
import { bfloat16Value, float16Values } from '../float16.ts';
import { phrase, type Text } from '../text/text.ts';
import type { TensorProto } from './protobuf/schema.ts';
import { checkRank, productOf } from './shapes.ts';

/** ONNX element types by name, with the number the format gives each and its size in bytes (0: packed or no fixed size). */
const TABLE = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  uint16: { code: 4, bytes: 2 },
  int16: { code: 5, bytes: 2 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  string: { code: 8, bytes: 0 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  float64: { code: 11, bytes: 8 },
  uint32: { code: 12, bytes: 4 },
  uint64: { code: 13, bytes: 8 },
  bfloat16: { code: 16, bytes: 2 },
} as const;

export type DataType = keyof typeof TABLE;

const BY_CODE = new Map(Object.entries(TABLE).map(([name, { code }]) => [code as number, name as DataType]));

/** The type with this ONNX number; undefined for complex, float8, 4-bit and unknown ones. */
export function dataTypeOf(code: number): DataType | undefined {
  return BY_CODE.get(code);
}

export function codeOf(type: DataType): number {
  return TABLE[type].code;
}

function bytesPerElement(type: DataType): number {
  return TABLE[type].bytes;
}

export function isFloat(type: DataType): boolean {
  return type === 'float32' || type === 'float16' || type === 'float64' || type === 'bfloat16';
}

/** A dense constant: little-endian elements in row-major order. */
export interface Tensor {
  readonly type: DataType;
  readonly dims: readonly number[];
  /** Exactly product(dims) elements; may be an unaligned view into the model file. */
  readonly bytes: Uint8Array;
}

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
} as const;

export type TypedArray = InstanceType<(typeof ARRAYS)[keyof typeof ARRAYS]>;

/** The elements as the typed array of their type (half floats as bits): a view where alignment allows it, else a copy. */
export function typedArrayOf(tensor: Tensor): TypedArray {
  const { bytes, type } = tensor;
  if (type === 'string') throw unsupportedModel(phrase('String constants are not supported.'));
  const Elements = ARRAYS[type];
  const size = bytesPerElement(type);
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new Elements(aligned.buffer as ArrayBuffer, aligned.byteOffset, bytes.length / size);
}

/** The elements as floats of at least their own precision; int64 beyond 2^53 is rounded. */
export function numbersOf(tensor: Tensor): Float32Array | Float64Array {
  const array = typedArrayOf(tensor);
  if (array instanceof Float32Array || array instanceof Float64Array) return array;
  if (tensor.type === 'float16') return float16Values(array as Uint16Array);
  if (tensor.type === 'bfloat16') return Float32Array.from(array as Uint16Array, bfloat16Value);
  const numbers = new Float64Array(array.length);
  for (let i = 0; i < array.length; i++) numbers[i] = Number(array[i]);
  return numbers;
}

/** The only element of a tensor, or undefined when it has another number of them. */
export function scalarOf(tensor: Tensor | undefined): number | undefined {
  if (tensor === undefined || tensor.type === 'string' || productOf(tensor.dims) !== 1) return undefined;
  return numbersOf(tensor)[0];
}

/** A tensor of `values`, converted to `type`. */
export function makeTensor(type: DataType, dims: readonly number[], values: ArrayLike<number>): Tensor {
  if (type === 'string' || type === 'float16' || type === 'bfloat16')
    throw new TypeError(`cannot make ${type}`);
  const Elements = ARRAYS[type];
  let array: TypedArray;
  if (values instanceof Elements) array = values as TypedArray;
  else if (type === 'int64' || type === 'uint64') {
    array = new (type === 'int64' ? BigInt64Array : BigUint64Array)(values.length);
    for (let i = 0; i < values.length; i++) array[i] = BigInt(values[i]);
  } else array = new (Elements as Float32ArrayConstructor)(values);
  return { type, dims: [...dims], bytes: new Uint8Array(array.buffer, array.byteOffset, array.byteLength) };
}

/** float16, bfloat16 and float64 become float32; everything else stays. */
export function toFloat32(tensor: Tensor): Tensor {
  if (tensor.type !== 'float16' && tensor.type !== 'bfloat16' && tensor.type !== 'float64') return tensor;
  return makeTensor('float32', tensor.dims, Float32Array.from(numbersOf(tensor)));
}

const broken = (what: Text) => notOnnx(what, { hint: phrase('The file may be damaged or incomplete.') });

/**
 * Checks a constant against its own shape and type and brings its data into one form.
 * @throws SemapError `not-onnx` when data and shape disagree, `unsupported-model` for types no kernel here reads
 */
export function tensorFromProto(proto: TensorProto, owner = ''): Tensor {
  const name = proto.name || owner;
  const type = dataTypeOf(proto.dataType ?? 0);
  if (type === undefined) {
    throw unsupportedModel(
      phrase('Constant "{0}" has the unsupported element type {1}.', name, proto.dataType ?? 0),
    );
  }
  checkRank(proto.dims?.length ?? 0, name);
  const dims = Array.from(proto.dims ?? [], Number);
  if (dims.some((dim) => dim < 0)) throw broken(phrase('Constant "{0}" has a negative dimension.', name));
  const count = productOf(dims);
  if (!Number.isSafeInteger(count) || count > 2 ** 31)
    throw broken(phrase('Constant "{0}" is larger than 2 GiB.', name));
  if (proto.dataLocation === 1) {
    throw new SemapError(
      'not-found',
      phrase('Cannot find the data file with the weights of constant "{0}".', name),
      { hint: phrase('Keep the .onnx file and its data files in one folder.') },
    );
  }
  if (type === 'string') return { type, dims, bytes: new Uint8Array(0) };
  const bytes = proto.rawData ?? bytesOfFields(proto, type);
  if (bytes.length !== count * bytesPerElement(type))
    throw broken(phrase('Constant "{0}" has {1} bytes of data for {2} elements.', name, bytes.length, count));
  return { type, dims, bytes };
}

/** Data in the typed fields: narrow types travel in `int32_data`. */
function bytesOfFields(proto: TensorProto, type: Exclude<DataType, 'string'>): Uint8Array {
  const source =
    type === 'float32'
      ? proto.floatData
      : type === 'float64'
        ? proto.doubleData
        : type === 'int64'
          ? proto.int64Data
          : type === 'uint64' || type === 'uint32'
            ? proto.uint64Data
            : proto.int32Data;
  if (source === undefined) return new Uint8Array(0);
  const Elements = ARRAYS[type];
  const array =
    type === 'uint32'
      ? Uint32Array.from(source as BigUint64Array, Number)
      : source instanceof Elements
        ? source
        : new (Elements as Uint8ArrayConstructor)(source as Int32Array);
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
