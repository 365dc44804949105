import { notOnnx, type Problem, problemOf, SemapError } from '../errors.ts';
import { externalLocations } from '../onnx/externalData.ts';
import { MAX_MODEL_BYTES } from '../onnx/protobuf/decode.ts';
import type {
  GraphProto,
  ModelProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from '../onnx/protobuf/schema.ts';
import { dataTypeOf } from '../onnx/tensor.ts';
import { phrase, shorten } from '../text/text.ts';
import type { GraphFacts, GraphValue } from './backboneDescription.ts';

/** An operator, `domain.Op` outside of the ONNX standard, and how many nodes of the graph are one. */
export interface OperatorCount {
  readonly op: string;
  readonly count: number;
  /** It is a function of the model itself. */
  readonly own?: true | undefined;
}

/** What a model file says of itself before anything loads it. */
export interface ModelOutline extends GraphFacts {
  /** `pytorch 2.1.0`; empty where the file does not say. */
  readonly producer: string;
  /** Version of the file format. */
  readonly irVersion: number;
  /** The standard operator set, called `ai.onnx`, first. */
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly graphName: string;
  /** What its author wrote about it. */
  readonly doc: string;
  /** Numbers in its weights: scalars are scales and bounds, 64-bit integers shapes and indices. */
  readonly parameters: number;
  /** How its weights are stored: parameters by element type, the most first. */
  readonly weightTypes: readonly { readonly type: string; readonly parameters: number }[];
  /** Nodes, those of the bodies of If, Loop and Scan with them. */
  readonly nodes: number;
  /** The most frequent first. */
  readonly operators: readonly OperatorCount[];
  /** Files beside it that hold weights, as it names them. */
  readonly external: readonly string[];
  /** Key and value pairs. */
  readonly metadata: readonly { readonly key: string; readonly value: string }[];
}

/** The same as it is shown. */
export interface ShownOutline extends Omit<ModelOutline, 'external'> {
  /** Inputs and outputs in all, of which the first of each are there. */
  readonly values: number;
}

const STANDARD = 'ai.onnx';
const INT64 = 7;
/** What of texts of others is told. */
const LONGEST = 2000;
const MOST_PAIRS = 200;
const LONGEST_NAME = 200;
/** Of the element types of weights, which are numbers. */
const MOST_TYPES = 50;
const MOST_VALUES = 50;
/** Axes of an input or output: tensors have eight at most in practice. */
const MOST_AXES = 16;
/** Real graphs have some dozens. */
const MOST_OPERATORS = 1000;

/**
 * @param model without its weights, as `readSkeleton` gives it
 * @throws {SemapError} `not-onnx` where it has no graph, or names weights outside of its folder
 */
export function outlineOf(model: ModelProto): ModelOutline {
  const { graph } = model;
  if (!graph || ((graph.node ?? []).length === 0 && (graph.output ?? []).length === 0))
    throw notOnnx(phrase('This file contains no ONNX graph.'));
  const own = new Set((model.functions ?? []).map(({ name, domain }) => operator(name, domain)));
  const nodes = [...nodesOf(graph)];
  const tensors = [...(graph.initializer ?? []), ...constantsOf(nodes)];
  const weights = new Set(graph.initializer?.map(({ name }) => name));
  const byType = new Map<string, number>();
  for (const tensor of tensors) {
    const count = parametersOf(tensor);
    const type = typeName(tensor.dataType ?? 0);
    if (count > 0) byType.set(type, (byType.get(type) ?? 0) + count);
  }
  return {
    producer: `${model.producerName ?? ''} ${model.producerVersion ?? ''}`.trim().slice(0, LONGEST),
    irVersion: model.irVersion ?? 0,
    opsets: (model.opsetImport ?? [])
      .map(({ domain, version = 0 }) => ({ domain: shorten(domain || STANDARD, LONGEST_NAME), version }))
      .sort((a, b) => Number(b.domain === STANDARD) - Number(a.domain === STANDARD))
      .slice(0, MOST_PAIRS),
    graphName: (graph.name ?? '').slice(0, LONGEST),
    doc: (model.docString || graph.docString || '').slice(0, LONGEST),
    // Before version 4 of the format, weights are listed as inputs as well.
    inputs: (graph.input ?? []).filter(({ name }) => !weights.has(name)).map(graphValue),
    outputs: (graph.output ?? []).map(graphValue),
    parameters: [...byType.values()].reduce((sum, count) => sum + count, 0),
    weightTypes: [...byType]
      .map(([type, parameters]) => ({ type, parameters }))
      .sort((a, b) => b.parameters - a.parameters)
      .slice(0, MOST_TYPES),
    nodes: nodes.length,
    operators: counted(nodes, own),
    external: externalLocations(model),
    metadata: (model.metadataProps ?? [])
      .slice(0, MOST_PAIRS)
      .map(({ key = '', value = '' }) => ({ key: key.slice(0, LONGEST), value: value.slice(0, LONGEST) })),
  };
}

/** What a person is shown of it: of names and lists of any length so much as somebody reads. */
export function shownOutline(outline: ModelOutline): ShownOutline {
  const { external, inputs, outputs, ...rest } = outline;
  return {
    ...rest,
    inputs: inputs.slice(0, MOST_VALUES).map(shownValue),
    outputs: outputs.slice(0, MOST_VALUES).map(shownValue),
    values: inputs.length + outputs.length,
  };
}

function shownValue({ name, type, shape }: GraphValue): GraphValue {
  const axes = shape
    .slice(0, MOST_AXES)
    .map((dim) => (typeof dim === 'string' ? shorten(dim, LONGEST_NAME) : dim));
  return {
    name: shorten(name, LONGEST_NAME),
    type,
    shape: shape.length > MOST_AXES ? [...axes, '…'] : axes,
  };
}

/** Those of a graph and of the graphs in its nodes. */
function* nodesOf(graph: GraphProto): Generator<NodeProto> {
  for (const node of graph.node ?? []) {
    yield node;
    for (const { g, graphs = [] } of node.attribute ?? [])
      for (const inner of g ? [g, ...graphs] : graphs) yield* nodesOf(inner);
  }
}

function constantsOf(nodes: readonly NodeProto[]): readonly TensorProto[] {
  return nodes
    .filter(({ opType }) => opType === 'Constant')
    .flatMap(({ attribute = [] }) => attribute.flatMap(({ t }) => t ?? []));
}

function parametersOf({ dims, dataType }: TensorProto): number {
  if (!dims || dims.length === 0 || dataType === INT64) return 0;
  return Array.from(dims, Number).reduce((product, dim) => product * Math.max(0, dim), 1);
}

function counted(nodes: readonly NodeProto[], own: ReadonlySet<string>): readonly OperatorCount[] {
  const counts = new Map<string, number>();
  for (const { opType, domain } of nodes) {
    const op = operator(opType, domain);
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, many], [b, more]) => more - many || (a < b ? -1 : 1))
    .slice(0, MOST_OPERATORS)
    .map(([op, count]) => ({
      op: shorten(op, LONGEST_NAME),
      count,
      ...(own.has(op) && { own: true as const }),
    }));
}

