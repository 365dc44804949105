import { isFloat } from '../dataType.ts';
import type { Graph } from '../graph.ts';

/** Operators whose integer result stands for a real number that a gradient can be taken of. */
const QUANTISERS = new Set(['QuantizeLinear', 'DynamicQuantizeLinear']);

/** Operators that read a value's shape and not its elements. */
export const SHAPE_READERS = new Set(['Shape', 'Size']);

/**
 * Values that depend differentiably on `sources`: floats, and integers that are quantised floats. Other integers
 * (positions of maxima, comparisons) end the dependence.
 */
export function activeValues(graph: Graph, sources: Iterable<string>): Set<string> {
  const active = new Set(sources);
  for (const node of graph.nodes) {
    if (SHAPE_READERS.has(node.op)) continue;
    const activeInputs = node.inputs.filter((input) => active.has(input));
    if (activeInputs.length === 0) continue;
    const quantised =
      QUANTISERS.has(node.op) ||
      activeInputs.some((input) => !isFloat(graph.types.get(input)?.type ?? 'float32'));
    for (const output of node.outputs) {
      const type = graph.types.get(output)?.type;
      if (!output) continue;
      // Of unknown type (control flow): better named as a blocker than overlooked.
      if (type === undefined || isFloat(type) || (quantised && type !== 'bool' && type !== 'int64'))
        active.add(output);
    }
  }
  return active;
}

/** Values that `outputs` are computed from. */
export function neededValues(graph: Graph, outputs: Iterable<string>): Set<string> {
  const needed = new Set(outputs);
  for (const node of [...graph.nodes].reverse()) {
    if (node.outputs.some((output) => needed.has(output))) for (const input of node.inputs) needed.add(input);
  }
  return needed;
}
