import {
  consumersOf,
  type Graph,
  makeNode,
  type Node,
  onlyReader,
  otherInput,
  producersOf,
} from '../../graph.ts';
import { scalarOf } from '../../tensor.ts';

/**
 * x (1 + erf(x / sqrt 2)) / 2, as exporters spell Gelu before operator set 20, becomes one node of com.microsoft's
 * (multiplied in either order, the half first or last).
 */
export function fuseGelu(graph: Graph): Graph {
  const consumers = consumersOf(graph);
  const producers = producersOf(graph);
  const only = (value: string, op: string) => onlyReader(graph, consumers, value, op);
  const constant = (name: string) => scalarOf(graph.constants.get(name));
  const dead = new Set<Node>();
  const fused = new Map<Node, Node>();
  for (const erf of graph.nodes) {
    if (erf.op !== 'Erf') continue;
    const scaled = producers.get(erf.inputs[0]);
    if (scaled === undefined) continue;
    const divisor = constant(scaled.inputs[1]);
    const x = scaled.inputs[0];
    const factor = scaled.op === 'Div' ? 1 / (divisor ?? 0) : scaled.op === 'Mul' ? divisor : undefined;
    if (factor === undefined || Math.abs(factor - Math.SQRT1_2) > 1e-4) continue;
    const plusOne = only(erf.outputs[0], 'Add');
    if (plusOne === undefined || constant(otherInput(plusOne, erf.outputs[0])) !== 1) continue;
    const first = only(plusOne.outputs[0], 'Mul');
    if (first === undefined) continue;
    const factorOfFirst = otherInput(first, plusOne.outputs[0]);
    const halved = producers.get(factorOfFirst);
    if (halved?.op === 'Mul' && halved.inputs.includes(x) && constant(otherInput(halved, x)) === 0.5) {
      // (x / 2) (1 + erf)
      for (const node of [erf, plusOne]) dead.add(node);
      fused.set(first, geluNode(x, first.outputs[0]));
      continue;
    }
    const second = only(first.outputs[0], 'Mul');
    if (second === undefined) continue;
    const factors = [factorOfFirst, otherInput(second, first.outputs[0])];
    if (!factors.includes(x) || !factors.some((name) => constant(name) === 0.5)) continue;
    for (const node of [erf, plusOne, first]) dead.add(node);
    fused.set(second, geluNode(x, second.outputs[0]));
  }
  if (fused.size === 0) return graph;
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => !dead.has(node)).map((node) => fused.get(node) ?? node),
    opsets: new Map(graph.opsets).set('com.microsoft', 1),
  };
}

function geluNode(x: string, y: string): Node {
  return makeNode('Gelu', [x], [y], {}, 'com.microsoft');
}
