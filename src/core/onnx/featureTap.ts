import type { Graph } from './graph.ts';
import { findPenultimate, type Penultimate } from './penultimate.ts';
import { decodeModel } from './protobuf/decode.ts';
import { encodeModel } from './protobuf/encode.ts';
import type { GraphProto, ModelProto, TensorProto } from './protobuf/schema.ts';
import { readGraph } from './readGraph.ts';
import { computesInHalf } from './roundedArithmetic.ts';

/** How penultimate features are had from a model. */
export interface FeatureTap {
  /** The graph output that holds them. */
  readonly output: string;
  readonly axis: Penultimate['axis'];
  /**
   * Appended to the bytes of the model, makes them an output. Protobuf merges a message that is given twice, and lists
   * grow: the model itself is neither decoded nor copied for it.
   */
  readonly append: Uint8Array;
}

/** What a graph tells beyond inputs and outputs. */
export interface GraphReading {
  /** Numbers in its weights. */
  readonly parameters: number;
  /** Undefined where no penultimate features were found. */
  readonly tap?: FeatureTap | undefined;
}

const TAPPED = 'semap_features';
/** Begins the name of a value's mean over all positions. */
const MEAN = 'semap_mean_';

/**
 * Reads a model for its number of parameters and its penultimate features.
 * @param bytes the ONNX file; weights in other files are not needed
 * @throws {SemapError} `not-onnx`, `unsupported-model`
 */
export function readFeatureTap(bytes: Uint8Array, output: string, sourceCount: number): GraphReading {
  const model = decodeModel(bytes);
  const { graph, weights, parameters } = withoutWeightFiles(model);
  const found = findPenultimate(graph, output, weights, sourceCount);
  return { parameters, tap: found && tapOf(graph, found, computesInHalf(graph)) };
}

/** Appended to the bytes of a model, makes a value inside it an output. */
export function outputOf(value: string): Uint8Array {
  return encodeModel({ graph: { output: [{ name: value }] } });
}

/** @param isHalf whether the graph computes in half precision, in which a mean would be rounded */
function tapOf(graph: Graph, { value, axis, quantised }: Penultimate, isHalf: boolean): FeatureTap {
  // What a convolution takes has positions. Their mean inside the graph spares a copy of all of them.
  if (!quantised && axis === 'second' && !isHalf) {
    const output = `${MEAN}${value}`;
    const node = { opType: 'GlobalAveragePool', name: output, input: [value], output: [output] };
    return { output, axis, append: encodeModel({ graph: { node: [node], output: [{ name: output }] } }) };
  }
  if (!quantised) {
    const known = graph.outputs.includes(value);
    const append = known ? new Uint8Array(0) : outputOf(value);
    return { output: value, axis, append };
  }
  const { scale, zeroPoint } = quantised;
  const node = {
    opType: 'DequantizeLinear',
    name: TAPPED,
    input: zeroPoint === '' ? [value, scale] : [value, scale, zeroPoint],
    output: [TAPPED],
  };
  return {
    output: TAPPED,
    axis,
    append: encodeModel({ graph: { node: [node], output: [{ name: TAPPED }] } }),
  };
}

/** The graph with weights that lie in other files as inputs, the shapes of all weights, and how many numbers they hold. */
export function withoutWeightFiles(model: ModelProto) {
  const proto = model.graph ?? {};
  const external = (proto.initializer ?? []).filter(({ dataLocation }) => dataLocation === 1);
  const graph = readGraph(external.length === 0 ? model : { ...model, graph: asInputs(proto, external) });
  const weights = new Map<string, readonly number[]>();
  let parameters = 0;
  const count = (dims: readonly number[], isShape: boolean) => {
    // Scalars are scales and bounds, 64-bit integers are shapes and indices.
    if (dims.length > 0 && !isShape) parameters += dims.reduce((product, dim) => product * dim, 1);
  };
  for (const [name, { dims, type }] of graph.constants) {
    weights.set(name, dims);
    count(dims, type === 'int64');
  }
  for (const tensor of external) {
    const dims = Array.from(tensor.dims ?? [], Number);
    weights.set(tensor.name ?? '', dims);
    count(dims, false);
  }
  return { graph, weights, parameters };
}

const FLOAT = 1;

function asInputs(graph: GraphProto, external: readonly TensorProto[]): GraphProto {
  const names = new Set(external.map(({ name }) => name));
  return {
    ...graph,
    initializer: (graph.initializer ?? []).filter(({ name }) => !names.has(name)),
    input: [
      ...(graph.input ?? []).filter(({ name }) => !names.has(name)),
      ...external.map(({ name, dataType = FLOAT }) => ({
        name,
        type: { tensorType: { elemType: dataType, shape: { dim: [] } } },
      })),
    ],
  };
}

/**
 * Features [n, D] of what a layer takes: the mean over all positions.
 * @param values row-major [batch, D], [batch, D, ...] (axis `second`) or [batch, ..., D] (axis `last`)
 * @param dims of `values`; the first is the batch, or a multiple of it where positions were put in rows
 * @param count n, at most `batch`; the rest was filled up
 */
export function poolFeatures(
  values: Float32Array,
  dims: readonly number[],
  axis: Penultimate['axis'],
  batch: number,
  count: number,
): Float32Array {
  const D = axis === 'second' ? dims[1] : dims[dims.length - 1];
  const perImage = values.length / batch;
  const positions = perImage / D;
  const [alongD, alongPositions] = axis === 'second' ? [positions, 1] : [1, D];
  const features = new Float32Array(count * D);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < D; k++) {
      let sum = 0;
      for (let p = 0; p < positions; p++) sum += values[i * perImage + k * alongD + p * alongPositions];
      features[i * D + k] = sum / positions;
    }
  }
  return features;
}
