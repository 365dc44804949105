import { SemapError } from '../../errors.ts';
import { type ArrayKind, type Field, type MessageName, type ModelProto, SCHEMA } from './schema.ts';
import { malformed, Wire, WireReader } from './wire.ts';

/** Graphs nest in attributes of If and Loop; nothing sensible nests this deep. */
const MAX_DEPTH = 64;
/** A two-byte empty message costs a JavaScript object: the count is bounded so that memory stays so. */
const MAX_MESSAGES = 2_000_000;
const MAX_ELEMENTS = 8_000_000;
/** ONNX's own bound: a protobuf message is smaller than 2 GiB. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

type Numbers = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array;
type AnyMessage = Record<string, unknown>;

interface Budget {
  messages: number;
  elements: number;
}

/**
 * Reads an ONNX model. Byte fields are views into `bytes`, so the weights are not copied. Fields the schema does not
 * know, and known fields with a foreign wire type, are kept in `unknown`.
 * @throws SemapError `not-onnx` for anything malformed, `unsupported-model` for 2 GiB and more
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  if (bytes.length > MAX_MODEL_BYTES) {
    throw new SemapError('unsupported-model', 'This model is larger than 2 GiB.', {
      hint: 'Choose a smaller backbone.',
    });
  }
  const reader = new WireReader(bytes);
  const model = readMessage(reader, 'Model', 0, { messages: MAX_MESSAGES, elements: MAX_ELEMENTS });
  return model as ModelProto;
}

function readMessage(reader: WireReader, name: MessageName, depth: number, budget: Budget): AnyMessage {
  if (depth > MAX_DEPTH) throw malformed(`messages nest deeper than ${MAX_DEPTH}`, reader.position);
  if (--budget.messages < 0) throw malformed('it holds too many messages', reader.position);
  const fields = SCHEMA[name];
  const message: AnyMessage = {};
  const arrays = new Map<Field, Numbers[]>();
  while (reader.position < reader.limit) {
    const start = reader.position;
    const { field: number, wire } = reader.tag();
    const field = fields[number];
    if (field === undefined || !acceptsWire(field, wire)) {
      reader.skip(wire);
      spend(budget, reader);
      // biome-ignore lint/suspicious/noAssignInExpressions: first unknown field makes the list
      const unknown = (message.unknown ??= []) as Uint8Array[];
      unknown.push(reader.bytes.subarray(start, reader.position));
      continue;
    }
    if (isArrayKind(field.kind)) {
      let chunks = arrays.get(field);
      if (chunks === undefined) {
        chunks = [];
        arrays.set(field, chunks);
      }
      if (wire !== Wire.bytes) spend(budget, reader);
      chunks.push(readNumbers(reader, field.kind, wire));
      continue;
    }
    const value = readValue(reader, field, depth, budget);
    if (field.repeated) {
      spend(budget, reader);
      // biome-ignore lint/suspicious/noAssignInExpressions: first element makes the list
      const list = (message[field.name] ??= []) as unknown[];
      list.push(value);
    } else {
      if (field.kind in SCHEMA && message[field.name] !== undefined) {
        throw malformed(`"${field.name}" appears twice`, start);
      }
      message[field.name] = value;
    }
  }
  for (const [field, chunks] of arrays) message[field.name] = concatenate(chunks, field.kind as ArrayKind);
  return message;
}

function spend(budget: Budget, reader: WireReader): void {
  if (--budget.elements < 0) throw malformed('it holds too many elements', reader.position);
}

function readValue(reader: WireReader, field: Field, depth: number, budget: Budget): unknown {
  switch (field.kind) {
    case 'int':
      return reader.int();
    case 'int64':
      return reader.int64();
    case 'float':
      return reader.float();
    case 'bytes':
      return reader.slice(reader.length());
    case 'string':
      return text.decode(reader.slice(reader.length()));
    default: {
      const outer = reader.limit;
      const length = reader.length();
      reader.limit = reader.position + length;
      const message = readMessage(reader, field.kind as MessageName, depth + 1, budget);
      reader.limit = outer;
      return message;
    }
  }
}

const text = new TextDecoder();

const ELEMENT_WIRE: Readonly<Record<ArrayKind, number>> = {
  floats: Wire.fixed32,
  doubles: Wire.fixed64,
  int32s: Wire.varint,
  int64s: Wire.varint,
  uint64s: Wire.varint,
};

function isArrayKind(kind: Field['kind']): kind is ArrayKind {
  return kind in ELEMENT_WIRE;
}

function acceptsWire(field: Field, wire: number): boolean {
  const { kind } = field;
  if (isArrayKind(kind)) return wire === Wire.bytes || wire === ELEMENT_WIRE[kind];
  if (kind === 'int' || kind === 'int64') return wire === Wire.varint;
  if (kind === 'float') return wire === Wire.fixed32;
  return wire === Wire.bytes;
}

/** One packed run, or one single element of an unpacked field. */
function readNumbers(reader: WireReader, kind: ArrayKind, wire: number): Numbers {
  const start = reader.position;
  const end = wire === Wire.bytes ? reader.length() + reader.position : undefined;
  if (kind === 'floats' || kind === 'doubles') {
    const size = kind === 'floats' ? 4 : 8;
    const count = end === undefined ? 1 : (end - reader.position) / size;
    if (!Number.isInteger(count)) throw malformed('packed numbers have a broken length', start);
    const values = kind === 'floats' ? new Float32Array(count) : new Float64Array(count);
    for (let i = 0; i < count; i++) values[i] = kind === 'floats' ? reader.float() : reader.double();
    return values;
  }
  const count = end === undefined ? 1 : countVarints(reader.bytes, reader.position, end);
  const outer = reader.limit;
  if (end !== undefined) reader.limit = end;
  let values: Numbers;
  if (kind === 'int32s') {
    values = new Int32Array(count);
    for (let i = 0; i < count; i++) values[i] = reader.int32();
  } else {
    values = kind === 'int64s' ? new BigInt64Array(count) : new BigUint64Array(count);
    const halves = new Uint32Array(values.buffer);
    for (let i = 0; i < count; i++) reader.int64Into(halves, i);
  }
  if (end !== undefined && reader.position !== end)
    throw malformed('packed numbers have a broken length', start);
  reader.limit = outer;
  return values;
}

function countVarints(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (bytes[i] < 0x80) count++;
  return count;
}

function concatenate(chunks: readonly Numbers[], kind: ArrayKind): Numbers {
  if (chunks.length === 1) return chunks[0];
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const make = {
    floats: Float32Array,
    doubles: Float64Array,
    int32s: Int32Array,
    int64s: BigInt64Array,
    uint64s: BigUint64Array,
  }[kind];
  const whole = new make(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk as never, offset);
    offset += chunk.length;
  }
  return whole;
}
