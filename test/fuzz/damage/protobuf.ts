import type { Random } from '../../unit/core/onnx/random.ts';
import { damageBytes, EXTREMES, join, varint } from './bytes.ts';

/** A field of a message: its number, how it is written, and what it holds. */
interface Field {
  number: number;
  wire: number;
  /** The bytes of what is no message. */
  bytes: Uint8Array;
  /** What a length-delimited field holds where that reads as a message. */
  fields?: Field[];
}

/** Messages nest no deeper in what is taken apart; below, they are bytes. */
const DEEPEST = 12;

/**
 * A damaged copy of a protobuf message whose lengths are right again: fields left out, doubled, moved to another
 * message, given another's content, another type or an extreme number. So damage reaches what is behind the parser.
 */
export function damageProtobuf(bytes: Uint8Array, random: Random, other: Uint8Array = bytes): Uint8Array {
  const root = parse(bytes, 0);
  if (!root) return damageBytes(bytes, random, other);
  const donor = parse(other, 0) ?? root;
  for (let i = random.int(1, 3); i > 0; i--) {
    const messages = messagesOf(root);
    // A message at random first: a tensor of many numbers would else get nearly all of the damage.
    const message = random.pick(messages);
    if (message.length === 0) continue;
    const at = random.int(0, message.length - 1);
    const field = message[at];
    switch (random.int(0, 8)) {
      case 0:
        message.splice(at, 1);
        break;
      case 1:
        message.splice(
          at,
          0,
          ...Array.from({ length: random.pick([1, 1, 2, 50]) }, () => structuredClone(field)),
        );
        break;
      case 2:
        random.pick(messages).push(structuredClone(field));
        break;
      case 3:
        message.push(structuredClone(random.pick(random.pick(messagesOf(donor)).concat(donor))));
        break;
      case 4:
        field.number = random.int(1, 40);
        break;
      case 5: {
        // Texts and messages take each other's place: names of values, operators, types.
        const like = messages.flat().filter(({ wire }) => wire === field.wire);
        Object.assign(field, structuredClone(random.pick(like)), { number: field.number });
        break;
      }
      default:
        setContent(field, random);
    }
  }
  const result = write(root);
  return random.chance(0.1) ? damageBytes(result, random, other) : result;
}

function setContent(field: Field, random: Random): void {
  const { wire } = field;
  if (wire === 0) field.bytes = varint(random.pick(EXTREMES));
  else if (wire === 2 && !field.fields) {
    field.bytes = random.pick([
      () => damageBytes(field.bytes, random),
      () => new Uint8Array(0),
      () => varint(random.pick(EXTREMES)),
      // Packed numbers, all of them extreme.
      () => join(...Array.from({ length: random.int(1, 9) }, () => varint(random.pick(EXTREMES)))),
      () => new Uint8Array(random.pick([1, 100, 5000])).fill(random.pick([0, 0x41, 0x80, 0xff])),
    ])();
  } else if (wire === 1 || wire === 5) {
    field.bytes = new Uint8Array(field.bytes.length).fill(random.pick([0, 0x7f, 0x80, 0xff]));
  }
}

/** The fields of a message; undefined where the bytes are none. */
function parse(bytes: Uint8Array, depth: number): Field[] | undefined {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = readVarint(bytes, at);
    if (!tag) return undefined;
    at = tag.end;
    const number = Number(tag.value >> 3n);
    const wire = Number(tag.value & 7n);
    if (number < 1 || number > 100) return undefined;
    let end: number;
    if (wire === 0) {
      const value = readVarint(bytes, at);
      if (!value) return undefined;
      end = value.end;
    } else if (wire === 1 || wire === 5) end = at + (wire === 1 ? 8 : 4);
    else if (wire === 2) {
      const length = readVarint(bytes, at);
      if (!length || length.value > 2n ** 31n) return undefined;
      at = length.end;
      end = at + Number(length.value);
    } else return undefined;
    if (end > bytes.length) return undefined;
    const content = bytes.subarray(at, end);
    const inner = wire === 2 && depth < DEEPEST && content.length > 1 ? parse(content, depth + 1) : undefined;
    fields.push({ number, wire, bytes: content, ...(inner ? { fields: inner } : {}) });
    at = end;
  }
  return fields;
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } | undefined {
  let value = 0n;
  for (let i = 0; i < 10 && start + i < bytes.length; i++) {
    value |= BigInt(bytes[start + i] & 0x7f) << BigInt(7 * i);
    if (bytes[start + i] < 0x80) return { value, end: start + i + 1 };
  }
  return undefined;
}

function messagesOf(fields: Field[]): Field[][] {
  return [fields, ...fields.flatMap((field) => (field.fields ? messagesOf(field.fields) : []))];
}

function write(fields: readonly Field[]): Uint8Array {
  return join(
    ...fields.flatMap((field) => {
      const tag = varint((BigInt(field.number) << 3n) | BigInt(field.wire));
      const content = field.fields ? write(field.fields) : field.bytes;
      return field.wire === 2 ? [tag, varint(BigInt(content.length)), content] : [tag, content];
    }),
  );
}
