import { neededValues, SHAPE_READERS } from '../gradients/activity.ts';
import { type Blocker, blockerOf } from '../gradients/blockers.ts';
import { GRADIENT_RULES } from '../gradients/rules.ts';
import { type Graph, operatorName } from '../graph.ts';
import { capturedValues } from '../readGraph.ts';
import { LOWERINGS } from './lower.ts';

/** Operators whose results no gradient is taken of: positions, comparisons, shapes, and constants of some shape. */
const NOT_DIFFERENTIATED = new Set(
  (
    'Shape Size ArgMax ArgMin Equal Greater GreaterOrEqual Less LessOrEqual And Or Not Xor IsInf IsNaN NonZero OneHot ' +
    'Range ConstantOfShape EyeLike CastLike BitShift BitwiseAnd BitwiseOr BitwiseNot BitwiseXor Mod Unique Hardmax Constant'
  ).split(' '),
);

const LOOPS = new Set(['Loop', 'Scan', 'SequenceMap']);

/**
 * The nodes between input and outputs that SeMap knows it cannot differentiate, found without asking a runtime (which
 * would not load a model with custom operators at all). A node that depends on the input's shape only does not count.
 */
export function unknownOperators(graph: Graph): Blocker[] {
  const needed = neededValues(graph, graph.outputs);
  const dependent = new Set(graph.inputs.map(({ name }) => name));
  const blockers: Blocker[] = [];
  for (const node of graph.nodes) {
    if (SHAPE_READERS.has(node.op) && node.domain === '') continue;
    const inputs = [...node.inputs, ...capturedValues(node)];
    // A loop over constants only may still be one without an end.
    const foreign = (node.domain !== '' && node.domain !== 'com.microsoft') || LOOPS.has(node.op);
    const onPath = inputs.some((input) => dependent.has(input));
    if (!onPath && !foreign) continue;
    if (onPath) for (const output of node.outputs) dependent.add(output);
    if (!node.outputs.some((output) => needed.has(output))) continue;
    const name = operatorName(node);
    // A branch on something of fixed shape is settled later.
    if (node.op === 'If' && !dependent.has(node.inputs[0])) continue;
    if (!(name in GRADIENT_RULES) && !(name in LOWERINGS) && !NOT_DIFFERENTIATED.has(name)) {
      blockers.push(blockerOf(node));
    }
  }
  return blockers;
}
