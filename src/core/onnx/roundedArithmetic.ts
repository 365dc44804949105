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
export function isRounded({ inputs, nodes, constants }: Graph): boolean {
  return (
    inputs.some(({ type }) => HALF.has(type) || !isFloat(type)) ||
    nodes.some(({ op }) => QUANTISED.test(op)) ||
    [...constants].some(([name, { type }]) => HALF.has(type) && !isOnlyStored(name, nodes))
  );
}

/** Whether a constant of half precision saves space only: all that read it make float32 of it. */
function isOnlyStored(constant: string, nodes: readonly Node[]): boolean {
  // The body of a node may read anything.
  const hasBody = ({ attributes }: Node) => Object.values(attributes).some(({ kind }) => kind === 'graph');
  return nodes.every((node) => !hasBody(node) && (!node.inputs.includes(constant) || isToFloat32(node)));
}

function isToFloat32({ op, attributes }: Node): boolean {
  const { to } = attributes;
  return op === 'Cast' && to?.kind === 'int' && dataTypeOf(to.value) === 'float32';
}
