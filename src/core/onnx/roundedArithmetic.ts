import type { Graph } from './graph.ts';
import { type DataType, isFloat } from './tensor.ts';

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
    [...constants.values()].some(({ type }) => HALF.has(type))
  );
}
