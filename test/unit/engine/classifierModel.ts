import { encodeModel } from '../../../src/core/onnx/protobuf/encode.ts';
import type {
  AttributeProto,
  GraphProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from '../../../src/core/onnx/protobuf/schema.ts';

const FLOAT = 1;
const TYPES = {
  float32: FLOAT,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  float16: 10,
  float64: 11,
} as const;
const INT = 2;
const INTS = 7;
const GRAPH = 5;
const BOOL = 9;

type Type = keyof typeof TYPES;
type Dims = readonly (number | string)[];

/** What a small model is made of. Undefined parts are those of a well-behaved classifier of three classes. */
export interface ModelParts {
  readonly inputs?: readonly { readonly name: string; readonly type?: Type; readonly dims: Dims }[];
  readonly nodes?: readonly NodeProto[];
  /** Those without dimensions say nothing of what they are. */
  readonly outputs?: readonly { readonly name: string; readonly dims?: Dims }[];
  readonly initializers?: readonly TensorProto[];
}

/**
 * The bytes of a classifier whose scores are the means of the red, green and blue channel: logits, or their softmax.
 * @param effort convolutions that change nothing and cost about 1.5 ms each at 96 px
 */
export function meanColour({
  size = 8,
  batch = 'N' as number | string,
  softmax = false,
  effort = 0,
}: {
  size?: number;
  batch?: number | string;
  softmax?: boolean;
  effort?: number;
} = {}): Uint8Array {
  const nodes: NodeProto[] = [];
  const initializers: TensorProto[] = [];
  let image = 'image';
  if (effort > 0) {
    const widths = [3, ...Array.from({ length: effort }, () => 16), 3];
    for (let i = 0; i + 1 < widths.length; i++) {
      initializers.push(zeros(`w${i}`, [widths[i + 1], widths[i], 3, 3]));
      const input = i === 0 ? 'image' : `conv${i - 1}`;
      nodes.push(node('Conv', [input, `w${i}`], [`conv${i}`], [ints('pads', [1, 1, 1, 1])]));
    }
    nodes.push(node('Add', ['image', `conv${widths.length - 2}`], ['same']));
    image = 'same';
  }
  nodes.push(node('GlobalAveragePool', [image], ['pooled']));
  nodes.push(node('Flatten', ['pooled'], [softmax ? 'flat' : 'scores']));
  if (softmax) nodes.push(node('Softmax', ['flat'], ['scores'], [int('axis', 1)]));
  return model({
    inputs: [{ name: 'image', dims: [batch, 3, size, size] }],
    nodes,
    outputs: [{ name: 'scores', dims: [batch, 3] }],
    initializers,
  });
}

/** The bytes of {@link meanColour} behind a loop of 2^62 turns, which no optimiser can leave out. */
export function endlessLoop(): Uint8Array {
  const body: GraphProto = {
    name: 'body',
    node: [node('Identity', ['go'], ['goes']), node('Sin', ['x'], ['y'])],
    input: [value('turn', TYPES.int64, []), value('go', BOOL, []), value('x', FLOAT, ['N', 3])],
    output: [value('goes', BOOL, []), value('y', FLOAT, ['N', 3])],
  };
  return model({
    nodes: [
      node('GlobalAveragePool', ['image'], ['pooled']),
      node('Flatten', ['pooled'], ['flat']),
      node('Loop', ['turns', 'true', 'flat'], ['scores'], [{ name: 'body', g: body, type: GRAPH }]),
    ],
    initializers: [
      { name: 'turns', dataType: TYPES.int64, int64Data: BigInt64Array.of(1n << 62n) },
      { name: 'true', dataType: BOOL, rawData: Uint8Array.of(1) },
    ],
  });
}

/** Mean colours, then a Gemm that takes red for cat, green for dog, blue for bird, or, `turned`, the next of each. */
export function linearColour(turned = false): Uint8Array {
  return model({
    nodes: [
      node('ReduceMean', ['image'], ['means'], [ints('axes', [2, 3]), int('keepdims', 0)]),
      node('Gemm', ['means', 'fc'], ['scores']),
    ],
    initializers: [floats('fc', [3, 3], turned ? [0, 9, 0, 0, 0, 9, 9, 0, 0] : [9, 0, 0, 0, 9, 0, 0, 0, 9])],
  });
}

/** The bytes of any model. */
export function model(parts: ModelParts): Uint8Array {
  const {
    inputs = [{ name: 'image', dims: ['N', 3, 8, 8] }],
    outputs = [{ name: 'scores', dims: ['N', 3] }],
  } = parts;
  return encodeModel({
    irVersion: 8,
    opsetImport: [
      { domain: '', version: 13 },
      ...(parts.nodes?.some(({ domain }) => domain === 'ai.onnx.ml')
        ? [{ domain: 'ai.onnx.ml', version: 1 }]
        : []),
    ],
    graph: {
      name: 'test',
      node: [...(parts.nodes ?? [])],
      initializer: [...(parts.initializers ?? [])],
      input: inputs.map(({ name, type = 'float32', dims }) => value(name, TYPES[type], dims)),
      output: outputs.map(({ name, dims }) => (dims ? value(name, FLOAT, dims) : { name })),
    },
  });
}

export function node(
  opType: string,
  input: string[],
  output: string[],
  attribute: AttributeProto[] = [],
): NodeProto {
  return { opType, input, output, name: output[0], attribute };
}

export function int(name: string, i: number): AttributeProto {
  return { name, i: BigInt(i), type: INT };
}

export function ints(name: string, values: readonly number[]): AttributeProto {
  return { name, ints: BigInt64Array.from(values, BigInt), type: INTS };
}

export function floats(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return { ...zeros(name, dims), rawData: new Uint8Array(Float32Array.from(values).buffer) };
}

export function zeros(name: string, dims: readonly number[]): TensorProto {
  const count = dims.reduce((product, d) => product * d, 1);
  return {
    name,
    dims: BigInt64Array.from(dims, BigInt),
    dataType: FLOAT,
    rawData: new Uint8Array(count * 4),
  };
}

function value(name: string, elemType: number, dims: Dims): ValueInfoProto {
  const dim = dims.map((d) => (typeof d === 'number' ? { dimValue: BigInt(d) } : { dimParam: d }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
