import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type AsyncBuffer, type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import { packedLook, SHAPE_BYTES, unpackedLook } from '../../core/images/imageFacts.ts';
import {
  factTexts,
  type ResultFacts,
  type ResultRow,
  type ResultWidths,
  readFacts,
} from '../../core/jobs/shardResult.ts';
import { say } from '../../core/text/text.ts';
import { DIGEST_BYTES } from '../../files/fileState.ts';
import {
  bytesOf,
  DIGEST,
  type ExpectedResult,
  FLOAT_BYTES,
  hashOfStart,
  type OpenResult,
  type ResultShape,
  readSkip,
  type Vector,
  vectors,
} from './openResult.ts';
import { versionOf } from './resultFiles.ts';

/*
 * The result of a shard as Parquet. Small columns are as everybody writes them. Outputs, features and scores are bytes of a
 * fixed length, little-endian float32 of a row one after the other, in one uncompressed page for each group of rows: so a row
 * is read from the file where it lies, and nothing is decoded or copied for it.
 * The last thing in the file is the list of its columns; in it are the facts and the digest of all bytes before.
 */

/** Bytes of a group of rows, about; it is held in memory. */
const GROUP_BYTES = 8 << 20;
const MOST_GROUP_ROWS = 1000;
const MAGIC = 'PAR1';
/** The list of columns of a shard of ten million images has less. */
const LARGEST_FOOTER = 64 << 20;

function schemaOf(widths: ResultWidths): SchemaElement[] {
  const optional = (name: string, rest: Omit<SchemaElement, 'name'>): SchemaElement => ({
    name,
    repetition_type: 'OPTIONAL',
    ...rest,
  });
  const required = (name: string, rest: Omit<SchemaElement, 'name'>): SchemaElement => ({
    name,
    repetition_type: 'REQUIRED',
    ...rest,
  });
  const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const;
  const bytes = (length: number) => ({ type: 'FIXED_LEN_BYTE_ARRAY', type_length: length }) as const;
  const columns = [
    required('path', text),
    required('folder', { type: 'INT32' }),
    required('bytes', { type: 'DOUBLE' }),
    required('modified', { type: 'DOUBLE' }),
    required('changed', { type: 'BOOLEAN' }),
    optional('skipped', text),
    optional('skipped_text', text),
    optional('label', text),
    required('target', { type: 'INT32' }),
    required('confidence', { type: 'DOUBLE' }),
    optional('digest', bytes(DIGEST_BYTES)),
    optional('width', { type: 'INT32' }),
    optional('height', { type: 'INT32' }),
    optional('look', { type: 'INT32' }),
    optional('shape', bytes(SHAPE_BYTES)),
    ...vectors
      .filter((name) => widths[name] > 0)
      .map((name) => required(name, bytes(widths[name] * FLOAT_BYTES))),
  ];
  return [{ name: 'root', num_children: columns.length }, ...columns];
}

/**
 * The bytes of a result, while its rows come.
 * @param facts asked for when all rows were taken
 */
export async function* parquetResult(
  rows: AsyncIterable<ResultRow>,
  { widths, labels }: ResultShape,
  facts: () => ResultFacts,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  const bytes = new ByteWriter(1 << 16);
  const writer = new ParquetWriter({ writer: bytes, schema: schemaOf(widths), statistics: false });
  const taken = () => {
    const part = bytes.getBytes().slice();
    bytes.index = 0;
    return part;
  };
  const rowBytes = FLOAT_BYTES * vectors.reduce((sum, name) => sum + widths[name], 0) + 256;
  const most = Math.max(1, Math.min(MOST_GROUP_ROWS, Math.floor(GROUP_BYTES / rowBytes)));
  let group: ResultRow[] = [];
  const written = () => {
    void writer.write({ columnData: columnsOf(group, widths, labels), rowGroupSize: most, pageSize: 0 });
    group = [];
    const part = taken();
    hash.update(part);
    return part;
  };
  for await (const row of rows) if (group.push(row) === most) yield written();
  if (group.length > 0) yield written();
  const pairs = [...factTexts(facts()), [DIGEST, hash.digest('hex')] as const];
  writer.kvMetadata = pairs.map(([key, value]) => ({ key, value }));
  void writer.finish();
  yield taken();
}

function columnsOf(
  rows: readonly ResultRow[],
  widths: ResultWidths,
  labels: readonly string[],
): ColumnSource[] {
  const column = (name: string, of: (row: ResultRow) => unknown): ColumnSource => ({
    name,
    data: rows.map((row) => of(row) ?? null),
  });
  const latin1 = (text: string | undefined) => text && new Uint8Array(Buffer.from(text, 'latin1'));
  return [
    column('path', ({ image }) => image.name),
    column('folder', ({ image }) => image.folder),
    column('bytes', ({ bytes }) => bytes),
    column('modified', ({ modified }) => modified),
    column('changed', ({ changed }) => changed),
    column('skipped', ({ skipped }) => skipped && say(skipped)),
    column('skipped_text', ({ skipped }) => skipped && JSON.stringify(skipped)),
    column('label', ({ target }) => labels[target]),
    column('target', ({ target }) => target),
    column('confidence', ({ confidence }) => confidence),
    column('digest', ({ digest }) => latin1(digest)),
    column('width', ({ facts }) => facts?.width),
    column('height', ({ facts }) => facts?.height),
    column('look', ({ facts }) => facts && packedLook(facts)),
    column('shape', ({ facts }) => latin1(facts?.shape)),
    ...vectors
      .filter((name) => widths[name] > 0)
      .map((name): ColumnSource => {
        const nothing = new Uint8Array(widths[name] * FLOAT_BYTES);
        const of = (row: ResultRow) => (row[name] ? bytesOf(row[name]) : nothing);
        return { ...column(name, of), encoding: 'PLAIN', codec: 'UNCOMPRESSED' };
      }),
  ];
}

