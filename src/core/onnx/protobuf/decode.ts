import { SemapError } from '../../errors.ts';
import { phrase } from '../../text/text.ts';
import { type ArrayKind, type Field, type MessageName, type ModelProto, SCHEMA } from './schema.ts';
import { malformed, Wire, WireReader } from './wire.ts';

/** Graphs nest in attributes of If and Loop; nothing sensible nests this deep. */
const MAX_DEPTH = 64;
/** A two-byte empty message costs a JavaScript object: the count is bounded so that memory stays so. */
const MAX_MESSAGES = 2_000_000;
const MAX_ELEMENTS = 8_000_000;
/** Numbers that are written one byte each take eight: so many take a gigabyte. */
const MAX_NUMBERS = 2 ** 27;
/** ONNX's own bound: a protobuf message is smaller than 2 GiB. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

type Numbers = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array;
type AnyMessage = Record<string, unknown>;

interface Budget {
  messages: number;
  elements: number;
  numbers: number;
}

/**
 * Reads an ONNX model. Byte fields are views into `bytes`, so the weights are not copied. Fields the schema does not
 * know, and known fields with a foreign wire type, are kept in `unknown`.
 * @throws SemapError `not-onnx` for anything malformed, `unsupported-model` for 2 GiB and more
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  if (bytes.length > MAX_MODEL_BYTES) {
    throw new SemapError('unsupported-model', phrase('This model is larger than 2 GiB.'), {
      hint: phrase('Choose a smaller backbone.'),
    });
  }
  const reader = new WireReader(bytes);
  const model = readMessage(reader, 'Model', 0, {
    messages: MAX_MESSAGES,
    elements: MAX_ELEMENTS,
    numbers: MAX_NUMBERS,
  });
  return model as ModelProto;
}

function readMessage(reader: WireReader, name: MessageName, depth: number, budget: Budget): AnyMessage {
  if (depth > MAX_DEPTH) throw beyond(`parts nested more than ${MAX_DEPTH} deep`);
  if (--budget.messages < 0) throw beyond(`more than ${MAX_MESSAGES.toLocaleString('en')} parts`);
  const fields = SCHEMA[name];
  const message: AnyMessage = {};
  const arrays = new Map<Field, NumberList>();
  while (reader.position < reader.limit) {
    const start = reader.position;
    const { field: number, wire } = reader.tag();
    const field = fields[number];
    if (field === undefined || !acceptsWire(field, wire)) {
      reader.skip(wire);
      spend(budget);
      // biome-ignore lint/suspicious/noAssignInExpressions: first unknown field makes the list
      const unknown = (message.unknown ??= []) as Uint8Array[];
      unknown.push(reader.bytes.subarray(start, reader.position));
      continue;
    }
    if (isArrayKind(field.kind)) {
      if (wire !== Wire.bytes) spend(budget);
      const numbers = readNumbers(reader, field.kind, wire, budget);
      const list = arrays.get(field);
      if (list === undefined) arrays.set(field, new NumberList(numbers));
      else list.append(numbers);
      continue;
    }
    const value = readValue(reader, field, depth, budget);
    if (field.repeated) {
      spend(budget);
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
  for (const [field, list] of arrays) message[field.name] = list.whole();
  return message;
}

function spend(budget: Budget): void {
  if (--budget.elements < 0) throw beyond(`more than ${MAX_ELEMENTS.toLocaleString('en')} fields`);
}

function beyond(what: string): SemapError {
  return new SemapError(
    'unsupported-model',
    phrase('This model has {0}, which is beyond what SeMap reads.', what),
  );
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
function readNumbers(reader: WireReader, kind: ArrayKind, wire: number, budget: Budget): Numbers {
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
  budget.numbers -= count;
  if (budget.numbers < 0)
    throw beyond(`more than ${MAX_NUMBERS.toLocaleString('en')} numbers outside its weights`);
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

/** Numbers that come in one run, as they do almost always, in several, or one by one. */
class NumberList {
  #numbers: Numbers;
  #length: number;

  constructor(first: Numbers) {
    this.#numbers = first;
    this.#length = first.length;
  }

  append(more: Numbers): void {
    const length = this.#length + more.length;
    if (length > this.#numbers.length) {
      // Twice the room each time: a list that comes one by one takes linear time and little memory.
      const make = this.#numbers.constructor as new (length: number) => Numbers;
      const larger = new make(Math.max(length, 2 * this.#numbers.length));
      larger.set(this.#numbers.subarray(0, this.#length) as never);
      this.#numbers = larger;
    }
    this.#numbers.set(more as never, this.#length);
    this.#length = length;
  }

  whole(): Numbers {
    const { length } = this.#numbers;
    return this.#length === length ? this.#numbers : this.#numbers.slice(0, this.#length);
  }
}
