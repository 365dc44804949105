import { invalidArgument, unsupportedModel } from '../../errors.ts';
import { listed, phrase } from '../../text/text.ts';
import { FreshNames, type Graph, makeNode } from '../graph.ts';
import { MAX_ELEMENTS, productOf } from '../shapes.ts';
import { codeOf, isFloat, makeTensor } from '../tensor.ts';

/**
 * Gives the graph's one input a fixed shape.
 * @param dims the whole shape; must agree with what the model fixes, except for the batch in front
 */
export function fixInput(graph: Graph, dims: readonly number[]): Graph {
  if (graph.inputs.length !== 1) {
    const names = listed(graph.inputs.map(({ name }) => `"${name}"`));
    throw unsupportedModel(
      graph.inputs.length === 0
        ? phrase('The model has no input.')
        : phrase('The model must have one input, but it has {0}.', names),
    );
  }
  const [input] = graph.inputs;
  const fits =
    input.dims.length === 0 ||
    (input.dims.length === dims.length &&
      input.dims.every((dim, axis) => axis === 0 || typeof dim === 'string' || dim === dims[axis]));
  if (!fits) {
    throw invalidArgument(
      phrase('The input must have shape [{0}] instead of [{1}].', input.dims.join(', '), dims.join(', ')),
    );
  }
  if (dims.some((dim) => !Number.isInteger(dim) || dim < 1) || productOf(dims) > MAX_ELEMENTS) {
    throw unsupportedModel(
      phrase('The input shape [{0}] is not supported: it is empty or too large.', dims.join(', ')),
    );
  }
  return { ...graph, inputs: [{ ...input, dims }] };
}

/**
 * An integer image input becomes a float one that the graph itself rounds and saturates (QuantizeLinear with scale 1),
 * so that a gradient with respect to the image before quantisation exists.
 */
export function floatInput(graph: Graph): Graph {
  const [input] = graph.inputs;
  if (isFloat(input.type)) return graph;
  const taken = new Set([
    input.name,
    ...graph.constants.keys(),
    ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const names = new FreshNames((name) => taken.has(name));
  const fresh = (hint: string) => names.make(`${input.name}/${hint}`);
  const quantised = fresh('quantised');
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === input.name ? quantised : name)),
  }));
  if (input.type !== 'uint8' && input.type !== 'int8') {
    if (input.type === 'bool' || input.type === 'string')
      throw unsupportedModel(phrase('Input "{0}" has the unsupported type {1}.', input.name, input.type));
    if (isOnlyMoved(graph)) return { ...graph, inputs: [{ ...input, type: 'float32' }] };
    // A cast leaves out what is behind the point, and Round has no gradient.
    const [half, shifted] = [fresh('half'), fresh('shifted')];
    const constants = new Map(graph.constants).set(half, makeTensor('float32', [], [0.5]));
    const add = makeNode('Add', [input.name, half], [shifted]);
    const cast = makeNode('Cast', [shifted], [quantised], { to: codeOf(input.type) });
    return { ...graph, inputs: [{ ...input, type: 'float32' }], nodes: [add, cast, ...nodes], constants };
  }
  const [scale, zero] = [fresh('scale'), fresh('zero')];
  const constants = new Map(graph.constants);
  constants.set(scale, makeTensor('float32', [], [1]));
  constants.set(zero, makeTensor(input.type, [], [0]));
  const quantise = makeNode('QuantizeLinear', [input.name, scale, zero], [quantised]);
  return { ...graph, inputs: [{ ...input, type: 'float32' }], nodes: [quantise, ...nodes], constants };
}

/** Operators that take any type and compute nothing. */
const MOVES = new Set('Transpose Reshape Squeeze Unsqueeze Flatten Identity Slice'.split(' '));

/** Whether the input is cast to floats before anything is computed of it: then it may be floats from the start. */
function isOnlyMoved({ nodes, inputs, outputs }: Graph): boolean {
  const moved = new Set([inputs[0].name]);
  for (const {
    op,
    domain,
    inputs: [first, ...rest],
    outputs: made,
    attributes,
  } of nodes) {
    if (rest.some((name) => moved.has(name))) return false;
    if (Object.values(attributes).some(({ kind }) => kind === 'graph')) return false;
    if (!moved.has(first)) continue;
    const to = attributes['to'];
    if (op === 'Cast' && to?.kind === 'int' && to.value === codeOf('float32')) continue;
    if (domain !== '' || !MOVES.has(op)) return false;
    moved.add(made[0]);
  }
  return !outputs.some((name) => moved.has(name));
}

/** The name a prepared graph's input has, whatever the model called it. */
export const INPUT_NAME = 'input';

/** Puts all values of a model under a prefix, so that what is composed with it (labels, loss, ...) has names of its own. */
export function renameValues(graph: Graph): Graph {
  const input = graph.inputs[0].name;
  const rename = (name: string) => (name === '' ? '' : name === input ? INPUT_NAME : `model/${name}`);
  const renameKeys = <T>(map: ReadonlyMap<string, T>) =>
    new Map([...map].map(([name, value]) => [rename(name), value]));
  return {
    ...graph,
    inputs: graph.inputs.map((given) => ({ ...given, name: rename(given.name) })),
    outputs: graph.outputs.map(rename),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    })),
    constants: renameKeys(graph.constants),
    types: renameKeys(graph.types),
  };
}
