import { notOnnx, type SemapError, unsupportedModel } from '../../errors.ts';
import { phrase, type Text } from '../../text/text.ts';
import { type AnyMessage, FIELDS, type Field, type MessageName, type ModelProto, Wire } from './schema.ts';

/** Graphs nest in attributes of If and Loop; nothing sensible nests this deep. */
export const MAX_DEPTH = 64;
/** A two-byte empty message costs a JavaScript object: the count is bounded so that memory stays so. */
const MAX_MESSAGES = 2_000_000;
export const MAX_ELEMENTS = 8_000_000;
/** Numbers that are written one byte each take eight: so many take a gigabyte. */
const MAX_NUMBERS = 2 ** 27;
/** ONNX's own bound: a protobuf message is smaller than 2 GiB. */
export const MAX_MODEL_BYTES = 2 ** 31 - 1;

type Numbers = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array;

/** What may still be read. */
interface Budget {
  messages: number;
  elements: number;
  numbers: number;
}

/** Fields of each message by their numbers. */
export const BY_NUMBER: Readonly<Record<string, ReadonlyMap<number, Field>>> = Object.fromEntries(
  Object.entries(FIELDS).map(([message, fields]) => [
    message,
    new Map(fields.map((field) => [field.number, field])),
  ]),
);

const text = new TextDecoder();

