/**
 * Layout of the compact WordNet noun table. The build writes it ({@link encodeTable}), the engine inflates it and
 * {@link decodeTable} turns it into typed arrays; text stays UTF-8 until somebody asks for it.
 *
 * A table is a magic number, a version, and sections of `[varint length, bytes]` in the order of the encoder.
 */
const MAGIC = 0x534d574e; // "SMWN"
const VERSION = 2;

/**
 * How a synset may stand to another besides above and below; the table has their numbers. Of a wheel the spoke is a part, of a
 * herd the cow a member, of bread flour a substance; `topic` is the field that it belongs to, `in-topic` what belongs to
 * it as a field.
 */
export const relations = [
  'part',
  'member',
  'substance',
  'whole',
  'group',
  'made-of-it',
  'topic',
  'in-topic',
] as const;

export type Relation = (typeof relations)[number];

/** One word of a synset, as the build reads it. */
export interface SenseRow {
  /** Cased, with underscores: `Maltese_dog`. */
  readonly word: string;
  readonly lexId: number;
  readonly tagCount: number;
  /** Rank among the senses of the lemma, from 1. */
  readonly number: number;
}

/** One noun synset, as the build reads it. */
export interface SynsetRow {
  /** Lexicographer file, 0-28 among nouns. */
  readonly lexFile: number;
  readonly senses: readonly SenseRow[];
  /** Rows of the hypernyms. */
  readonly hypernyms: readonly number[];
  /** Rows of wholes, parts and topic domains: what else a gloss vector may borrow from. */
  readonly related: readonly { readonly row: number; readonly as: Relation }[];
  /** Whether the hypernyms are classes that it is an instance of (`Rome`, an instance of `city`). */
  readonly instance: boolean;
  readonly gloss: string;
  /** WordNet 3.0 offsets of this synset, as in wnids. */
  readonly offsets30: readonly number[];
}

/** The decoded table: columns over N synsets, M words and K senses. */
export interface WordNetTable {
  readonly lexFile: Uint8Array;
  readonly instance: Uint8Array;
  /** Number of synsets below each synset, itself included. */
  readonly hyponymCount: Uint32Array;
  /** CSR over synsets: `hypernym[hypernymStart[i] .. hypernymStart[i + 1]]`. */
  readonly hypernymStart: Uint32Array;
  readonly hypernym: Uint32Array;
  readonly relatedStart: Uint32Array;
  readonly related: Uint32Array;
  /** Per related synset how it is related: an index into {@link relations}. */
  readonly relation: Uint8Array;
  /** CSR over synsets. */
  readonly senseStart: Uint32Array;
  readonly senseWord: Uint32Array;
  readonly senseLexId: Uint8Array;
  readonly senseNumber: Uint8Array;
  readonly senseTagCount: Uint16Array;
  /** Byte ranges of `words` and `glosses`. */
  readonly wordStart: Uint32Array;
  readonly words: Uint8Array;
  readonly glossStart: Uint32Array;
  readonly glosses: Uint8Array;
  /** Sorted WordNet 3.0 offsets and the synsets they became. */
  readonly offset30: Uint32Array;
  readonly offset30Synset: Uint32Array;
  /** `plural singular` lines. */
  readonly irregular: string;
  /** `token documentFrequency` lines, tokens as made by `contentWords`. */
  readonly frequencies: string;
}

class Writer {
  readonly #chunks: Uint8Array[] = [];

  section(bytes: Uint8Array): void {
    this.#chunks.push(varints([bytes.length]), bytes);
  }

  numbers(values: readonly number[]): void {
    this.section(varints([values.length, ...values]));
  }

