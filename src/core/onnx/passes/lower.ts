import { GraphBuilder } from '../builder.ts';
import { type Graph, makeNode, type Node, operatorName } from '../graph.ts';
import { ACTIVATION_LOWERINGS } from './lowering/activations.ts';
import { ARITHMETIC_LOWERINGS } from './lowering/arithmetic.ts';
import { ATTENTION_LOWERINGS } from './lowering/attention.ts';
import type { LoweringTable } from './lowering/lowering.ts';
import { NORMALISATION_LOWERINGS } from './lowering/normalisations.ts';
import { QUANTISED_LOWERINGS } from './lowering/quantised.ts';

export const LOWERINGS: LoweringTable = {
  ...ACTIVATION_LOWERINGS,
  ...ARITHMETIC_LOWERINGS,
  ...ATTENTION_LOWERINGS,
  ...NORMALISATION_LOWERINGS,
  ...QUANTISED_LOWERINGS,
};

/** Replaces operators that have no gradient rule of their own by ones that have. Needs types. */
export function lower(graph: Graph): Graph {
  const b = new GraphBuilder(graph);
  const opset = graph.opsets.get('') ?? 0;
  const nodes: Node[] = [];
  const renamed = new Map<string, string>();
  const outputs = new Set(graph.outputs);
  for (const original of graph.nodes) {
    const inputs = original.inputs.map((input) => renamed.get(input) ?? input);
    const node = { ...original, inputs };
    const lowering = LOWERINGS[operatorName(node)];
    const typed = node.inputs.every((input) => input === '' || b.knows(input));
    const results =
      lowering === undefined || !typed
        ? undefined
        : lowering({ b, node, x: inputs, output: (i) => b.typeOf(node.outputs[i]), opset });
    for (const made of b.takeNodes()) nodes.push(made);
    if (results === undefined) nodes.push(node);
    else {
      results.forEach((result, i) => {
        const output = node.outputs[i];
        if (!output) return;
        if (outputs.has(output)) nodes.push(makeNode('Identity', [result], [output]));
        else renamed.set(output, result);
      });
    }
  }
  return b.finish(graph.outputs, nodes);
}
