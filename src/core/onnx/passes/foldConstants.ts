import { type SemapError, unsupportedModel } from '../../errors.ts';
import { phrase } from '../../text/text.ts';
import type { Graph, GraphRunner, Node, ValueType } from '../graph.ts';
import type { GraphProto } from '../protobuf/schema.ts';
import { capturedValues } from '../readGraph.ts';
import { MAX_ELEMENTS, productOf } from '../shapes.ts';
import type { Tensor } from '../tensor.ts';
import { writeGraph } from '../writeGraph.ts';

/** Never folded: what is not the same twice, and what may run for ever. */
const NOT_FOLDED = new Set([
  ...['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Bernoulli'],
  ...['Loop', 'Scan', 'SequenceMap'],
]);
/** Operators that make as much out of little as their inputs say. */
const EXPANDING = new Set('ConstantOfShape Expand Tile Range Resize Upsample Pad OneHot EyeLike'.split(' '));
/** Of all that is folded at once: what a model of two gigabytes can hold. */
const MAX_TOTAL = 2 ** 29;

/**
 * Computes everything that depends on constants only (position tables, shape arithmetic, dequantised weights) and keeps
 * the results as constants.
 * @throws SemapError `unsupported-model` when the results would take gigabytes
 */
export async function foldConstants(graph: Graph, runner: GraphRunner): Promise<Graph> {
  const constants = new Map(graph.constants);
  const known = new Set(constants.keys());
  const foldable: Node[] = [];
  const other: Node[] = [];
  for (const node of graph.nodes) {
    if (isFoldable(node, known)) {
      foldable.push(node);
      for (const output of node.outputs) known.add(output);
    } else other.push(node);
  }
  if (foldable.length === 0) return { ...graph, nodes: other, constants };
  const whole = partOf(graph, foldable, constants);
  const { folded, postponed } = withinMeasure(foldable, await sizesOf(whole, graph.types, runner));
  // What is not computed now may have a known size in the next round.
  const left = new Set([...other, ...postponed]);
  const rest = graph.nodes.filter((node) => left.has(node));
  const read = new Set([
    ...rest.flatMap((node) => [...node.inputs, ...capturedValues(node)]),
    ...graph.outputs,
  ]);
  const outputs = folded.flatMap(({ outputs }) => outputs).filter((output) => output && read.has(output));
  if (outputs.length > 0) {
    const program = writeGraph({ ...partOf(graph, folded, constants), outputs });
    for (const [name, tensor] of await runner.run(program, new Map())) constants.set(name, tensor);
  }
  return { ...graph, nodes: rest, constants };
}

/** Nodes that need nothing but constants, as a graph of their own that gives every value. */
function partOf(graph: Graph, nodes: readonly Node[], constants: ReadonlyMap<string, Tensor>): Graph {
  const used = new Set(nodes.flatMap((node) => [...node.inputs, ...capturedValues(node)]));
  return {
    ...graph,
    inputs: [],
    outputs: nodes.flatMap((node) => node.outputs.filter((output) => output !== '')),
    nodes,
    constants: new Map([...constants].filter(([name]) => used.has(name))),
    types: new Map(),
  };
}

/** Elements of the values that constants make, by name, as far as they are known before anything runs. */
async function sizesOf(
  part: Graph,
  types: ReadonlyMap<string, ValueType>,
  runner: GraphRunner,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const output of part.outputs) {
    const type = types.get(output);
    if (type !== undefined) sizes.set(output, productOf(type.dims));
  }
  if (part.outputs.every((output) => sizes.has(output))) return sizes;
  for (const [name, { dims }] of await runner.infer(writeGraph(part))) {
    // No dimensions is what onnxruntime says of a number, and also of a value of which it knows nothing.
    if (sizes.has(name) || dims.length === 0) continue;
    const numbers = dims.filter((dim) => typeof dim === 'number');
    if (numbers.length === dims.length) sizes.set(name, productOf(numbers));
  }
  return sizes;
}

/**
 * The nodes that may be computed, and those whose results may be of any size, with all that depends on them.
 * @throws SemapError `unsupported-model` when a value, or all together, would take more than they may
 */
function withinMeasure(
  nodes: readonly Node[],
  sizes: ReadonlyMap<string, number>,
): { folded: Node[]; postponed: ReadonlySet<Node> } {
  const folded: Node[] = [];
  const postponed = new Set<Node>();
  const open = new Set<string>();
  let total = 0;
  for (const node of nodes) {
    const inputs = [...node.inputs, ...capturedValues(node)];
    const unknown = EXPANDING.has(node.op) && node.outputs.some((output) => output && !sizes.has(output));
    if (unknown || inputs.some((input) => open.has(input))) {
      postponed.add(node);
      for (const output of node.outputs) if (output) open.add(output);
      continue;
    }
    for (const output of node.outputs) {
      const size = sizes.get(output) ?? 0;
      total += size;
      if (size > MAX_ELEMENTS || total > MAX_TOTAL) throw tooLarge(output, size);
    }
    folded.push(node);
  }
  return { folded, postponed };
}

function tooLarge(name: string, size: number): SemapError {
  return unsupportedModel(
    size > MAX_ELEMENTS
      ? phrase('Constant "{0}" has {1} elements; the limit is {2}.', name, size, MAX_ELEMENTS)
      : phrase('The constants of this model have more than {0} elements.', MAX_TOTAL),
  );
}

function isFoldable(node: Node, known: ReadonlySet<string>): boolean {
  if (NOT_FOLDED.has(node.op) || bodiesOf(node).some(mayNotEnd)) return false;
  return [...node.inputs, ...capturedValues(node)].every((input) => input === '' || known.has(input));
}

function bodiesOf({ attributes }: Node): GraphProto[] {
  return Object.values(attributes).flatMap((attribute) =>
    attribute.kind === 'graph' ? [attribute.value] : [],
  );
}

/** Whether a branch of an If holds what is never folded, however far inside. */
function mayNotEnd({ node: nodes = [] }: GraphProto): boolean {
  return nodes.some(
    ({ opType = '', attribute = [] }) =>
      NOT_FOLDED.has(opType) || attribute.some(({ g }) => g !== undefined && mayNotEnd(g)),
  );
}

/** Whether a constant is an index list or the like: small, and worth keeping with its values when shapes are inferred. */
export function isSmall(tensor: Tensor): boolean {
  return tensor.bytes.length <= 4096;
}
