import { unsupportedModel } from '../../errors.ts';
import { phrase } from '../../text/text.ts';
import { MAX_MODEL_BYTES } from './decode.ts';
import { type AnyMessage, FIELDS, type Field, type MessageName, type ModelProto, Wire } from './schema.ts';

/** Writes an ONNX model. @throws SemapError `unsupported-model` when the result would reach 2 GiB */
export function encodeModel(model: ModelProto): Uint8Array {
  const writer = new BackwardWriter();
  write(writer, model as AnyMessage, 'Model');
  if (writer.length > MAX_MODEL_BYTES) {
    throw unsupportedModel(phrase('The graph is larger than 2 GiB.'), {
      hint: phrase('Choose a smaller backbone.'),
    });
  }
  return writer.whole();
}

/** From the last field to the first: protobuf puts a message's length before it, which is known then. */
function write(writer: BackwardWriter, message: AnyMessage, name: MessageName): void {
  const { unknown = [] } = message;
  for (let i = unknown.length - 1; i >= 0; i--) writer.raw(unknown[i]);
  const fields = FIELDS[name];
  for (let i = fields.length - 1; i >= 0; i--) {
    const field = fields[i];
    const value = message[field.name];
    if (value === undefined) continue;
    if (!field.repeated) writeField(writer, field, value);
    else {
      const list = value as readonly unknown[];
      for (let j = list.length - 1; j >= 0; j--) writeField(writer, field, list[j]);
    }
  }
}

function writeField(writer: BackwardWriter, field: Field, value: unknown): void {
  const { kind, number } = field;
  if (kind === 'int' || kind === 'int64') writer.varint(value as number | bigint);
  else if (kind === 'float') writer.float(value as number);
  else {
    const end = writer.length;
    if (kind === 'string') writer.raw(text.encode(value as string));
    else if (kind === 'bytes') writer.raw(value as Uint8Array);
    else if (field.isMessage) write(writer, value as AnyMessage, kind as MessageName);
    else if (value instanceof Float32Array || value instanceof Float64Array)
      writer.raw(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    else writer.varints(value as ArrayLike<number | bigint>);
    writer.varint(writer.length - end);
  }
  writer.varint(number * 8 + (field.isArray ? Wire.bytes : field.wire));
}

const text = new TextEncoder();
const BLOCK = 1 << 16;
/** Longer runs of bytes are not copied into a block, but taken as they are. */
const LONG = 1 << 12;

/** Collects protobuf values from the end to the start. */
class BackwardWriter {
  /** The last part first. */
  readonly #parts: Uint8Array[] = [];
  #block = new Uint8Array(BLOCK);
  #start = BLOCK;
  /** Where what is written in the block ends. */
  #end = BLOCK;
  length = 0;

  raw(bytes: Uint8Array): void {
    if (bytes.length > LONG) {
      this.#flush();
      this.#parts.push(bytes);
      this.length += bytes.length;
      return;
    }
    const at = this.#room(bytes.length);
    this.#block.set(bytes, at);
  }

  float(value: number): void {
    const at = this.#room(4);
    new DataView(this.#block.buffer).setFloat32(at, value, true);
  }

  varints(values: ArrayLike<number | bigint>): void {
    for (let i = values.length - 1; i >= 0; i--) this.varint(values[i]);
  }

  /** Negative numbers take ten bytes. */
  varint(value: number | bigint): void {
    if (typeof value === 'bigint') {
      // Most are small, and arithmetic on numbers is fast.
      if (value < 0n || value > 0xffffffffn) {
        this.#varint64(BigInt.asUintN(64, value));
        return;
      }
    } else if (value < 0) {
      this.#varint64(BigInt.asUintN(64, BigInt(value)));
      return;
    }
    let rest = Number(value);
    let size = 1;
    for (let limit = 128; limit <= rest; limit *= 128) size++;
    let at = this.#room(size);
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#block[at++] = (rest % 128) | 0x80;
    this.#block[at] = rest;
  }

  #varint64(value: bigint): void {
    let size = 1;
    for (let rest = value >> 7n; rest > 0n; rest >>= 7n) size++;
    let at = this.#room(size);
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) this.#block[at++] = Number(rest & 127n) | 0x80;
    this.#block[at] = Number(rest);
  }

  whole(): Uint8Array {
    this.#flush();
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (let i = this.#parts.length - 1; i >= 0; at += this.#parts[i--].length) bytes.set(this.#parts[i], at);
    return bytes;
  }

  /** Where `size` bytes may be written. */
  #room(size: number): number {
    if (size > this.#start) {
      this.#flush();
      this.#block = new Uint8Array(BLOCK);
      this.#start = BLOCK;
      this.#end = BLOCK;
    }
    this.#start -= size;
    this.length += size;
    return this.#start;
  }

  #flush(): void {
    if (this.#start < this.#end) this.#parts.push(this.#block.subarray(this.#start, this.#end));
    this.#end = this.#start;
  }
}