function operator(name = '', domain = ''): string {
  return domain === '' || domain === STANDARD ? name : `${domain}.${name}`;
}

/** As onnxruntime says it: a dimension that may vary is a name, or empty. */
function graphValue({ name = '', type }: ValueInfoProto): GraphValue {
  const { elemType, shape } = type?.tensorType ?? {};
  return {
    name,
    type: type?.tensorType ? typeName(elemType ?? 0) : 'other',
    shape: (shape?.dim ?? []).map(({ dimValue, dimParam }) =>
      dimValue !== undefined && dimValue > 0n ? Number(dimValue) : (dimParam ?? ''),
    ),
  };
}

/** Those that no kernel of SeMap reads have no name there. */
const FURTHER: Readonly<Record<number, string>> = {
  14: 'complex64',
  15: 'complex128',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
};

function typeName(code: number): string {
  return dataTypeOf(code) ?? FURTHER[code] ?? `type ${code}`;
}

/**
 * What keeps a model from being loaded that its files show.
 * @param bytes of the model file
 * @param weightFiles those that it names; null for one that is not there
 */
export function fileProblems(
  bytes: number,
  weightFiles: readonly { readonly name: string; readonly bytes: number | null }[],
): readonly Problem[] {
  const missing = weightFiles
    .filter((one) => one.bytes === null)
    .map(({ name }) =>
      problemOf(
        new SemapError('not-found', phrase("The model's weights are in {0}, which is missing.", name), {
          hint: phrase('Copy that file into the same folder.'),
        }),
      ),
    );
  if (bytes <= MAX_MODEL_BYTES) return missing;
  const tooLarge = new SemapError('unsupported-model', phrase('This model is larger than 2 GiB.'), {
    hint: phrase('Choose a smaller backbone.'),
  });
  return [...missing, problemOf(tooLarge)];
}
