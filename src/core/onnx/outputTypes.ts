import { phrase } from '../text/text.ts';
import { intsAttribute, type Node, numberAttribute, stringAttribute, type ValueType } from './graph.ts';
import {
  broadcast,
  einsumSizes,
  frontAxis,
  parseEinsum,
  productOf,
  range,
  ShapeError,
  shapeText,
  windowExtent,
} from './shapes.ts';
import { dataTypeOf } from './tensor.ts';

/** What an inference rule may look at. */
export interface InferenceContext {
  readonly node: Node;
  input(index: number): ValueType;
  /** The values of a constant integer input, or undefined when it is absent. */
  ints(index: number): readonly number[] | undefined;
}

type InferenceRule = (context: InferenceContext) => ValueType[];

const like: InferenceRule = ({ input }) => [input(0)];

const elementwise: InferenceRule = ({ node, input }) => [
  { type: input(0).type, dims: broadcast(...node.inputs.map((_, i) => input(i).dims)) },
];

const comparison: InferenceRule = ({ node, input }) => [
  { type: 'bool', dims: broadcast(...node.inputs.map((_, i) => input(i).dims)) },
];

const reduction: InferenceRule = ({ node, input, ints }) => {
  const { type, dims } = input(0);
  const open = node.inputs[1] && ints(1) === undefined;
  if (open || node.attributes['noop_with_empty_axes']) throw new TypeError('left to the runtime');
  const axes = (ints(1) ?? range(dims.length)).map((axis) => frontAxis(axis, dims.length));
  const keep = numberAttribute(node, 'keepdims', 1) === 1;
  const reduced = keep
    ? dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim))
    : dims.filter((_, axis) => !axes.includes(axis));
  return [{ type, dims: reduced }];
};

/** Attributes of a sliding window with their defaults, for `rank` spatial axes; `auto_pad` is resolved before. */
export function windowOf(
  node: Node,
  rank: number,
): { strides: number[]; dilations: number[]; pads: number[] } {
  return {
    strides: [...(intsAttribute(node, 'strides') ?? new Array<number>(rank).fill(1))],
    dilations: [...(intsAttribute(node, 'dilations') ?? new Array<number>(rank).fill(1))],
    pads: [...(intsAttribute(node, 'pads') ?? new Array<number>(2 * rank).fill(0))],
  };
}

function slide(node: Node, spatial: readonly number[], kernel: readonly number[]): number[] {
  const rank = spatial.length;
  const automatic = stringAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET';
  if (automatic || numberAttribute(node, 'ceil_mode', 0) !== 0) throw new TypeError('left to the runtime');
  const { strides, dilations, pads } = windowOf(node, rank);
  return spatial.map((size, i) => {
    const room = size + pads[i] + pads[i + rank] - windowExtent(kernel[i], dilations[i]);
    return Math.floor(room / strides[i]) + 1;
  });
}

const pooling: InferenceRule = ({ node, input }) => {
  const { type, dims } = input(0);
  const kernel = intsAttribute(node, 'kernel_shape') ?? [];
  const pooled = [...dims.slice(0, 2), ...slide(node, dims.slice(2), kernel)];
  return [
    { type, dims: pooled },
    { type: 'int64', dims: pooled },
  ];
};

function onePixel({ type, dims }: ValueType): ValueType {
  return { type, dims: dims.map((dim, axis) => (axis < 2 ? dim : 1)) };
}

const matmul = (swapA: boolean, swapB: boolean): InferenceRule => {
  return ({ input }) => {
    const [a, b] = [input(0).dims, input(1).dims];
    if (a.length < 2 || b.length < 2) throw new TypeError('left to the runtime');
    const rows = a.at(swapA ? -1 : -2)!;
    const inner = [a.at(swapA ? -2 : -1)!, b.at(swapB ? -1 : -2)!];
    if (inner[0] !== inner[1])
      throw new ShapeError(phrase('cannot multiply {0} and {1}', shapeText(a), shapeText(b)));
    const columns = b.at(swapB ? -2 : -1)!;
    return [{ type: input(0).type, dims: [...broadcast(a.slice(0, -2), b.slice(0, -2)), rows, columns] }];
  };
};

const transposedMatmul: InferenceRule = (context) => {
  const isSwapped = (name: string) => numberAttribute(context.node, name, 0) === 1;
  return matmul(isSwapped('transA'), isSwapped('transB'))(context);
};

