import { type Graph, intsAttribute, type Node, numberAttribute, type ValueType } from '../graph.ts';
import { inferOutputTypes, sliceOf } from '../outputTypes.ts';
import { frontAxis, productOf, range } from '../shapes.ts';
import { dataTypeOf, makeTensor, numbersOf, type Tensor } from '../tensor.ts';
import { settleCeilMode } from './windowPads.ts';

/** Lists longer than this are data, not shapes. */
const MAX_ELEMENTS = 64;

/** A short list of numbers, as shape arithmetic uses them. */
interface Small extends ValueType {
  readonly values: readonly number[];
}

/**
 * One sweep through the graph that works out types and, with them, the shape arithmetic exporters write (Shape, Gather,
 * Concat, Reshape, ...). What it settles becomes constant, without asking a runtime; what it does not know it leaves.
 */
export function propagateShapes(graph: Graph): Graph {
  const types = new Map(graph.types);
  for (const { name, type, dims } of graph.inputs) types.set(name, { type, dims: dims as readonly number[] });
  for (const [name, { type, dims }] of graph.constants) types.set(name, { type, dims });
  const constants = new Map(graph.constants);
  const smalls = new Map<string, Small>();
  const small = (name: string): Small | undefined => {
    const known = smalls.get(name);
    if (known !== undefined) return known;
    const tensor = constants.get(name);
    if (tensor === undefined || tensor.type === 'string' || productOf(tensor.dims) > MAX_ELEMENTS)
      return undefined;
    const made = { type: tensor.type, dims: tensor.dims, values: Array.from(numbersOf(tensor)) };
    smalls.set(name, made);
    return made;
  };
  const rest: Node[] = [];
  for (const given of graph.nodes) {
    const node = settleCeilMode(given, types.get(given.inputs[0])?.dims);
    const tensor = node.domain === '' ? evaluated(node, small, types) : undefined;
    if (tensor !== undefined) {
      constants.set(node.outputs[0], tensor);
      types.set(node.outputs[0], { type: tensor.type, dims: tensor.dims });
      continue;
    }
    rest.push(node);
    inferInto(types, node, small);
  }
  return { ...graph, nodes: rest, constants, types };
}

/** Records the types of a node's outputs where all of its inputs are known and there is a rule for it. */
function inferInto(
  types: Map<string, ValueType>,
  node: Node,
  small: (name: string) => Small | undefined,
): void {
  if (node.domain !== '' || !node.inputs.every((input) => input === '' || types.has(input))) return;
  try {
    const inferred = inferOutputTypes({
      node,
      input: (index) => types.get(node.inputs[index])!,
      ints: (index) => (node.inputs[index] ? small(node.inputs[index])?.values : undefined),
    });
    node.outputs.forEach((output, i) => {
      const type = inferred[i];
      if (output && type?.dims.every((dim) => Number.isInteger(dim) && dim >= 0)) types.set(output, type);
    });
  } catch {
    // No rule, or a shape that only the runtime can tell: it is asked later.
  }
}

/** As {@link evaluate}, where what comes out is exact and of one piece: what overflows is left to the runtime. */
function evaluated(
  node: Node,
  small: (name: string) => Small | undefined,
  types: ReadonlyMap<string, ValueType>,
): Tensor | undefined {
  try {
    const result = evaluate(node, small, types);
    if (result === undefined || productOf(result.dims) !== result.values.length) return undefined;
    const whole = result.type !== 'float32' && result.type !== 'float64';
    const valid = whole ? Number.isSafeInteger : (value: number) => typeof value === 'number';
    return result.values.every(valid) ? makeTensor(result.type, result.dims, result.values) : undefined;
  } catch {
    return undefined;
  }
}

/** The value of a node of shape arithmetic, if its inputs are known. */
function evaluate(
  node: Node,
  small: (name: string) => Small | undefined,
  types: ReadonlyMap<string, ValueType>,
): Small | undefined {
  if (node.op === 'Shape' || node.op === 'Size') {
    const dims = types.get(node.inputs[0])?.dims;
    if (dims === undefined) return undefined;
    if (node.op === 'Size') return { type: 'int64', dims: [], values: [productOf(dims)] };
    const part = dims.slice(numberAttribute(node, 'start', 0), numberAttribute(node, 'end', dims.length));
    return { type: 'int64', dims: [part.length], values: part };
  }
  const rule = ARITHMETIC[node.op];
  if (rule === undefined || node.outputs.length !== 1) return undefined;
  const inputs = node.inputs.map((name) => (name === '' ? undefined : small(name)));
  if (inputs.some((input, i) => input === undefined && node.inputs[i] !== '')) return undefined;
  if (inputs[0] === undefined) return undefined;
  try {
    const result = rule(node, inputs as Small[]);
    return result !== undefined && result.values.length <= MAX_ELEMENTS ? result : undefined;
  } catch {
    // A node that lacks inputs: the runtime says so.
    return undefined;
  }
}

