import { type Graph, operatorName } from '../../../../../src/core/onnx/graph.ts';
import { numbersOf } from '../../../../../src/core/onnx/tensor.ts';
import type { Values } from './array.ts';
import { COMBINING } from './combining.ts';
import { ELEMENTWISE, type Operator } from './elementwise.ts';
import { MOVING } from './moving.ts';
import { RESIZE } from './resize.ts';
import { WINDOWS } from './windows.ts';

const OPERATORS: Readonly<Record<string, Operator>> = {
  ...ELEMENTWISE,
  ...MOVING,
  ...WINDOWS,
  ...COMBINING,
  ...RESIZE,
  'com.microsoft.FusedMatMul': COMBINING['FusedMatMul'],
  'com.microsoft.Gelu': ELEMENTWISE['Gelu'],
};

/**
 * Evaluates a graph in double precision: slow, plain, and independent of the code it checks. It reads each operator from
 * the ONNX specification, so that finite differences have no rounding to drown in.
 */
export function interpret(graph: Graph, inputs: ReadonlyMap<string, Values>): Map<string, Values> {
  const values = new Map(inputs);
  for (const [name, tensor] of graph.constants) {
    const { type, dims } = tensor;
    values.set(name, { type, dims, data: Float64Array.from(numbersOf(tensor)) });
  }
  for (const node of graph.nodes) {
    const operator = OPERATORS[operatorName(node)];
    if (operator === undefined) throw new TypeError(`the interpreter does not know ${operatorName(node)}`);
    const given = node.inputs.map((name) => (name === '' ? undefined : values.get(name)));
    const results = operator(given as Values[], node);
    node.outputs.forEach((name, i) => {
      if (name !== '') values.set(name, results[i]);
    });
  }
  return values;
}
