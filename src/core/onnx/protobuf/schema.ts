/** Wire types of the protobuf encoding (groups, 3 and 4, are long dead and refused). */
export const Wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/**
 * The part of onnx.proto that SeMap reads, as name: [field number, kind]; `[]` repeats. A field that is not listed is
 * carried along as it came. Numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
const SCHEMA = {
  Model: {
    irVersion: [1, 'int'],
    producerName: [2, 'string'],
    producerVersion: [3, 'string'],
    domain: [4, 'string'],
    modelVersion: [5, 'int64'],
    docString: [6, 'string'],
    graph: [7, 'Graph'],
    opsetImport: [8, 'Opset[]'],
    metadataProps: [14, 'StringEntry[]'],
    functions: [25, 'Function[]'],
  },
  Opset: { domain: [1, 'string'], version: [2, 'int'] },
  StringEntry: { key: [1, 'string'], value: [2, 'string'] },
  Graph: {
    node: [1, 'Node[]'],
    name: [2, 'string'],
    initializer: [5, 'Tensor[]'],
    docString: [10, 'string'],
    input: [11, 'ValueInfo[]'],
    output: [12, 'ValueInfo[]'],
    valueInfo: [13, 'ValueInfo[]'],
    sparseInitializer: [15, 'bytes[]'],
  },
  Node: {
    input: [1, 'string[]'],
    output: [2, 'string[]'],
    name: [3, 'string'],
    opType: [4, 'string'],
    attribute: [5, 'Attribute[]'],
    docString: [6, 'string'],
    domain: [7, 'string'],
  },
  Attribute: {
    name: [1, 'string'],
    f: [2, 'float'],
    i: [3, 'int64'],
    s: [4, 'bytes'],
    t: [5, 'Tensor'],
    g: [6, 'Graph'],
    floats: [7, 'floats'],
    ints: [8, 'int64s'],
    strings: [9, 'bytes[]'],
    tensors: [10, 'Tensor[]'],
    graphs: [11, 'Graph[]'],
    docString: [13, 'string'],
    type: [20, 'int'],
    refAttrName: [21, 'string'],
  },
  Tensor: {
    dims: [1, 'int64s'],
    dataType: [2, 'int'],
    floatData: [4, 'floats'],
    int32Data: [5, 'int32s'],
    stringData: [6, 'bytes[]'],
    int64Data: [7, 'int64s'],
    name: [8, 'string'],
    rawData: [9, 'bytes'],
    doubleData: [10, 'doubles'],
    uint64Data: [11, 'uint64s'],
    docString: [12, 'string'],
    externalData: [13, 'StringEntry[]'],
    dataLocation: [14, 'int'],
  },
  ValueInfo: { name: [1, 'string'], type: [2, 'Type'], docString: [3, 'string'] },
  Type: { tensorType: [1, 'TensorType'], denotation: [6, 'string'] },
  TensorType: { elemType: [1, 'int'], shape: [2, 'Shape'] },
  Shape: { dim: [1, 'Dimension[]'] },
  Dimension: { dimValue: [1, 'int64'], dimParam: [2, 'string'], denotation: [3, 'string'] },
  Function: {
    name: [1, 'string'],
    input: [4, 'string[]'],
    output: [5, 'string[]'],
    attribute: [6, 'string[]'],
    node: [7, 'Node[]'],
    docString: [8, 'string'],
    opsetImport: [9, 'Opset[]'],
    domain: [10, 'string'],
    attributeProto: [11, 'Attribute[]'],
  },
} as const;

/** `int` fits a number, `int64` does not have to. Repeated numbers become typed arrays, packed or not. */
interface Values {
  int: number;
  int64: bigint;
  float: number;
  string: string;
  bytes: Uint8Array;
  floats: Float32Array;
  doubles: Float64Array;
  int32s: Int32Array;
  int64s: BigInt64Array;
  uint64s: BigUint64Array;
}

export type MessageName = keyof typeof SCHEMA;
type Kind = keyof Values | MessageName;

type ValueOf<K> = K extends `${infer One}[]`
  ? ValueOf<One>[]
  : K extends keyof Values
    ? Values[K]
    : K extends MessageName
      ? Message<K>
      : never;
type KindOf<Entry> = Entry extends readonly [number, infer K] ? K : never;

/** `unknown`: fields the schema does not know, tag included, in the order they came. */
type Message<N extends MessageName> = {
  -readonly [F in keyof (typeof SCHEMA)[N]]?: ValueOf<KindOf<(typeof SCHEMA)[N][F]>> | undefined;
} & { unknown?: Uint8Array[] };

export type ModelProto = Message<'Model'>;
export type GraphProto = Message<'Graph'>;
export type NodeProto = Message<'Node'>;
export type AttributeProto = Message<'Attribute'>;
export type TensorProto = Message<'Tensor'>;
export type ValueInfoProto = Message<'ValueInfo'>;
export type FunctionProto = Message<'Function'>;

/** A message of any kind. */
export type AnyMessage = Record<string, unknown> & { unknown?: Uint8Array[] };

/** How a field is read and written. */
export interface Field {
  /** Property of the message. */
  readonly name: string;
  readonly number: number;
  readonly kind: Kind;
  readonly repeated: boolean;
  /** Of one value; arrays of numbers come packed as well. */
  readonly wire: number;
  readonly isArray: boolean;
  readonly isMessage: boolean;
}

const WIRES: Partial<Record<Kind, number>> = {
  int: Wire.varint,
  int64: Wire.varint,
  float: Wire.fixed32,
  floats: Wire.fixed32,
  doubles: Wire.fixed64,
  int32s: Wire.varint,
  int64s: Wire.varint,
  uint64s: Wire.varint,
};

/** Fields of a message in the order of their numbers. */
export const FIELDS: Readonly<Record<string, readonly Field[]>> = Object.fromEntries(
  Object.entries(SCHEMA).map(([message, fields]) => [
    message,
    Object.entries(fields as Record<string, readonly [number, string]>).map(
      ([name, [number, spec]]): Field => {
        const kind = spec.replace('[]', '') as Kind;
        return {
          name,
          number,
          kind,
          repeated: spec.endsWith('[]'),
          wire: WIRES[kind] ?? Wire.bytes,
          isArray: kind.endsWith('s') && kind in WIRES,
          isMessage: kind in SCHEMA,
        };
      },
    ),
  ]),
);
