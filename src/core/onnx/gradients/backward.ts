import { phrase } from '../../text/text.ts';
import { GraphBuilder } from '../builder.ts';
import {
  consumersOf,
  type Graph,
  type Node,
  neededValues,
  operatorName,
  producersOf,
  SHAPE_READERS,
} from '../graph.ts';
import { type DataType, isFloat } from '../tensor.ts';
import {
  type Blocker,
  blockerOf,
  type Formulation,
  GradientBlockedError,
  type RuleContext,
  type RuleTable,
  UncoveredError,
} from './rule.ts';
import { ACTIVATION_RULES } from './rules/activation.ts';
import { ARITHMETIC_RULES } from './rules/arithmetic.ts';
import { CONVOLUTION_RULES } from './rules/convolution.ts';
import { INDEXING_RULES } from './rules/indexing.ts';
import { MATRIX_RULES } from './rules/matrix.ts';
import { NORMALISATION_RULES } from './rules/normalisation.ts';
import { POOLING_RULES } from './rules/pooling.ts';
import { QUANTISATION_RULES } from './rules/quantisation.ts';
import { REDUCTION_RULES } from './rules/reduction.ts';
import { RESIZE_RULES } from './rules/resize.ts';
import { SHAPE_RULES } from './rules/shape.ts';
import { SOFTMAX_RULES } from './rules/softmax.ts';
import { TRIGONOMETRY_RULES } from './rules/trigonometry.ts';

/** A graph with gradients: `gradients` names the value that holds dL/dv for each v asked for. */
export interface DifferentiatedGraph {
  readonly graph: Graph;
  readonly gradients: ReadonlyMap<string, string>;
}

/**
 * Appends the backward pass of a scalar to a graph: reverse-mode differentiation, one rule per node, from `loss` to each
 * of `sources`, only along the paths between them.
 * @param graph every value typed, loss of one element
 * @throws GradientBlockedError naming all nodes without a gradient on those paths
 */
export function differentiate(
  graph: Graph,
  loss: string,
  sources: readonly string[],
  formulation: Formulation,
): DifferentiatedGraph {
  const active = activeValues(graph, sources);
  const missing = missingRules(graph, active, loss);
  if (missing.length > 0) throw new GradientBlockedError(missing);

  const b = new GraphBuilder(graph);
  const nodes = [...graph.nodes];
  const about = { makers: producersOf(graph), readers: consumersOf(graph), masked: new Set<string>() };
  const pending = new Map<string, string[]>([[loss, [b.full(b.scalarOf(1), b.dims(loss))]]]);
  /** The sum of the gradients that a value's readers sent back. */
  const gradientOf = (value: string): string | undefined => {
    const parts = pending.get(value);
    if (parts === undefined) return undefined;
    const sum = parts.reduce((total, part) => b.add(total, part));
    pending.set(value, [sum]);
    return sum;
  };
  const blockers: Blocker[] = [];
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    if (!node.outputs.some((output) => active.has(output) && pending.has(output))) continue;
    const asked = new Set([0]);
    const context = contextOf(b, node, formulation, active, about, gradientOf, asked, (changed) => {
      nodes[index] = changed;
    });
    try {
      const gradients = GRADIENT_RULES[operatorName(node)](context);
      const missed = node.outputs.findIndex((output, i) => !asked.has(i) && pending.has(output));
      if (missed >= 0) throw new UncoveredError(phrase('gradient of output {0}', missed));
      gradients.forEach((gradient, i) => {
        const input = node.inputs[i];
        if (gradient === undefined || !active.has(input)) return;
        const parts = pending.get(input);
        if (parts === undefined) pending.set(input, [gradient]);
        else parts.push(gradient);
      });
    } catch (error) {
      if (!(error instanceof UncoveredError)) throw error;
      blockers.push(blockerOf(node, error.why));
    }
  }
  if (blockers.length > 0) throw new GradientBlockedError(blockers);

  const gradients = new Map<string, string>();
  for (const source of sources) {
    const gradient = gradientOf(source);
    if (gradient === undefined) throw new GradientBlockedError([]);
    gradients.set(source, b.full(gradient, b.dims(source)));
  }
  return { graph: b.finish(graph.outputs, nodes), gradients };
}

/** Operators whose integer result stands for a real number that a gradient can be taken of. */
const QUANTISERS = new Set(['QuantizeLinear', 'DynamicQuantizeLinear']);

/**
 * Values that depend differentiably on `sources`: floats, and integers that are quantised floats. Other integers
 * (positions of maxima, comparisons) end the dependence.
 */
function activeValues(graph: Graph, sources: Iterable<string>): Set<string> {
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

/** Nodes on a path from the sources to the loss whose operator has no gradient rule. */
function missingRules(graph: Graph, active: ReadonlySet<string>, loss: string): Blocker[] {
  const needed = neededValues(graph, [loss]);
  return graph.nodes
    .filter(
      (node) =>
        GRADIENT_RULES[operatorName(node)] === undefined &&
        node.outputs.some((output) => active.has(output) && needed.has(output)),
    )
    .map((node) => blockerOf(node));
}

interface Surroundings {
  readonly makers: ReadonlyMap<string, Node>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  readonly masked: Set<string>;
}

function contextOf(
  b: GraphBuilder,
  node: Node,
  formulation: Formulation,
  active: ReadonlySet<string>,
  { makers, readers, masked }: Surroundings,
  gradientOf: (value: string) => string | undefined,
  asked: Set<number>,
  change: (node: Node) => void,
): RuleContext {
  let current = node;
  const first = gradientOf(node.outputs[0]) ?? b.zeros(b.dims(node.outputs[0]));
  return {
    b,
    node,
    formulation,
    x: node.inputs,
    y: node.outputs,
    g: first,
    gradient: (index) => {
      asked.add(index);
      return gradientOf(node.outputs[index]);
    },
    full: () => b.full(first, b.dims(node.outputs[0])),
    wants: (index) => active.has(node.inputs[index]),
    maker: (value) => makers.get(value),
    readers: (value) => readers.get(value) ?? [],
    gradientOf,
    masked,
    save: (index: number, type: DataType, dims: readonly number[]) => {
      if (current.outputs[index]) return current.outputs[index];
      const outputs = [...current.outputs];
      while (outputs.length <= index) outputs.push('');
      outputs[index] = b.declare(`${node.outputs[0]}/saved${index}`, { type, dims });
      current = { ...current, outputs };
      change(current);
      return outputs[index];
    },
  };
}

/** Every operator that has a gradient. What is lowered to these first stands in passes/lowering. */
export const GRADIENT_RULES: RuleTable = {
  ...ACTIVATION_RULES,
  ...ARITHMETIC_RULES,
  ...CONVOLUTION_RULES,
  ...INDEXING_RULES,
  ...MATRIX_RULES,
  ...NORMALISATION_RULES,
  ...POOLING_RULES,
  ...QUANTISATION_RULES,
  ...REDUCTION_RULES,
  ...RESIZE_RULES,
  ...SHAPE_RULES,
  ...SOFTMAX_RULES,
  ...TRIGONOMETRY_RULES,
  // The fusion pass writes Gelu under this name: it is in every onnxruntime, the standard one only from opset 20.
  'com.microsoft.Gelu': ACTIVATION_RULES['Gelu'],
};
