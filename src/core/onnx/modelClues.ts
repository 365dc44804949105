import { type KerasFamily, kerasFamily } from './kerasFamily.ts';
import type { GraphProto, ModelProto, NodeProto, TensorProto } from './protobuf/schema.ts';
import { numbersOf, tensorFromProto } from './tensor.ts';

/** What a model file lets slip about how its images are to be prepared and what its outputs mean. */
export interface ModelClues {
  /** The exporter: `pytorch`, `tf2onnx`, ... */
  readonly producer: string;
  /** Whether the graph scales its input itself, and from which range. */
  readonly scales: 'from 0 to 255' | 'from 0 to 1' | undefined;
  /** Operator names of that scaling. */
  readonly scaledBy: readonly string[];
  /** Key and value pairs of the file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The network of Keras applications that its layers are named after. */
  readonly keras?: KerasFamily | undefined;
}

/** Through these the picture passes unchanged. */
const CARRIERS = new Set(
  'Cast Transpose Identity Reshape Pad Resize QuantizeLinear DequantizeLinear'.split(' '),
);
const ARITHMETIC = new Set(['Sub', 'Add', 'Mul', 'Div', 'BatchNormalization']);
/** Inputs of such arithmetic beside the picture: those of a batch normalisation. */
const MOST_CONSTANTS = 4;
/** Constants with more elements than channels are no scaling. */
const MOST_CHANNELS = 4;

/** Reads the clues. Weights in other files are not needed. */
export function readClues(model: ModelProto): ModelClues {
  const graph = model.graph ?? {};
  const { scaledBy, largest, smallestFactor } = scalingOf(graph);
  const wide = largest > 2 || smallestFactor < 0.02;
  return {
    producer: model.producerName ?? '',
    scales: scaledBy.length === 0 ? undefined : wide ? 'from 0 to 255' : 'from 0 to 1',
    scaledBy,
    metadata: Object.fromEntries((model.metadataProps ?? []).map(({ key = '', value = '' }) => [key, value])),
    keras: kerasFamily(namesOf(graph)),
  };
}

function* namesOf(graph: GraphProto): Generator<string> {
  for (const { name, output } of graph.node ?? []) yield name || (output?.[0] ?? '');
}

/** The arithmetic with constants on the way from the input to the first real layer. */
function scalingOf(graph: GraphProto) {
  const weights = new Map((graph.initializer ?? []).map((tensor) => [tensor.name, tensor]));
  const nodes = graph.node ?? [];
  let value = (graph.input ?? []).find(({ name }) => !weights.has(name))?.name;
  const scaledBy: string[] = [];
  let largest = 0;
  let smallestFactor = 1;
  for (let step = 0; value !== undefined && step < 16; step++) {
    const users: NodeProto[] = nodes.filter(({ input }) => input?.includes(value!));
    if (users.length !== 1) break;
    const [node] = users;
    const op = node.opType ?? '';
    if (ARITHMETIC.has(op)) {
      const others = (node.input ?? []).filter((name) => name !== value);
      if (others.length > MOST_CONSTANTS) break;
      const constants = others.flatMap((name) => constantOf(graph, weights, name));
      if (constants.length === 0 || constants.length > MOST_CHANNELS * 4) break;
      scaledBy.push(op);
      const sizes = constants.map(Math.abs);
      if (op === 'Mul') smallestFactor = Math.min(smallestFactor, ...sizes);
      else largest = Math.max(largest, ...sizes);
    } else if (!CARRIERS.has(op)) break;
    value = node.output?.[0];
  }
  return { scaledBy, largest, smallestFactor };
}

/** The numbers of a small constant; none for a large one or what is no constant. */
function constantOf(
  graph: GraphProto,
  weights: ReadonlyMap<string | undefined, TensorProto>,
  name: string,
): readonly number[] {
  const weight =
    weights.get(name) ??
    graph.node
      ?.find((node) => node.opType === 'Constant' && node.output?.[0] === name)
      ?.attribute?.find((attribute) => attribute.name === 'value')?.t;
  if (!weight || weight.dataLocation === 1) return [];
  try {
    const tensor = tensorFromProto(weight);
    return tensor.bytes.length > 64 ? [] : [...numbersOf(tensor)];
  } catch {
    return [];
  }
}
