import { unsupportedModel } from '../errors.ts';
import { fileSize } from '../text/numbers.ts';
import { phrase } from '../text/text.ts';
import { isPassedOver, PASSED_OVER } from './externalData.ts';
import {
  BY_NUMBER,
  decodeModel,
  MAX_DEPTH,
  MAX_ELEMENTS,
  malformed,
  tooManyFields,
} from './protobuf/decode.ts';
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
/** Bytes of a name; those of real models are below a thousand. */
const LONGEST_NAME = 64 << 10;
/** A tag, and a length or a number. */
const HEAD = 20;
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
  const pieces = await walker.message('Model', 0, source.size, 0);
  return decodeModel(pieces.whole());
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

/** Goes over a message field by field, and into those that are long. */
class Walker {
  readonly #source: ByteSource;
  #window: Uint8Array = new Uint8Array();
  #from = 0;
  #kept = 0;
  #fields = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  async message(name: MessageName, from: number, to: number, depth: number): Promise<Pieces> {
    if (depth > MAX_DEPTH)
      throw unsupportedModel(
        phrase(
          'The parts of this model are nested more than {0} deep, which is beyond the limits.',
          MAX_DEPTH,
        ),
      );
    const fields = BY_NUMBER[name];
    const pieces = new Pieces();
    let isMarked = false;
    for (let at = from; at < to; ) {
      if (++this.#fields > MAX_ELEMENTS) throw tooManyFields();
      // Waiting for what is there already would take longer than reading it.
      if (!this.#holds(at, HEAD, to)) await this.#load(at, HEAD);
      const { value: tag, end: afterTag } = this.#varint(at, to);
      if (tag < 8 || tag > 0xffff_ffff) throw malformed(phrase('a field number is invalid'), at);
      const wire = tag & 7;
      if (wire !== Wire.bytes) {
        const end = this.#endOf(wire, afterTag, to);
        this.#keep(pieces, this.#bytes(at, end - at));
        at = end;
        continue;
      }
      const field: Field | undefined = fields.get(tag >>> 3);
      const { value: size, end: start } = this.#varint(afterTag, to);
      if (size > to - start) throw malformed(phrase('a length reaches past the end'), afterTag);
      const end = start + size;
      if (size <= LONGEST_DATA) {
        if (!this.#holds(at, end - at, to)) await this.#load(at, end - at);
        this.#keep(pieces, this.#bytes(at, end - at));
      } else if (field?.isMessage) {
        const inner = await this.message(field.kind as MessageName, start, end, depth + 1);
        pieces.add(varint(tag));
        pieces.add(varint(inner.length));
        pieces.take(inner);
      } else if (name === 'Tensor' && DATA.includes(field?.name ?? '')) {
        if (!isMarked) pieces.add(MARK);
        isMarked = true;
      } else {
        if (field?.kind === 'string' && size > LONGEST_NAME && !isProse(name, field)) throw longName(field);
        if (size > MOST_BYTES) throw tooLarge();
        pieces.add(varint(tag));
        pieces.add(varint(size));
        await this.#load(start, size);
        this.#keep(pieces, this.#bytes(start, size));
      }
      at = end;
    }
    return pieces;
  }

  #keep(pieces: Pieces, bytes: Uint8Array): void {
    this.#kept += bytes.length;
    if (this.#kept > MOST_BYTES) throw tooLarge();
    pieces.add(bytes);
  }

  #endOf(wire: number, at: number, to: number): number {
    if (wire === Wire.varint) return this.#varint(at, to).end;
    if (wire !== Wire.fixed64 && wire !== Wire.fixed32)
      throw malformed(phrase('wire type {0} is unknown', wire), at);
    const end = at + (wire === Wire.fixed64 ? 8 : 4);
    if (end > to) throw malformed(phrase('a value is incomplete'), at);
    return end;
  }

  /** A number up to 2 ** 63; what is larger is only passed over, and need not be exact. */
  #varint(at: number, to: number): { readonly value: number; readonly end: number } {
    const length = Math.min(10, to - at);
    const bytes = this.#bytes(at, length);
    let value = 0;
    for (let i = 0, factor = 1; i < length; i++, factor *= 128) {
      value += (bytes[i] & 127) * factor;
      if (bytes[i] < 128) return { value, end: at + i + 1 };
    }
    throw malformed(
      length < 10 ? phrase('a number is incomplete') : phrase('a number is longer than 64 bits'),
      at,
    );
  }

  /** Whether so many bytes are in the window, or all up to the end of a message. */
  #holds(at: number, length: number, to: number): boolean {
    return at >= this.#from && Math.min(at + length, to) <= this.#from + this.#window.length;
  }

  async #load(at: number, length: number): Promise<void> {
    this.#window = await this.#source.read(at, Math.max(length, WINDOW));
    this.#from = at;
  }

  /** What was loaded. */
  #bytes(at: number, length: number): Uint8Array {
    const bytes = this.#window.subarray(at - this.#from, at - this.#from + length);
    // It has become shorter since its size was asked for.
    if (bytes.length < length) throw malformed(phrase('a value is incomplete'), at);
    return bytes;
  }
}

/** A message as it is to be written. A graph has millions of fields of two bytes where somebody wants that. */
class Pieces {
  readonly #full: Uint8Array[] = [];
  #last = new Uint8Array();
  #used = 0;
  length = 0;

  /** Copies bytes behind those that there are. */
  add(bytes: Uint8Array): void {
    if (bytes.length > this.#last.length - this.#used) {
      this.#close();
      this.#last = new Uint8Array(Math.max(bytes.length, Math.min(WINDOW, Math.max(64, this.length))));
    }
    this.#last.set(bytes, this.#used);
    this.#used += bytes.length;
    this.length += bytes.length;
  }

  /** All of a message that is complete. */
  take(inner: Pieces): void {
    for (const piece of inner.#all()) {
      if (piece.length < LONGEST_DATA) this.add(piece);
      else {
        this.#close();
        this.#full.push(piece);
        this.length += piece.length;
      }
    }
  }

  whole(): Uint8Array {
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.#all()) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  *#all(): Generator<Uint8Array> {
    yield* this.#full;
    yield this.#last.subarray(0, this.#used);
  }

  #close(): void {
    if (this.#used > 0) this.#full.push(this.#last.subarray(0, this.#used));
    this.#last = this.#last.subarray(this.#used);
    this.#used = 0;
  }
}

/** Texts that may be long: what people wrote, and the values of metadata, where labels stand. */
function isProse(message: MessageName, { name }: Field): boolean {
  return name === 'docString' || (message === 'StringEntry' && name === 'value');
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}

function longName({ name }: Field) {
  return unsupportedModel(
    phrase(
      'This model has a name ({0}) of more than {1}, which is beyond the limits.',
      name,
      fileSize(LONGEST_NAME),
    ),
  );
}

function tooLarge() {
  return unsupportedModel(
    phrase(
      'This model has more than {0} beside its weights, which is beyond the limits.',
      fileSize(MOST_BYTES),
    ),
  );
}
