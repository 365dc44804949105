import { SemapError } from '../../errors.ts';
import { SHAPE_READERS } from '../gradients/activity.ts';
import { type Graph, type Node, numberAttribute } from '../graph.ts';
import { capturedValues } from '../readGraph.ts';
import type { GraphRunner } from '../runner.ts';
import { productOf } from '../shapes.ts';
import { makeTensor, type Tensor } from '../tensor.ts';
import { writeGraph } from '../writeGraph.ts';

/** Never folded: what is not the same twice, and what may run for ever. */
const NOT_FOLDED = new Set([
  ...['RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Bernoulli'],
  ...['Loop', 'Scan', 'SequenceMap'],
]);
/** Operators that make much out of little: asked how much before they run. */
const EXPANDING = new Set([
  'ConstantOfShape',
  'Expand',
  'Tile',
  'Range',
  'Resize',
  'Upsample',
  'Pad',
  'OneHot',
  'EyeLike',
]);
const MAX_ELEMENTS = 2 ** 28;

/**
 * Computes everything that depends on constants only (position tables, shape arithmetic, dequantised weights) and keeps
 * the results as constants. Shapes of values whose type is known count as constants.
 */
export async function foldConstants(graph: Graph, runner: GraphRunner): Promise<Graph> {
  const constants = new Map(graph.constants);
  const known = new Set(constants.keys());
  const folded: Node[] = [];
  const rest: Node[] = [];
  for (const node of graph.nodes) {
    const shape = knownShape(node, graph);
    if (shape !== undefined) {
      constants.set(node.outputs[0], shape);
      known.add(node.outputs[0]);
    } else if (isFoldable(node, known)) {
      folded.push(node);
      for (const output of node.outputs) known.add(output);
    } else rest.push(node);
  }
  if (folded.length === 0) return { ...graph, nodes: rest, constants };
  const read = new Set([
    ...rest.flatMap((node) => [...node.inputs, ...capturedValues(node)]),
    ...graph.outputs,
  ]);
  const outputs = folded.flatMap(({ outputs }) => outputs).filter((output) => output && read.has(output));
  if (outputs.length > 0) {
    const used = new Set(folded.flatMap((node) => [...node.inputs, ...capturedValues(node)]));
    const part: Graph = {
      ...graph,
      inputs: [],
      outputs,
      nodes: folded,
      constants: new Map([...constants].filter(([name]) => used.has(name))),
      types: new Map(),
    };
    if (folded.some(({ op }) => EXPANDING.has(op))) await refuseHuge(part, runner);
    const program = writeGraph(part);
    for (const [name, tensor] of await runner.run(program, new Map())) constants.set(name, tensor);
  }
  return { ...graph, nodes: rest, constants };
}

/** @throws SemapError `unsupported-model` when a value would take more than a gigabyte */
async function refuseHuge(part: Graph, runner: GraphRunner): Promise<void> {
  const outputs = part.nodes.flatMap((node) => node.outputs.filter((output) => output !== ''));
  for (const [name, { dims }] of await runner.infer(writeGraph({ ...part, outputs }))) {
    const elements = productOf(dims.filter((dim) => typeof dim === 'number'));
    if (elements > MAX_ELEMENTS) {
      throw new SemapError('unsupported-model', `Constant "${name}" would have ${elements} elements.`);
    }
  }
}

function isFoldable(node: Node, known: ReadonlySet<string>): boolean {
  if (NOT_FOLDED.has(node.op)) return false;
  return [...node.inputs, ...capturedValues(node)].every((input) => input === '' || known.has(input));
}

/** The result of Shape or Size of a value whose type is known. */
function knownShape(node: Node, graph: Graph): Tensor | undefined {
  if (node.domain !== '' || !SHAPE_READERS.has(node.op)) return undefined;
  const dims = graph.types.get(node.inputs[0])?.dims ?? graph.constants.get(node.inputs[0])?.dims;
  if (dims === undefined) return undefined;
  if (node.op === 'Size') return makeTensor('int64', [], [dims.reduce((product, dim) => product * dim, 1)]);
  const part = dims.slice(numberAttribute(node, 'start', 0), numberAttribute(node, 'end', dims.length));
  return makeTensor('int64', [part.length], part);
}

/** Whether a constant is an index list or the like: small, and worth keeping with its values when shapes are inferred. */
export function isSmall(tensor: Tensor): boolean {
  return tensor.bytes.length <= 4096;
}
