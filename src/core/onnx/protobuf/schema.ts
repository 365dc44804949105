/**
 * The part of onnx.proto3 that SeMap reads. A field that is not listed is carried along as it came.
 * Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
export interface Message {
  /** Fields the schema does not know, tag included, in the order they came. */
  unknown?: Uint8Array[];
}

export interface ModelProto extends Message {
  irVersion?: number;
  producerName?: string;
  producerVersion?: string;
  domain?: string;
  modelVersion?: bigint;
  docString?: string;
  graph?: GraphProto;
  opsetImport?: OpsetProto[];
  metadataProps?: StringEntryProto[];
  functions?: FunctionProto[];
}

export interface OpsetProto extends Message {
  domain?: string;
  version?: number;
}

export interface StringEntryProto extends Message {
  key?: string;
  value?: string;
}

export interface GraphProto extends Message {
  node?: NodeProto[];
  name?: string;
  initializer?: TensorProto[];
  docString?: string;
  input?: ValueInfoProto[];
  output?: ValueInfoProto[];
  valueInfo?: ValueInfoProto[];
  sparseInitializer?: Uint8Array[];
}

export interface NodeProto extends Message {
  input?: string[];
  output?: string[];
  name?: string;
  opType?: string;
  attribute?: AttributeProto[];
  docString?: string;
  domain?: string;
}

export interface AttributeProto extends Message {
  name?: string;
  f?: number;
  i?: bigint;
  s?: Uint8Array;
  t?: TensorProto;
  g?: GraphProto;
  floats?: Float32Array;
  ints?: BigInt64Array;
  strings?: Uint8Array[];
  tensors?: TensorProto[];
  graphs?: GraphProto[];
  docString?: string;
  type?: number;
  refAttrName?: string;
}

export interface TensorProto extends Message {
  dims?: BigInt64Array;
  dataType?: number;
  floatData?: Float32Array;
  int32Data?: Int32Array;
  stringData?: Uint8Array[];
  int64Data?: BigInt64Array;
  name?: string;
  rawData?: Uint8Array;
  doubleData?: Float64Array;
  uint64Data?: BigUint64Array;
  docString?: string;
  externalData?: StringEntryProto[];
  dataLocation?: number;
}

export interface ValueInfoProto extends Message {
  name?: string;
  type?: TypeProto;
  docString?: string;
}

export interface TypeProto extends Message {
  tensorType?: TensorTypeProto;
  denotation?: string;
}

export interface TensorTypeProto extends Message {
  elemType?: number;
  shape?: ShapeProto;
}

export interface ShapeProto extends Message {
  dim?: DimensionProto[];
}

export interface DimensionProto extends Message {
  dimValue?: bigint;
  dimParam?: string;
  denotation?: string;
}

export interface FunctionProto extends Message {
  name?: string;
  input?: string[];
  output?: string[];
  attribute?: string[];
  node?: NodeProto[];
  docString?: string;
  opsetImport?: OpsetProto[];
  domain?: string;
  attributeProto?: AttributeProto[];
}

/** `int` fits a number, `int64` does not have to. Repeated numbers become typed arrays, packed or not. */
export type ScalarKind = 'int' | 'int64' | 'float' | 'string' | 'bytes';
export type ArrayKind = 'floats' | 'doubles' | 'int32s' | 'int64s' | 'uint64s';

export interface Field {
  /** Property of the message. */
  readonly name: string;
  readonly kind: ScalarKind | ArrayKind | MessageName;
  readonly repeated: boolean;
}

const one = (name: string, kind: Field['kind']): Field => ({ name, kind, repeated: false });
const many = (name: string, kind: Field['kind']): Field => ({ name, kind, repeated: true });

export type MessageName =
  | 'Model'
  | 'Opset'
  | 'StringEntry'
  | 'Graph'
  | 'Node'
  | 'Attribute'
  | 'Tensor'
  | 'ValueInfo'
  | 'Type'
  | 'TensorType'
  | 'Shape'
  | 'Dimension'
  | 'Function';

export const SCHEMA: Readonly<Record<MessageName, Readonly<Record<number, Field>>>> = {
  Model: {
    1: one('irVersion', 'int'),
    2: one('producerName', 'string'),
    3: one('producerVersion', 'string'),
    4: one('domain', 'string'),
    5: one('modelVersion', 'int64'),
    6: one('docString', 'string'),
    7: one('graph', 'Graph'),
    8: many('opsetImport', 'Opset'),
    14: many('metadataProps', 'StringEntry'),
    25: many('functions', 'Function'),
  },
  Opset: { 1: one('domain', 'string'), 2: one('version', 'int') },
  StringEntry: { 1: one('key', 'string'), 2: one('value', 'string') },
  Graph: {
    1: many('node', 'Node'),
    2: one('name', 'string'),
    5: many('initializer', 'Tensor'),
    10: one('docString', 'string'),
    11: many('input', 'ValueInfo'),
    12: many('output', 'ValueInfo'),
    13: many('valueInfo', 'ValueInfo'),
    15: many('sparseInitializer', 'bytes'),
  },
  Node: {
    1: many('input', 'string'),
    2: many('output', 'string'),
    3: one('name', 'string'),
    4: one('opType', 'string'),
    5: many('attribute', 'Attribute'),
    6: one('docString', 'string'),
    7: one('domain', 'string'),
  },
  Attribute: {
    1: one('name', 'string'),
    2: one('f', 'float'),
    3: one('i', 'int64'),
    4: one('s', 'bytes'),
    5: one('t', 'Tensor'),
    6: one('g', 'Graph'),
    7: one('floats', 'floats'),
    8: one('ints', 'int64s'),
    9: many('strings', 'bytes'),
    10: many('tensors', 'Tensor'),
    11: many('graphs', 'Graph'),
    13: one('docString', 'string'),
    20: one('type', 'int'),
    21: one('refAttrName', 'string'),
  },
  Tensor: {
    1: one('dims', 'int64s'),
    2: one('dataType', 'int'),
    4: one('floatData', 'floats'),
    5: one('int32Data', 'int32s'),
    6: many('stringData', 'bytes'),
    7: one('int64Data', 'int64s'),
    8: one('name', 'string'),
    9: one('rawData', 'bytes'),
    10: one('doubleData', 'doubles'),
    11: one('uint64Data', 'uint64s'),
    12: one('docString', 'string'),
    13: many('externalData', 'StringEntry'),
    14: one('dataLocation', 'int'),
  },
  ValueInfo: { 1: one('name', 'string'), 2: one('type', 'Type'), 3: one('docString', 'string') },
  Type: { 1: one('tensorType', 'TensorType'), 6: one('denotation', 'string') },
  TensorType: { 1: one('elemType', 'int'), 2: one('shape', 'Shape') },
  Shape: { 1: many('dim', 'Dimension') },
  Dimension: { 1: one('dimValue', 'int64'), 2: one('dimParam', 'string'), 3: one('denotation', 'string') },
  Function: {
    1: one('name', 'string'),
    4: many('input', 'string'),
    5: many('output', 'string'),
    6: many('attribute', 'string'),
    7: many('node', 'Node'),
    8: one('docString', 'string'),
    9: many('opsetImport', 'Opset'),
    10: one('domain', 'string'),
    11: many('attributeProto', 'Attribute'),
  },
};
