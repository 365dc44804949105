import { float16Bits } from '../../float16.ts';
import type { Graph } from '../graph.ts';
import { type DataType, makeTensor, type Tensor } from '../tensor.ts';

/** A value that a graph is given in every run beside the image. */
export interface ExtraInput {
  readonly name: string;
  /** ONNX element type: `float32`, `bool`, ... */
  readonly type: string;
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** The graph with inputs that are the same in every run as constants. */
export function constantInputs(graph: Graph, extras: readonly ExtraInput[] = []): Graph {
  if (extras.length === 0) return graph;
  const constants = new Map(graph.constants);
  for (const extra of extras) constants.set(extra.name, tensorOf(extra));
  return { ...graph, inputs: graph.inputs.filter(({ name }) => !constants.has(name)), constants };
}

function tensorOf({ type, dims, values }: ExtraInput): Tensor {
  if (type !== 'float16') return makeTensor(type as DataType, dims, values);
  return { ...makeTensor('uint16', dims, values.map(float16Bits)), type };
}