type Arithmetic = (node: Node, inputs: readonly Small[]) => Small | undefined;

/** Element by element on equal shapes, or one of them a single number. */
function elementwise(compute: (a: number, b: number, whole: boolean) => number): Arithmetic {
  return (_, [a, b]) => {
    const whole = a.type === 'int64' || a.type === 'int32';
    if (b.values.length === 1 && b.dims.length <= a.dims.length)
      return { ...a, values: a.values.map((value) => compute(value, b.values[0], whole)) };
    if (a.values.length === 1 && a.dims.length <= b.dims.length)
      return { ...b, values: b.values.map((value) => compute(a.values[0], value, whole)) };
    if (String(a.dims) !== String(b.dims)) return undefined;
    return { ...a, values: a.values.map((value, i) => compute(value, b.values[i], whole)) };
  };
}

const single =
  (compute: (value: number) => number): Arithmetic =>
  (_, [a]) => ({ ...a, values: a.values.map(compute) });

const reshaped: Arithmetic = (node, [a, axes]) => {
  if (a.dims.length > 1) return undefined;
  const list = axes?.values ?? intsAttribute(node, 'axes') ?? [0];
  if (list.length !== 1) return undefined;
  if (node.op === 'Unsqueeze') return a.dims.length === 0 ? { ...a, dims: [1] } : undefined;
  return a.dims[0] === 1 ? { ...a, dims: [] } : undefined;
};

const ARITHMETIC: Readonly<Record<string, Arithmetic>> = {
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b, whole) => (whole ? Math.trunc(a / b) : a / b)),
  Neg: single((a) => -a),
  Floor: single(Math.floor),
  Ceil: single(Math.ceil),
  Identity: single((a) => a),
  Unsqueeze: reshaped,
  Squeeze: reshaped,
  Cast: (node, [a]) => {
    const type = dataTypeOf(numberAttribute(node, 'to', 0));
    if (type !== 'int64' && type !== 'int32' && type !== 'float32') return undefined;
    return { ...a, type, values: type === 'float32' ? a.values : a.values.map(Math.trunc) };
  },
  Reshape: (_, [a, shape]) =>
    shape.values.length === 1 && [-1, a.values.length].includes(shape.values[0])
      ? { ...a, dims: [a.values.length] }
      : undefined,
  Gather: (_, [a, index]) => {
    if (a.dims.length !== 1 || index.dims.length > 1) return undefined;
    return {
      ...a,
      dims: index.dims,
      values: index.values.map((i) => a.values[frontAxis(i, a.values.length)]),
    };
  },
  Concat: (_, inputs) => {
    if (inputs.some(({ dims }) => dims.length !== 1)) return undefined;
    const values = inputs.flatMap((input) => input.values);
    return { ...inputs[0], dims: [values.length], values };
  },
  Slice: (_, [a, starts, ends, , steps]) => {
    if (a.dims.length !== 1 || starts === undefined || starts.values.length !== 1) return undefined;
    const { start, step, count } = sliceOf(
      a.dims[0],
      starts.values[0],
      ends.values[0],
      steps?.values[0] ?? 1,
    );
    return { ...a, dims: [count], values: range(count).map((i) => a.values[start + i * step]) };
  },
  Equal: (node, inputs) => {
    const compared = elementwise((a, b) => (a === b ? 1 : 0))(node, inputs);
    return compared === undefined ? undefined : { ...compared, type: 'bool' };
  },
  Where: (_, [condition, yes, no]) => {
    const { dims, values } = condition;
    if (String(yes.dims) !== String(dims) || String(no.dims) !== String(dims)) return undefined;
    return { type: yes.type, dims, values: values.map((taken, i) => (taken ? yes : no).values[i]) };
  },
  ConstantOfShape: (node, [shape]) => {
    const count = productOf(shape.values);
    const fill = node.attributes['value'];
    if (count > MAX_ELEMENTS || fill?.kind !== 'tensor' || fill.value.type === 'string') return undefined;
    const value = numbersOf(fill.value)[0];
    return { type: fill.value.type, dims: shape.values, values: new Array<number>(count).fill(value) };
  },
  ReduceProd: (node, [a]) => {
    const dims = numberAttribute(node, 'keepdims', 1) === 1 ? [1] : [];
    return a.dims.length === 1 ? { ...a, dims, values: [productOf(a.values)] } : undefined;
  },
};
