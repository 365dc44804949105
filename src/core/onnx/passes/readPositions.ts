import { GraphBuilder } from '../builder.ts';
import { type Graph, intsAttribute, type Node, numberAttribute, operatorName } from '../graph.ts';
import { capturedValues } from '../readGraph.ts';
import { frontAxis, productOf, range } from '../shapes.ts';

/** Elements from `start` up to `end` along an axis: all that is read of a value. */
interface Part {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** What is read of a value. */
type Read = Part | 'all';

/**
 * Computes only the positions that are read. A classifier that reads one token of a transformer needs its last block's
 * queries, projection and perceptron for that token only; keys and values are needed for all of them. So a selection
 * moves up before every operator that computes each position for itself, as long as nothing else reads the others.
 */
export function readPositions(graph: Graph): Graph {
  const b = new GraphBuilder(graph);
  const reads = readsOf(b, graph);
  if (![...reads.values()].some((read) => read !== 'all')) return graph;
  const narrowed = new Map<string, string>();
  /** A value's part, sliced off where its maker does not compute it alone. */
  const part = (value: string, { axis, start, end }: Part): string => {
    const known = narrowed.get(value);
    if (known !== undefined) return known;
    const slice = b.slice(value, [axis], [start], [end]);
    narrowed.set(value, slice);
    return slice;
  };
  const nodes = graph.nodes.flatMap((node) => {
    const read = readOfNode(node, reads);
    const wanted = read === 'all' ? undefined : inputsRead(b, node, read);
    if (read === 'all' || wanted === undefined) {
      const selection = selectionOf(b, node);
      const [value] = node.inputs;
      if (selection === undefined || reads.get(value) === 'all') return [node];
      b.node(
        'Reshape',
        [part(value, selection), b.ints(b.dims(node.outputs[0]))],
        {},
        { outputs: node.outputs },
      );
      return b.takeNodes();
    }
    const inputs = node.inputs.map((value, i) => {
      const one = wanted[i];
      return one === 'all' || value === '' ? value : part(value, one);
    });
    const types = node.outputs.map((output) => {
      const { type, dims } = b.typeOf(output);
      return { type, dims: dims.map((dim, axis) => (axis === read.axis ? read.end - read.start : dim)) };
    });
    const made = RESHAPES.has(node.op)
      ? [b.op('Reshape', [inputs[0], b.ints(types[0].dims)])]
      : b.node(node.op, inputs, node.attributes, { domain: node.domain, types });
    node.outputs.forEach((output, i) => {
      narrowed.set(output, made[i]);
    });
    return b.takeNodes();
  });
  return b.finish(graph.outputs, nodes);
}

/** What is read of each value. */
function readsOf(b: GraphBuilder, graph: Graph): Map<string, Read> {
  const reads = new Map<string, Read>(graph.outputs.map((output) => [output, 'all']));
  const join = (value: string, read: Read) => {
    const before = reads.get(value);
    reads.set(value, before === undefined || same(before, read) ? read : 'all');
  };
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    const read = readOfNode(node, reads);
    const through = read === 'all' ? undefined : inputsRead(b, node, read);
    const selection = through === undefined ? selectionOf(b, node) : undefined;
    node.inputs.forEach((value, index) => {
      if (value !== '') join(value, through?.[index] ?? ((index === 0 && selection) || 'all'));
    });
    for (const value of capturedValues(node)) join(value, 'all');
  }
  return reads;
}

function same(a: Read, c: Read): boolean {
  return (
    a === c || (a !== 'all' && c !== 'all' && a.axis === c.axis && a.start === c.start && a.end === c.end)
  );
}

/** What is read of a node's outputs, where that is the same of each. */
function readOfNode(node: Node, reads: ReadonlyMap<string, Read>): Read {
  const [first, ...others] = node.outputs.map((output) => reads.get(output) ?? 'all');
  return others.every((other) => same(first, other)) ? first : 'all';
}

/** The part that a node takes out of its first input, where it does nothing else. */
function selectionOf(b: GraphBuilder, node: Node): Part | undefined {
  if (node.domain !== '') return undefined;
  const [value] = node.inputs;
  const numbers = (index: number) => {
    const given = b.numbers(node.inputs[index]);
    return given === undefined ? undefined : Array.from(given, Number);
  };
  if (node.op === 'Gather') {
    const positions = numbers(1);
    const { dims } = b.typeOf(value);
    if (positions?.length !== 1) return undefined;
    const axis = frontAxis(numberAttribute(node, 'axis', 0), dims.length);
    const start = positions[0] < 0 ? positions[0] + dims[axis] : positions[0];
    return partOf(dims, axis, start, start + 1);
  }
  if (node.op === 'Slice') {
    const [starts, ends, axes] = [numbers(1), numbers(2), numbers(3)];
    const steps = node.inputs[4] ? numbers(4) : [1];
    const { dims } = b.typeOf(value);
    if (starts?.length !== 1 || ends?.length !== 1 || steps?.[0] !== 1) return undefined;
    if (node.inputs[3] && axes === undefined) return undefined;
    const axis = frontAxis(axes?.[0] ?? 0, dims.length);
    const at = (position: number) =>
      Math.min(Math.max(position < 0 ? position + dims[axis] : position, 0), dims[axis]);
    return partOf(dims, axis, at(starts[0]), at(ends[0]));
  }
  return undefined;
}