/**
 * Reads an ONNX model. Byte fields are views into `bytes`, so the weights are not copied. Fields the schema does not
 * know, and known fields with a foreign wire type, are kept in `unknown`.
 * @throws SemapError `not-onnx` for anything malformed, `unsupported-model` for 2 GiB and more
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  if (bytes.length > MAX_MODEL_BYTES) {
    throw unsupportedModel(phrase('This model is larger than 2 GiB.'), {
      hint: phrase('Choose a smaller backbone.'),
    });
  }
  const budget = { messages: MAX_MESSAGES, elements: MAX_ELEMENTS, numbers: MAX_NUMBERS };
  return readMessage(new WireReader(bytes), 'Model', 0, budget) as ModelProto;
}

function readMessage(reader: WireReader, name: MessageName, depth: number, budget: Budget): AnyMessage {
  if (depth > MAX_DEPTH)
    throw unsupportedModel(
      phrase('The parts of this model are nested more than {0} deep, which is beyond the limits.', MAX_DEPTH),
    );
  if (--budget.messages < 0)
    throw unsupportedModel(
      phrase('This model has more than {0} parts, which is beyond the limits.', MAX_MESSAGES),
    );
  const fields = BY_NUMBER[name];
  const message: AnyMessage = {};
  const lists = new Map<Field, NumberList>();
  while (reader.position < reader.limit) {
    const start = reader.position;
    const tag = reader.tag();
    const wire = tag & 7;
    const field = fields.get(tag >>> 3);
    const packed = field?.isArray === true && wire === Wire.bytes;
    if (field === undefined || (wire !== field.wire && !packed)) {
      reader.skip(wire);
      spend(budget);
      // biome-ignore lint/suspicious/noAssignInExpressions: first unknown field makes the list
      (message.unknown ??= []).push(reader.bytes.subarray(start, reader.position));
      continue;
    }
    if (field.isArray) {
      if (!packed) spend(budget);
      const numbers = readNumbers(reader, field, packed, budget);
      const list = lists.get(field);
      if (list === undefined) lists.set(field, new NumberList(numbers));
      else list.append(numbers);
      continue;
    }
    const value = readValue(reader, field, depth, budget);
    if (field.repeated) {
      spend(budget);
      // biome-ignore lint/suspicious/noAssignInExpressions: first element makes the list
      ((message[field.name] ??= []) as unknown[]).push(value);
    } else {
      if (field.isMessage && message[field.name] !== undefined)
        throw malformed(phrase('"{0}" appears twice', field.name), start);
      message[field.name] = value;
    }
  }
  for (const [field, list] of lists) message[field.name] = list.whole();
  return message;
}

function spend(budget: Budget): void {
  if (--budget.elements < 0) throw tooManyFields();
}

export function tooManyFields(): SemapError {
  return unsupportedModel(
    phrase('This model has more than {0} fields, which is beyond the limits.', MAX_ELEMENTS),
  );
}

function readValue(reader: WireReader, { kind }: Field, depth: number, budget: Budget): unknown {
  switch (kind) {
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
      const message = readMessage(reader, kind as MessageName, depth + 1, budget);
      reader.limit = outer;
      return message;
    }
  }
}

/** One packed run, or one element of a list that is not packed. */
function readNumbers(reader: WireReader, { kind }: Field, packed: boolean, budget: Budget): Numbers {
  const start = reader.position;
  const length = packed ? reader.length() : undefined;
  const from = reader.position;
  if (kind === 'floats' || kind === 'doubles') {
    const Elements = kind === 'floats' ? Float32Array : Float64Array;
    const size = length ?? Elements.BYTES_PER_ELEMENT;
    if (size % Elements.BYTES_PER_ELEMENT !== 0) throw malformed(BROKEN_LENGTH, start);
    return new Elements(reader.slice(reader.need(size)).slice().buffer);
  }
  const end = length === undefined ? undefined : from + length;
  const count = end === undefined ? 1 : countVarints(reader.bytes, from, end);
  budget.numbers -= count;
  if (budget.numbers < 0)
    throw unsupportedModel(
      phrase(
        'This model has more than {0} numbers outside its weights, which is beyond the limits.',
        MAX_NUMBERS,
      ),
    );
  const outer = reader.limit;
  reader.limit = end ?? outer;
  let values: Numbers;
  if (kind === 'int32s') {
    values = new Int32Array(count);
    for (let i = 0; i < count; i++) values[i] = reader.int32();
  } else {
    values = kind === 'int64s' ? new BigInt64Array(count) : new BigUint64Array(count);
    const halves = new Uint32Array(values.buffer);
    for (let i = 0; i < count; i++) reader.int64Into(halves, i);
  }
  if (end !== undefined && reader.position !== end) throw malformed(BROKEN_LENGTH, start);
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

const BROKEN_LENGTH = phrase('packed numbers have a broken length');

/** The error every malformed byte ends in: named, with the place. */
export function malformed(what: Text, position: number): SemapError {
  return notOnnx(phrase('Cannot read this ONNX file: {0} at byte {1}.', what, position), {
    hint: phrase('The file may be damaged or incomplete.'),
  });
}

/**
 * Reads protobuf primitives from bytes that nobody vouches for. Every read is checked against `limit`, the end of the
 * message being read, so a length field that lies ends in an error and never in a read past the end.
 */
class WireReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  position = 0;
  limit: number;
  /** The last varint, as two unsigned halves: most are small, and a BigInt for each would be slow. */
  #low = 0;
  #high = 0;

  constructor(bytes: Uint8Array) {
    // A plain array, also where the caller has a Buffer: its `slice` would not copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limit = bytes.length;
  }

  #readVarint(): void {
    const { bytes } = this;
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.position >= this.limit) throw malformed(phrase('a number is incomplete'), this.position);
      if (shift > 63) throw malformed(phrase('a number is longer than 64 bits'), this.position);
      const byte = bytes[this.position++];
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) break;
    }
    this.#low = low >>> 0;
    this.#high = high >>> 0;
  }

  /** A signed 64-bit integer that must be exact as a number. */
  int(): number {
    const start = this.position;
    this.#readVarint();
    const value = (this.#high | 0) * 2 ** 32 + this.#low;
    if (!Number.isSafeInteger(value)) throw malformed(phrase('a number is out of range'), start);
    return value;
  }

  /** A signed 64-bit integer, exact. */
  int64(): bigint {
    this.#readVarint();
    return BigInt.asIntN(64, (BigInt(this.#high) << 32n) | BigInt(this.#low));
  }

  /** The next varint as two 32-bit halves into `target[2 * index]`, without making a BigInt. */
  int64Into(target: Uint32Array, index: number): void {
    this.#readVarint();
    target[2 * index] = this.#low;
    target[2 * index + 1] = this.#high;
  }

  /** Low 32 bits of a varint, signed: what int32 fields hold. */
  int32(): number {
    this.#readVarint();
    return this.#low | 0;
  }

  /** Field number and, in the lowest three bits, wire type. */
  tag(): number {
    const start = this.position;
    this.#readVarint();
    if (this.#high !== 0 || this.#low < 8) throw malformed(phrase('a field number is invalid'), start);
    return this.#low;
  }

  /** The length of a length-delimited field, checked against what is left of the enclosing message. */
  length(): number {
    const start = this.position;
    this.#readVarint();
    if (this.#high !== 0 || this.#low > this.limit - this.position)
      throw malformed(phrase('a length reaches past the end'), start);
    return this.#low;
  }

  /** A view, not a copy. */
  slice(length: number): Uint8Array {
    const start = this.position;
    this.position += length;
    return this.bytes.subarray(start, this.position);
  }

  float(): number {
    this.need(4);
    const value = this.view.getFloat32(this.position, true);
    this.position += 4;
    return value;
  }

  skip(wire: number): void {
    const start = this.position;
    if (wire === Wire.varint) this.#readVarint();
    else if (wire === Wire.bytes) this.slice(this.length());
    else if (wire === Wire.fixed64 || wire === Wire.fixed32) {
      this.position += this.need(wire === Wire.fixed64 ? 8 : 4);
    } else throw malformed(phrase('wire type {0} is unknown', wire), start);
  }

  /** `size`, where so many bytes are left. */
  need(size: number): number {
    if (size > this.limit - this.position) throw malformed(phrase('a value is incomplete'), this.position);
    return size;
  }
}
