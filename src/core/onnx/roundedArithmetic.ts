import type { Graph, Node } from './graph.ts';
import { type DataType, dataTypeOf, isFloat } from './tensor.ts';

/** Less than float32 tells apart. */
const HALF: ReadonlySet<DataType> = new Set<DataType>(['float16', 'bfloat16']);
/** QuantizeLinear, QLinearConv, ConvInteger, MatMulInteger, DynamicQuantizeMatMul, ... */
const QUANTISED = /Quantize|QLinear|QAttention|QGemm|Integer/;

/**
 * Whether a model computes in steps: with integers, or with half precision. What its kernels give is not what the same
 * operators give in float32, in which gradient graphs compute.
 */
export function isRounded(graph: Graph): boolean {
  return (
    graph.inputs.some(({ type }) => HALF.has(type) || !isFloat(type)) ||
    graph.nodes.some(({ op }) => QUANTISED.test(op)) ||
    computesInHalf(graph)
  );
}

/**
 * Whether a model computes in half precision. One that only keeps numbers so, to save space, does not: all that reads them
 * makes float32 of them.
 */
export function computesInHalf({ inputs, nodes, constants }: Graph): boolean {
  const half = new Set<string>();
  for (const { name, type } of inputs) if (HALF.has(type)) half.add(name);
  for (const [name, { type }] of constants) if (HALF.has(type)) half.add(name);
  return nodes.some((node) => {
    const to = castTo(node);
    if (to !== undefined && HALF.has(to)) return true;
    // The body of a node may read anything.
    if (half.size > 0 && hasBody(node)) return true;
    return to !== 'float32' && node.inputs.some((input) => half.has(input));
  });
}

function hasBody({ attributes }: Node): boolean {
  return Object.values(attributes).some(({ kind }) => kind === 'graph');
}

/** What a Cast makes of its input. */
function castTo({ op, attributes: { to } }: Node): DataType | undefined {
  return op === 'Cast' && to?.kind === 'int' ? dataTypeOf(to.value) : undefined;
}