/** Undefined for what is no part: nothing, everything, or more than there is. */
function partOf(dims: readonly number[], axis: number, start: number, end: number): Part | undefined {
  const inside = start >= 0 && start < end && end <= dims[axis];
  return inside && end - start < dims[axis] ? { axis, start, end } : undefined;
}

const RESHAPES = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze']);
/** Operators that compute each element of their first input for itself; further inputs are single numbers. */
const UNARY = new Set(
  (
    'Identity Cast Neg Abs Exp Log Sqrt Reciprocal Erf Relu LeakyRelu Clip Sigmoid Tanh Gelu com.microsoft.Gelu ' +
    'HardSigmoid HardSwish Elu Selu Celu Softplus Softsign Sin Cos'
  ).split(' '),
);
const BROADCAST = new Set('Add Sub Mul Div Pow Sum Min Max Where'.split(' '));

/** What a node reads of its inputs to compute a part of its outputs; undefined where it takes more than that. */
function inputsRead(b: GraphBuilder, node: Node, part: Part): readonly Read[] | undefined {
  const name = operatorName(node);
  const { axis } = part;
  const rank = b.dims(node.outputs[0]).length;
  const dims = (index: number) => b.dims(node.inputs[index]);
  const first = (read: Read) => node.inputs.map((_, index) => (index === 0 ? read : 'all'));
  const onAxis = (to: number): Part => ({ ...part, axis: to });
  /** Of an operand that is repeated along the axes it has not. */
  const operand = (value: string): Read => {
    const own = b.dims(value);
    const to = axis - (rank - own.length);
    return to < 0 || own[to] === 1 ? 'all' : onAxis(to);
  };
  if (UNARY.has(name)) return first(part);
  if (BROADCAST.has(name)) return node.inputs.map(operand);
  if (RESHAPES.has(name)) {
    const from = reshapedPart(dims(0), b.dims(node.outputs[0]), part);
    return from === undefined ? undefined : first(from);
  }
  switch (name) {
    case 'MatMul': {
      const [left, right] = [dims(0).length, dims(1).length];
      if (left < 2 || right < 2 || axis === rank - 1) return undefined;
      if (axis === rank - 2) return [onAxis(left - 2), 'all'];
      return node.inputs.map(operand);
    }
    case 'Gemm':
      if (axis !== 0 || numberAttribute(node, 'transA', 0) !== 0) return undefined;
      return node.inputs.map((value, index) =>
        index === 0 ? part : index === 1 || value === '' ? 'all' : operand(value),
      );
    case 'LayerNormalization':
      return axis < frontAxis(numberAttribute(node, 'axis', -1), rank) && node.outputs.length === 1
        ? first(part)
        : undefined;
    case 'Softmax':
    case 'LogSoftmax':
      return axis === frontAxis(numberAttribute(node, 'axis', -1), rank) ? undefined : first(part);
    case 'Transpose':
      return first(onAxis((intsAttribute(node, 'perm') ?? range(rank).reverse())[axis]));
    case 'Split':
      return axis === frontAxis(numberAttribute(node, 'axis', 0), rank) ? undefined : first(part);
    case 'Concat':
      return axis === frontAxis(numberAttribute(node, 'axis', 0), rank)
        ? undefined
        : node.inputs.map(() => part);
    default:
      return undefined;
  }
}

/**
 * The part of a value of shape `from` that a Reshape to `to` makes a part of: the same elements in their order, which may
 * be positions of an axis that others are merged with, or parted from.
 */
function reshapedPart(from: readonly number[], to: readonly number[], part: Part): Part | undefined {
  const before = productOf(to.slice(0, part.axis));
  for (const [axis, size] of from.entries()) {
    if (size === 1 || productOf(from.slice(0, axis)) !== before) continue;
    const [start, end] = [part.start, part.end].map((position) => (position * size) / to[part.axis]);
    return Number.isInteger(start) && Number.isInteger(end) ? { axis, start, end } : undefined;
  }
  return undefined;
}