  bytes(): Uint8Array {
    const head = new Uint8Array(8);
    const view = new DataView(head.buffer);
    view.setUint32(0, MAGIC);
    view.setUint32(4, VERSION);
    return concat([head, ...this.#chunks]);
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function varints(values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 5);
  let at = 0;
  for (let value of values) {
    while (value >= 0x80) {
      out[at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    out[at++] = value;
  }
  return out.slice(0, at);
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value: number): number => (value & 1 ? -(value + 1) / 2 : value / 2);

/** Packs synset rows (in any order; references are row numbers) into the compact table. */
export function encodeTable(
  rows: readonly SynsetRow[],
  irregular: ReadonlyMap<string, string>,
  frequencies: ReadonlyMap<string, number>,
): Uint8Array {
  const writer = new Writer();
  const encoder = new TextEncoder();
  const wordIds = new Map<string, number>();
  const below = hyponymCounts(rows);
  const senses = rows.flatMap((row) => row.senses);
  // Words are numbered by first appearance, so most references are "the next new word" and compress to nothing.
  const references = senses.map(({ word }) => {
    const known = wordIds.get(word);
    if (known !== undefined) return wordIds.size - known;
    wordIds.set(word, wordIds.size);
    return 0;
  });
  const words = [...wordIds.keys()].map((word) => encoder.encode(word));
  const glosses = rows.map((row) => encoder.encode(row.gloss));
  writer.numbers(rows.map((row) => row.lexFile));
  writer.numbers(rows.map((row) => (row.instance ? 1 : 0)));
  writer.numbers(below);
  writer.numbers(rows.map((row) => row.hypernyms.length));
  writer.numbers(rows.flatMap((row, i) => row.hypernyms.map((h) => zigzag(i - h))));
  writer.numbers(rows.map((row) => row.related.length));
  writer.numbers(rows.flatMap((row, i) => row.related.map((r) => zigzag(i - r.row))));
  writer.numbers(rows.flatMap((row) => row.related.map(({ as }) => relations.indexOf(as))));
  writer.numbers(rows.map((row) => row.senses.length));
  writer.numbers(references);
  writer.numbers(senses.map((sense) => sense.lexId));
  writer.numbers(senses.map((sense) => Math.min(255, sense.number)));
  writer.numbers(senses.map((sense) => Math.min(65535, sense.tagCount)));
  writer.numbers(words.map((word) => word.length));
  writer.section(concat(words));
  writer.numbers(glosses.map((gloss) => gloss.length));
  writer.section(concat(glosses));
  const offsets = rows
    .flatMap((row, i) => row.offsets30.map((offset) => ({ offset, i })))
    .sort((a, b) => a.offset - b.offset);
  writer.numbers(offsets.map(({ offset }, n) => offset - (offsets[n - 1]?.offset ?? 0)));
  writer.numbers(offsets.map(({ i }, n) => zigzag(i - (offsets[n - 1]?.i ?? 0))));
  const lines = (map: ReadonlyMap<string, string | number>) =>
    encoder.encode([...map].map(([key, value]) => `${key} ${value}`).join('\n'));
  writer.section(lines(irregular));
  writer.section(lines(frequencies));
  return writer.bytes();
}

function hyponymCounts(rows: readonly SynsetRow[]): number[] {
  const counts = new Array<number>(rows.length).fill(0);
  rows.forEach((_, i) => {
    const seen = new Set([i]);
    for (const row of seen) {
      counts[row]++;
      for (const parent of rows[row].hypernyms) seen.add(parent);
    }
  });
  return counts;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 8;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 8 || view.getUint32(0) !== MAGIC || view.getUint32(4) !== VERSION)
      throw new Error('This is not a WordNet table of the version that this code reads.');
  }

  varint(): number {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = this.#bytes[this.#at++];
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
      shift += 7;
    }
  }

  section(): Uint8Array {
    const length = this.varint();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  numbers<A extends Uint8Array | Uint16Array | Uint32Array>(make: (length: number) => A): A {
    this.varint();
    const length = this.varint();
    const out = make(length);
    for (let i = 0; i < length; i++) out[i] = this.varint();
    return out;
  }

  /** Running sums of the stored lengths: the starts of a CSR, one longer than the list. */
  starts(): Uint32Array {
    this.varint();
    const length = this.varint();
    const out = new Uint32Array(length + 1);
    for (let i = 0; i < length; i++) out[i + 1] = out[i] + this.varint();
    return out;
  }
}

const u8 = (length: number) => new Uint8Array(length);
const u16 = (length: number) => new Uint16Array(length);
const u32 = (length: number) => new Uint32Array(length);

/** Reads what {@link encodeTable} wrote; text sections stay views of `bytes`. */
export function decodeTable(bytes: Uint8Array): WordNetTable {
  const reader = new Reader(bytes);
  const decoder = new TextDecoder();
  // In the order in which they were written.
  const table: WordNetTable = {
    lexFile: reader.numbers(u8),
    instance: reader.numbers(u8),
    hyponymCount: reader.numbers(u32),
    hypernymStart: reader.starts(),
    hypernym: reader.numbers(u32),
    relatedStart: reader.starts(),
    related: reader.numbers(u32),
    relation: reader.numbers(u8),
    senseStart: reader.starts(),
    senseWord: reader.numbers(u32),
    senseLexId: reader.numbers(u8),
    senseNumber: reader.numbers(u8),
    senseTagCount: reader.numbers(u16),
    wordStart: reader.starts(),
    words: reader.section(),
    glossStart: reader.starts(),
    glosses: reader.section(),
    offset30: reader.numbers(u32),
    offset30Synset: reader.numbers(u32),
    irregular: decoder.decode(reader.section()),
    frequencies: decoder.decode(reader.section()),
  };
  const { senseWord, offset30, offset30Synset } = table;
  toRows(table.hypernymStart, table.hypernym);
  toRows(table.relatedStart, table.related);
  let next = 0;
  for (let i = 0; i < senseWord.length; i++) senseWord[i] = senseWord[i] ? next - senseWord[i] : next++;
  for (let i = 0, synset = 0; i < offset30.length; i++) {
    offset30[i] = offset30[i] + (i ? offset30[i - 1] : 0);
    synset += unzigzag(offset30Synset[i]);
    offset30Synset[i] = synset;
  }
  return table;
}

/** Row-relative references become row numbers again, in place. */
function toRows(starts: Uint32Array, references: Uint32Array): void {
  for (let row = 0; row + 1 < starts.length; row++) {
    for (let k = starts[row]; k < starts[row + 1]; k++) references[k] = row - unzigzag(references[k]);
  }
}
