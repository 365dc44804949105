import { SemapError } from '../../errors.ts';
import { phrase } from '../../text/text.ts';
import { MAX_MODEL_BYTES } from './decode.ts';
import { type Field, type MessageName, type ModelProto, SCHEMA } from './schema.ts';
import { varint64Length, varintLength, Wire, WireWriter } from './wire.ts';

type AnyMessage = Record<string, unknown>;

const FIELDS = Object.fromEntries(
  Object.entries(SCHEMA).map(([name, fields]) => [
    name,
    Object.entries(fields).map(([number, field]) => ({ number: Number(number), field })),
  ]),
) as Record<MessageName, { number: number; field: Field }[]>;

const text = new TextEncoder();

/**
 * Writes an ONNX model. Protobuf puts a message's length before it, so sizes are computed first and the bytes are
 * written once, into a buffer of the right size.
 * @throws SemapError `unsupported-model` when the result would reach 2 GiB
 */
export function encodeModel(model: ModelProto): Uint8Array {
  const plan: Plan = { sizes: new Map(), strings: new Map() };
  const size = measure(model as AnyMessage, 'Model', plan);
  if (size > MAX_MODEL_BYTES) {
    throw new SemapError('unsupported-model', phrase('The graph would be larger than 2 GiB.'), {
      hint: phrase('Choose a smaller backbone.'),
    });
  }
  const writer = new WireWriter(size);
  write(writer, model as AnyMessage, 'Model', plan);
  return writer.bytes;
}

interface Plan {
  readonly sizes: Map<object, number>;
  readonly strings: Map<string, Uint8Array>;
}

function utf8(plan: Plan, value: string): Uint8Array {
  let bytes = plan.strings.get(value);
  if (bytes === undefined) {
    bytes = text.encode(value);
    plan.strings.set(value, bytes);
  }
  return bytes;
}

/** The payload of a packed array, without tag and length. */
function packedSize(kind: Field['kind'], values: ArrayLike<number | bigint>): number {
  if (kind === 'floats') return values.length * 4;
  if (kind === 'doubles') return values.length * 8;
  let size = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    size += typeof value === 'bigint' ? varint64Length(value) : varintLength(value);
  }
  return size;
}

function isPacked(kind: Field['kind']): boolean {
  return (
    kind === 'floats' || kind === 'doubles' || kind === 'int32s' || kind === 'int64s' || kind === 'uint64s'
  );
}

function measure(message: AnyMessage, name: MessageName, plan: Plan): number {
  let size = 0;
  for (const { number, field } of FIELDS[name]) {
    const value = message[field.name];
    if (value === undefined) continue;
    const tag = varintLength(number * 8);
    if (isPacked(field.kind)) {
      const payload = packedSize(field.kind, value as ArrayLike<number | bigint>);
      plan.sizes.set(value as object, payload);
      size += tag + varintLength(payload) + payload;
      continue;
    }
    for (const item of field.repeated ? (value as unknown[]) : [value])
      size += tag + itemSize(item, field, plan);
  }
  for (const bytes of (message.unknown as Uint8Array[] | undefined) ?? []) size += bytes.length;
  plan.sizes.set(message, size);
  return size;
}

function itemSize(item: unknown, field: Field, plan: Plan): number {
  switch (field.kind) {
    case 'int':
      return varintLength(item as number);
    case 'int64':
      return varint64Length(item as bigint);
    case 'float':
      return 4;
    default: {
      const length =
        field.kind === 'string'
          ? utf8(plan, item as string).length
          : field.kind === 'bytes'
            ? (item as Uint8Array).length
            : measure(item as AnyMessage, field.kind as MessageName, plan);
      return varintLength(length) + length;
    }
  }
}

function write(writer: WireWriter, message: AnyMessage, name: MessageName, plan: Plan): void {
  for (const { number, field } of FIELDS[name]) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (isPacked(field.kind)) {
      writer.tag(number, Wire.bytes);
      writer.varint(plan.sizes.get(value as object)!);
      writePacked(writer, field.kind, value as ArrayLike<number | bigint>);
      continue;
    }
    for (const item of field.repeated ? (value as unknown[]) : [value])
      writeItem(writer, number, item, field, plan);
  }
  for (const bytes of (message.unknown as Uint8Array[] | undefined) ?? []) writer.raw(bytes);
}

function writePacked(writer: WireWriter, kind: Field['kind'], values: ArrayLike<number | bigint>): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (kind === 'floats') writer.float(value as number);
    else if (kind === 'doubles') writer.double(value as number);
    else if (typeof value === 'bigint') writer.varint64(value);
    else writer.varint(value);
  }
}

function writeItem(writer: WireWriter, number: number, item: unknown, field: Field, plan: Plan): void {
  switch (field.kind) {
    case 'int':
      writer.tag(number, Wire.varint);
      writer.varint(item as number);
      return;
    case 'int64':
      writer.tag(number, Wire.varint);
      writer.varint64(item as bigint);
      return;
    case 'float':
      writer.tag(number, Wire.fixed32);
      writer.float(item as number);
      return;
    case 'string':
    case 'bytes': {
      const bytes = field.kind === 'string' ? utf8(plan, item as string) : (item as Uint8Array);
      writer.tag(number, Wire.bytes);
      writer.varint(bytes.length);
      writer.raw(bytes);
      return;
    }
    default:
      writer.tag(number, Wire.bytes);
      writer.varint(plan.sizes.get(item as object)!);
      write(writer, item as AnyMessage, field.kind as MessageName, plan);
  }
}
