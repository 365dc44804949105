import { unsupportedModel } from '../errors.ts';
import { fileSize } from '../text/numbers.ts';
import { phrase } from '../text/text.ts';
import { isPassedOver, PASSED_OVER } from './externalData.ts';
import { BY_NUMBER, decodeModel, MAX_DEPTH, malformed } from './protobuf/decode.ts';
import { encodeModel } from './protobuf/encode.ts';
import { type Field, type MessageName, type ModelProto, Wire } from './protobuf/schema.ts';

/** Bytes that are read where they are asked for. */
export interface ByteSource {
  readonly size: number;
  /** The bytes from `at` on, as many as asked for unless the end comes before. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** Data of a constant that is longer is passed over: scales, shapes and colours are shorter. */
const LONGEST_DATA = 4096;
/** A graph without its weights: the largest of image classifiers have some 10 MB. */
const MOST_BYTES = 128 << 20;
/** Read at a time. */
const WINDOW = 64 << 10;
/** Fields of a tensor that hold its numbers. */
const DATA: readonly string[] = [
  'floatData',
  'int32Data',
  'stringData',
  'int64Data',
  'rawData',
  'doubleData',
  'uint64Data',
];
/** The fields that say so: those of a tensor, without the tags and lengths of the model and the graph around it. */
const MARK = encodeModel({
  graph: {
    initializer: [{ externalData: [{ key: 'location', value: PASSED_OVER }], dataLocation: 1 }],
  },
}).subarray(4);

/**
 * Reads a model without its weights: every field but the numbers of large constants, whose tensors say that they lie
 * elsewhere. What is passed over is not read from the disk, so that it takes as long as the graph is large, not the file.
 * @throws {SemapError} `not-onnx` for anything malformed, `unsupported-model` for what is large without weights
 */
export async function readSkeleton(source: ByteSource): Promise<ModelProto> {
  const walker = new Walker(source);
  const { parts } = await walker.message('Model', 0, source.size, 0);
  return decodeModel(joined(parts));
}

/**
 * A skeleton whose graph can be read although numbers are missing: large `Constant` nodes become initializers, which they
 * are the same as.
 */
export function readableSkeleton(model: ModelProto): ModelProto {
  const { graph = {} } = model;
  const nodes = graph.node ?? [];
  const large = nodes.flatMap((node) => {
    const value =
      node.opType === 'Constant' ? node.attribute?.find(({ name }) => name === 'value')?.t : undefined;
    return value && isPassedOver(value) ? [{ node, tensor: { ...value, name: node.output?.[0] } }] : [];
  });
  if (large.length === 0) return model;
  const gone = new Set(large.map(({ node }) => node));
  const initializer = [...(graph.initializer ?? []), ...large.map(({ tensor }) => tensor)];
  return { ...model, graph: { ...graph, node: nodes.filter((node) => !gone.has(node)), initializer } };
}

/** A message as it is to be written, in pieces. */
interface Copied {
  readonly parts: readonly Uint8Array[];
  readonly length: number;
}

/** Goes over a message field by field, and into those that are long. */
class Walker {
  readonly #source: ByteSource;
  #window: Uint8Array = new Uint8Array();
  #from = 0;
  #copied = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async message(name: MessageName, from: number, to: number, depth: number): Promise<Copied> {
    if (depth > MAX_DEPTH)
      throw unsupportedModel(
        phrase(
          'The parts of this model are nested more than {0} deep, which is beyond the limits.',
          MAX_DEPTH,
        ),
      );
    const fields = BY_NUMBER[name];
    const parts: Uint8Array[] = [];
    let length = 0;
    let isMarked = false;
    const add = (...more: readonly Uint8Array[]) => {
      for (const part of more) {
        // Pieces of windows would keep the windows.
        parts.push(part.slice());
        length += part.length;
        this.#copied += part.length;
      }
      if (this.#copied > MOST_BYTES) throw tooLarge();
    };
    for (let at = from; at < to; ) {
      const { value: tag, end: afterTag } = await this.#varint(at, to);
      if (tag < 8 || tag > 0xffff_ffff) throw malformed(phrase('a field number is invalid'), at);
      const wire = tag & 7;
      if (wire !== Wire.bytes) {
        const end = await this.#endOf(wire, afterTag, to);
        add(await this.#bytes(at, end - at));
        at = end;
        continue;
      }
      const field: Field | undefined = fields.get(tag >>> 3);
      const { value: size, end: start } = await this.#varint(afterTag, to);
      if (size > to - start) throw malformed(phrase('a length reaches past the end'), afterTag);
      const end = start + size;
      if (size <= LONGEST_DATA) add(await this.#bytes(at, end - at));
      else if (field?.isMessage) {
        const before = this.#copied;
        const inner = await this.message(field.kind as MessageName, start, end, depth + 1);
        // Its parts were counted where they were read.
        this.#copied = before;
        add(varint(tag), varint(inner.length), ...inner.parts);
      } else if (name === 'Tensor' && DATA.includes(field?.name ?? '')) {
        if (!isMarked) add(MARK);
        isMarked = true;
      } else {
        if (size > MOST_BYTES) throw tooLarge();
        add(varint(tag), varint(size), await this.#bytes(start, size));
      }
      at = end;
    }
    return { parts, length };
  }

  async #endOf(wire: number, at: number, to: number): Promise<number> {
    if (wire === Wire.varint) return (await this.#varint(at, to)).end;
    if (wire !== Wire.fixed64 && wire !== Wire.fixed32)
      throw malformed(phrase('wire type {0} is unknown', wire), at);
    const end = at + (wire === Wire.fixed64 ? 8 : 4);
    if (end > to) throw malformed(phrase('a value is incomplete'), at);
    return end;
  }

  /** A number up to 2 ** 63; what is larger is only passed over, and need not be exact. */
  async #varint(at: number, to: number): Promise<{ readonly value: number; readonly end: number }> {
    const bytes = await this.#bytes(at, Math.min(10, to - at));
    let value = 0;
    for (let i = 0, factor = 1; i < bytes.length; i++, factor *= 128) {
      value += (bytes[i] & 127) * factor;
      if (bytes[i] < 128) return { value, end: at + i + 1 };
    }
    throw malformed(
      bytes.length < 10 ? phrase('a number is incomplete') : phrase('a number is longer than 64 bits'),
      at,
    );
  }

  async #bytes(at: number, length: number): Promise<Uint8Array> {
    const ends = this.#from + this.#window.length;
    if (at < this.#from || at + length > ends) {
      this.#window = await this.#source.read(at, Math.max(length, WINDOW));
      this.#from = at;
    }
    const bytes = this.#window.subarray(at - this.#from, at - this.#from + length);
    // It has become shorter since its size was asked for.
    if (bytes.length < length) throw malformed(phrase('a value is incomplete'), at);
    return bytes;
  }
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tooLarge() {
  return unsupportedModel(
    phrase(
      'This model has more than {0} beside its weights, which is beyond the limits.',
      fileSize(MOST_BYTES),
    ),
  );
}
