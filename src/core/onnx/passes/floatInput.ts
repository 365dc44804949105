import { SemapError } from '../../errors.ts';
import { phrase } from '../../text/text.ts';
import { codeOf, isFloat } from '../dataType.ts';
import { FreshNames, type Graph, makeNode } from '../graph.ts';
import { makeTensor } from '../tensor.ts';

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
    if (input.type === 'bool' || input.type === 'string') {
      throw new SemapError('unsupported-model', phrase('Input "{0}" has type {1}.', input.name, input.type));
    }
    const cast = makeNode('Cast', [input.name], [quantised], { to: codeOf(input.type) });
    return { ...graph, inputs: [{ ...input, type: 'float32' }], nodes: [cast, ...nodes] };
  }
  const [scale, zero] = [fresh('scale'), fresh('zero')];
  const constants = new Map(graph.constants);
  constants.set(scale, makeTensor('float32', [], [1]));
  constants.set(zero, makeTensor(input.type, [], [0]));
  const quantise = makeNode('QuantizeLinear', [input.name, scale, zero], [quantised]);
  return { ...graph, inputs: [{ ...input, type: 'float32' }], nodes: [quantise, ...nodes], constants };
}