/** The end of a result. */
interface Footer {
  readonly metadata: FileMetaData;
  readonly texts: ReadonlyMap<string, string>;
  readonly facts: ResultFacts;
  /** Where it begins. */
  readonly at: number;
}

async function footerOf(handle: FileHandle): Promise<Footer | undefined> {
  const { size } = await handle.stat();
  const tail = Buffer.alloc(8);
  if (size < 12 || (await handle.read(tail, 0, 8, size - 8)).bytesRead !== 8) return undefined;
  const length = tail.readUInt32LE(0);
  const at = size - 8 - length;
  if (tail.toString('latin1', 4) !== MAGIC || length > LARGEST_FOOTER || at < 4) return undefined;
  const bytes = new ArrayBuffer(length + 8);
  await handle.read(new Uint8Array(bytes), 0, length + 8, at);
  let metadata: FileMetaData;
  try {
    metadata = parquetMetadata(bytes);
  } catch {
    return undefined;
  }
  const texts = new Map((metadata.key_value_metadata ?? []).map(({ key, value = '' }) => [key, value]));
  const facts = readFacts(texts);
  return facts && { metadata, texts, facts, at };
}

/** What a result says of itself, where all its bytes are as they were written. */
export async function checkParquet(file: string): Promise<ResultFacts | undefined> {
  const handle = await open(file, 'r');
  try {
    const footer = await footerOf(handle);
    if (!footer || Number(footer.metadata.num_rows) !== footer.facts.images) return undefined;
    return (await hashOfStart(handle, footer.at)) === footer.texts.get(DIGEST) ? footer.facts : undefined;
  } finally {
    await handle.close();
  }
}

/** Where the numbers of some rows begin. */
interface Group {
  readonly from: number;
  readonly to: number;
  readonly at: Readonly<Record<Vector, number>>;
}

/** Opens a result. */
export async function openParquet(
  file: string,
  { images, widths: expected }: ExpectedResult,
): Promise<OpenResult | undefined> {
  const handle = await open(file, 'r');
  try {
    const footer = await footerOf(handle);
    if (!footer) return undefined;
    const { metadata, facts } = footer;
    if (facts.images !== images || Number(metadata.num_rows) !== images) return undefined;
    const stats = await handle.stat();
    const { size } = stats;
    const version = versionOf(stats);
    const source: AsyncBuffer = {
      byteLength: size,
      slice: async (from, to = size) => {
        const bytes = new ArrayBuffer(to - from);
        await handle.read(new Uint8Array(bytes), 0, to - from, from);
        return bytes;
      },
    };
    const here = new Map(metadata.schema.slice(1).map((column) => [column.name, column]));
    const widthOf = (name: Vector) => (here.get(name)?.type_length ?? 0) / FLOAT_BYTES;
    const widths = { scores: widthOf('scores'), outputs: widthOf('outputs'), features: widthOf('features') };
    if (vectors.some((name) => widths[name] !== expected[name])) return undefined;
    const columns = [...here.keys()].filter((name) => !vectors.some((vector) => vector === name));
    const objects = await parquetReadObjects({ file: source, metadata, columns, utf8: false });
    const groups = groupsOf(metadata, widths);
    return {
      facts,
      widths,
      rows: objects.map(rowOf),
      read: (files, vector, row, into) => {
        const group = groups.find(({ to }) => row < to);
        if (!group || widths[vector] === 0) return false;
        const length = widths[vector] * FLOAT_BYTES;
        const at = group.at[vector] + (row - group.from) * length;
        return files.read({ path: file, version }, bytesOf(into).subarray(0, length), at);
      },
    };
  } finally {
    await handle.close();
  }
}

function groupsOf(metadata: FileMetaData, widths: ResultWidths): readonly Group[] {
  let from = 0;
  return metadata.row_groups.map(({ columns, num_rows }) => {
    const count = Number(num_rows);
    const startOf = (name: Vector) => {
      const chunk = columns.find(({ meta_data }) => meta_data?.path_in_schema[0] === name)?.meta_data;
      if (!chunk) return 0;
      // One page without levels: its values are the end of it.
      const end = Number(chunk.data_page_offset) + Number(chunk.total_compressed_size);
      return end - count * widths[name] * FLOAT_BYTES;
    };
    const at = { scores: startOf('scores'), outputs: startOf('outputs'), features: startOf('features') };
    const group = { from, to: from + count, at };
    from += count;
    return group;
  });
}

function rowOf(row: Readonly<Record<string, unknown>>): ResultRow {
  const latin1 = (value: unknown) => Buffer.from(value as Uint8Array).toString('latin1');
  const { width, height, look, shape, digest, skipped_text: skipped } = row;
  return {
    image: { name: String(row['path']), folder: Number(row['folder']) },
    bytes: Number(row['bytes']),
    modified: Number(row['modified']),
    changed: row['changed'] === true,
    skipped: readSkip(skipped),
    digest: digest ? latin1(digest) : undefined,
    facts:
      width && height && shape
        ? {
            width: Number(width),
            height: Number(height),
            ...unpackedLook(Number(look)),
            shape: latin1(shape),
          }
        : undefined,
    target: Number(row['target']),
    confidence: Number(row['confidence']),
  };
}