const RULES: Readonly<Record<string, InferenceRule>> = {
  ...Object.fromEntries(
    'Neg Exp Log Sqrt Abs Sign Erf Sigmoid Tanh HardSigmoid Relu Identity Softmax LogSoftmax Reciprocal Clip Round Floor Gelu Softplus CumSum Trilu Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh Not HardSwish LeakyRelu PRelu Elu Selu Celu Softsign ThresholdedRelu Ceil BatchNormalization LRN ScatterElements ScatterND InstanceNormalization ReverseSequence'
      .split(' ')
      .map((op) => [op, like]),
  ),
  ...Object.fromEntries('Add Sub Mul Div Pow Min Max Sum And Or'.split(' ').map((op) => [op, elementwise])),
  ...Object.fromEntries(
    'Equal Greater Less GreaterOrEqual LessOrEqual'.split(' ').map((op) => [op, comparison]),
  ),
  ...Object.fromEntries('ReduceSum ReduceMean ReduceMax ReduceMin'.split(' ').map((op) => [op, reduction])),
  ArgMax: ({ node, input }) => {
    const { dims } = input(0);
    const axis = frontAxis(numberAttribute(node, 'axis', 0), dims.length);
    const keep = numberAttribute(node, 'keepdims', 1) === 1;
    const kept = dims.map((dim, i) => (i === axis ? 1 : dim));
    return [{ type: 'int64', dims: keep ? kept : dims.filter((_, i) => i !== axis) }];
  },
  Where: ({ input }) => [
    { type: input(1).type, dims: broadcast(input(0).dims, input(1).dims, input(2).dims) },
  ],
  Cast: ({ node, input }) => [{ type: dataTypeOf(numberAttribute(node, 'to', 1))!, dims: input(0).dims }],
  QuantizeLinear: ({ node, input }) => [
    { type: node.inputs[2] ? input(2).type : 'uint8', dims: input(0).dims },
  ],
  DequantizeLinear: ({ input }) => [{ type: 'float32', dims: input(0).dims }],
  Reshape: ({ input, ints }) => {
    const { type, dims } = input(0);
    const shape = ints(1)!.map((dim, axis) => (dim === 0 ? dims[axis] : dim));
    const rest = productOf(shape.filter((dim) => dim !== -1));
    const resolved = shape.map((dim) => (dim === -1 ? productOf(dims) / rest : dim));
    if (productOf(resolved) !== productOf(dims))
      throw new ShapeError(phrase('cannot reshape {0} to {1}', shapeText(dims), shapeText(resolved)));
    return [{ type, dims: resolved }];
  },
  Transpose: ({ node, input }) => {
    const { type, dims } = input(0);
    const permutation = intsAttribute(node, 'perm') ?? range(dims.length).reverse();
    return [{ type, dims: permutation.map((axis) => dims[axis]) }];
  },
  Expand: ({ input, ints }) => [{ type: input(0).type, dims: broadcast(input(0).dims, ints(1)!) }],
  ConstantOfShape: ({ node, ints }) => {
    const value = node.attributes['value'];
    return [{ type: value?.kind === 'tensor' ? value.value.type : 'float32', dims: [...ints(0)!] }];
  },
  Concat: ({ node, input }) => {
    const { type, dims } = input(0);
    const axis = frontAxis(numberAttribute(node, 'axis', 0), dims.length);
    const total = node.inputs.reduce((sum, _, i) => sum + input(i).dims[axis], 0);
    return [{ type, dims: dims.map((dim, i) => (i === axis ? total : dim)) }];
  },
  Split: ({ node, input, ints }) => {
    const { type, dims } = input(0);
    const axis = frontAxis(numberAttribute(node, 'axis', 0), dims.length);
    if (!node.inputs[1]) throw new TypeError('left to the runtime');
    return ints(1)!.map((size) => ({ type, dims: dims.map((dim, i) => (i === axis ? size : dim)) }));
  },
  Slice: ({ node, input, ints }) => {
    const { type, dims } = input(0);
    if ((node.inputs[3] && !ints(3)) || (node.inputs[4] && !ints(4)))
      throw new TypeError('left to the runtime');
    const axes = ints(3) ?? range(ints(1)!.length);
    const result = [...dims];
    axes.forEach((given, i) => {
      const axis = frontAxis(given, dims.length);
      result[axis] = sliceOf(dims[axis], ints(1)![i], ints(2)![i], ints(4)?.[i] ?? 1).count;
    });
    return [{ type, dims: result }];
  },
  Pad: ({ node, input, ints }) => {
    const { type, dims } = input(0);
    if (node.inputs[3]) throw new TypeError('left to the runtime');
    const pads = ints(1)!;
    return [{ type, dims: dims.map((dim, i) => dim + pads[i] + pads[i + dims.length]) }];
  },
  Gather: ({ node, input }) => {
    const { type, dims } = input(0);
    const axis = frontAxis(numberAttribute(node, 'axis', 0), dims.length);
    return [{ type, dims: [...dims.slice(0, axis), ...input(1).dims, ...dims.slice(axis + 1)] }];
  },
  GatherElements: ({ input }) => [{ type: input(0).type, dims: input(1).dims }],
  GatherND: ({ node, input }) => {
    if (numberAttribute(node, 'batch_dims', 0) !== 0) throw new TypeError('left to the runtime');
    const indices = input(1).dims;
    return [
      { type: input(0).type, dims: [...indices.slice(0, -1), ...input(0).dims.slice(indices.at(-1)!)] },
    ];
  },
  MatMul: matmul(false, false),
  FusedMatMul: transposedMatmul,
  Gemm: transposedMatmul,
  Conv: ({ node, input }) => {
    const [x, w] = [input(0), input(1).dims];
    const channels = w[1] * numberAttribute(node, 'group', 1);
    if (x.dims[1] !== channels)
      throw new ShapeError(
        phrase('cannot convolve {0} with weights of {1} channels', shapeText(x.dims), channels),
      );
    return [{ type: x.type, dims: [x.dims[0], w[0], ...slide(node, x.dims.slice(2), w.slice(2))] }];
  },
  ConvTranspose: ({ node, input }) => {
    const [x, w] = [input(0), input(1).dims];
    const rank = x.dims.length - 2;
    const { strides, dilations, pads } = windowOf(node, rank);
    if (node.attributes['auto_pad'] || node.attributes['output_shape'])
      throw new TypeError('left to the runtime');
    const extra = intsAttribute(node, 'output_padding') ?? new Array<number>(rank).fill(0);
    const spatial = range(rank).map(
      (i) =>
        (x.dims[i + 2] - 1) * strides[i] +
        extra[i] +
        windowExtent(w[i + 2], dilations[i]) -
        pads[i] -
        pads[i + rank],
    );
    return [{ type: x.type, dims: [x.dims[0], w[1] * numberAttribute(node, 'group', 1), ...spatial] }];
  },
  AveragePool: (context) => pooling(context).slice(0, 1),
  MaxPool: pooling,
  GlobalAveragePool: ({ input }) => [onePixel(input(0))],
  GlobalMaxPool: ({ input }) => [onePixel(input(0))],
  Flatten: ({ node, input }) => {
    const { type, dims } = input(0);
    const axis = frontAxis(numberAttribute(node, 'axis', 1), dims.length);
    return [{ type, dims: [productOf(dims.slice(0, axis)), productOf(dims.slice(axis))] }];
  },
  Squeeze: ({ input, ints }) => {
    const { type, dims } = input(0);
    const axes = ints(1)?.map((axis) => frontAxis(axis, dims.length));
    return [{ type, dims: dims.filter((dim, i) => (axes === undefined ? dim !== 1 : !axes.includes(i))) }];
  },
  Unsqueeze: ({ input, ints }) => {
    const { type, dims } = input(0);
    const result = [...dims];
    const rank = dims.length + ints(1)!.length;
    for (const axis of ints(1)!
      .map((a) => frontAxis(a, rank))
      .sort((a, b) => a - b))
      result.splice(axis, 0, 1);
    return [{ type, dims: result }];
  },
  Einsum: ({ node, input }) => {
    const shapes = node.inputs.map((_, i) => input(i).dims);
    const equation = parseEinsum(
      stringAttribute(node, 'equation', ''),
      shapes.map((shape) => shape.length),
    );
    const sizes = einsumSizes(equation, shapes);
    return [{ type: input(0).type, dims: equation.output.split('').map((letter) => sizes.get(letter)!) }];
  },
  DepthToSpace: ({ node, input }) => {
    const [n, c, h, w] = input(0).dims;
    const b = numberAttribute(node, 'blocksize', 1);
    return [{ type: input(0).type, dims: [n, c / b / b, h * b, w * b] }];
  },
  SpaceToDepth: ({ node, input }) => {
    const [n, c, h, w] = input(0).dims;
    const b = numberAttribute(node, 'blocksize', 1);
    return [{ type: input(0).type, dims: [n, c * b * b, h / b, w / b] }];
  },
  LayerNormalization: ({ node, input }) => {
    const { type, dims } = input(0);
    const axis = frontAxis(numberAttribute(node, 'axis', -1), dims.length);
    const statistics = { type, dims: dims.map((dim, i) => (i < axis ? dim : 1)) };
    return [input(0), statistics, statistics];
  },
};

/** Which elements a Slice takes: clamped start, step and how many. */
export function sliceOf(size: number, start: number, end: number, step: number) {
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
  const from = clamp(start < 0 ? start + size : start, 0, step > 0 ? size : size - 1);
  const to = clamp(end < 0 ? end + size : end, step > 0 ? 0 : -1, size);
  return { start: from, step, count: Math.max(0, Math.ceil((to - from) / step)) };
}

/**
 * Types of a node's outputs, for the operators that SeMap itself writes into graphs. (Types of the models' own nodes
 * come from onnxruntime.)
 * @throws ShapeError when shapes do not fit, TypeError for an operator without a rule
 */
export function inferOutputTypes(context: InferenceContext): ValueType[] {
  const rule = RULES[context.node.op];
  if (rule === undefined) throw new TypeError(`no shape rule for ${context.node.op}`);
  return rule(context);
}
