import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import {
  factTexts,
  type ResultFacts,
  type ResultRow,
  type ResultWidths,
  readFacts,
} from '../../core/jobs/shardResult.ts';
import { say } from '../../core/text/text.ts';
import {
  bytesOf,
  DIGEST,
  type ExpectedResult,
  hashOfStart,
  type OpenResult,
  type ResultShape,
  readSkip,
  type Vector,
} from './openResult.ts';
import { versionOf } from './resultFiles.ts';

/*
 * The result of a shard as JSON Lines: an object for each image, numbers as base64 of little-endian float32, and at the end one
 * with the facts and the digest of all bytes before it.
 */

/** The last line has a few facts. */
const LARGEST_END = 1 << 16;

/** The bytes of a result, while its rows come. @param facts asked for when all rows were taken */
export async function* jsonResult(
  rows: AsyncIterable<ResultRow>,
  { widths, labels }: ResultShape,
  facts: () => ResultFacts,
): AsyncGenerator<string> {
  const hash = createHash('sha256');
  for await (const row of rows) {
    const line = `${JSON.stringify(written(row, widths, labels))}\n`;
    hash.update(line);
    yield line;
  }
  yield `${JSON.stringify(Object.fromEntries([...factTexts(facts()), [DIGEST, hash.digest('hex')]]))}\n`;
}

function written(row: ResultRow, widths: ResultWidths, labels: readonly string[]) {
  const { image, bytes, modified, changed, skipped, digest, facts, target, confidence } = row;
  const base64 = (name: Vector) =>
    widths[name] > 0 && row[name] ? { [name]: Buffer.from(bytesOf(row[name])).toString('base64') } : {};
  return {
    path: image.name,
    folder: image.folder,
    bytes,
    modified,
    changed,
    ...(skipped && { skipped: say(skipped), skipped_text: JSON.stringify(skipped) }),
    ...(labels[target] !== undefined && { label: labels[target] }),
    target,
    confidence,
    ...(digest !== undefined && { digest: Buffer.from(digest, 'latin1').toString('hex') }),
    ...(facts && { facts: { ...facts, shape: Buffer.from(facts.shape, 'latin1').toString('hex') } }),
    ...base64('scores'),
    ...base64('outputs'),
    ...base64('features'),
  };
}

interface End {
  readonly texts: ReadonlyMap<string, string>;
  readonly facts: ResultFacts;
  readonly at: number;
}

async function endOf(handle: FileHandle): Promise<End | undefined> {
  const { size } = await handle.stat();
  const length = Math.min(size, LARGEST_END);
  const tail = Buffer.alloc(length);
  await handle.read(tail, 0, length, size - length);
  if (tail.at(-1) !== 0x0a) return undefined;
  const start = tail.lastIndexOf(0x0a, length - 2) + 1;
  try {
    const data: Record<string, unknown> = JSON.parse(tail.toString('utf8', start));
    const texts = new Map(Object.entries(data).map(([key, value]) => [key, String(value)]));
    const facts = readFacts(texts);
    return facts && { texts, facts, at: size - length + start };
  } catch {
    return undefined;
  }
}

/** What a result says of itself, where all its bytes are as they were written. */
export async function checkJson(file: string): Promise<ResultFacts | undefined> {
  const handle = await open(file, 'r');
  try {
    const end = await endOf(handle);
    return end && (await hashOfStart(handle, end.at)) === end.texts.get(DIGEST) ? end.facts : undefined;
  } finally {
    await handle.close();
  }
}

/** Opens a result. */
export async function openJson(
  file: string,
  { images, widths }: ExpectedResult,
): Promise<OpenResult | undefined> {
  const handle = await open(file, 'r');
  let end: End | undefined;
  let version: string;
  try {
    end = await endOf(handle);
    version = versionOf(await handle.stat());
  } finally {
    await handle.close();
  }
  if (end?.facts.images !== images) return undefined;
  const rows: ResultRow[] = [];
  /** Where each line begins, and where the last one ends. */
  const lines: number[] = [0];
  let rest = Buffer.alloc(0);
  let at = 0;
  for await (const piece of createReadStream(file, { end: Math.max(0, end.at - 1) })) {
    const bytes = Buffer.concat([rest, piece as Buffer]);
    let from = 0;
    for (let to = bytes.indexOf(0x0a); to >= 0; to = bytes.indexOf(0x0a, from)) {
      rows.push(rowOf(JSON.parse(bytes.toString('utf8', from, to))));
      from = to + 1;
      lines.push(at + from);
    }
    rest = bytes.subarray(from);
    at += from;
  }
  if (rows.length !== images) return undefined;
  return {
    facts: end.facts,
    widths,
    rows,
    read: (files, vector, row, into) => {
      const line = Buffer.alloc(lines[row + 1] - lines[row]);
      if (!files.read({ path: file, version }, line, lines[row])) return false;
      const text = JSON.parse(line.toString('utf8'))[vector];
      const numbers = typeof text === 'string' ? Buffer.from(text, 'base64') : undefined;
      if (numbers?.length !== widths[vector] * 4 || numbers.length === 0) return false;
      bytesOf(into).set(numbers);
      return true;
    },
  };
}

function rowOf(data: Readonly<Record<string, unknown>>): ResultRow {
  const { facts, digest, skipped_text: skipped } = data;
  const latin1 = (hex: unknown) => Buffer.from(String(hex), 'hex').toString('latin1');
  const known = facts as NonNullable<ResultRow['facts']> | undefined;
  return {
    image: { name: String(data['path']), folder: Number(data['folder']) },
    bytes: Number(data['bytes']),
    modified: Number(data['modified']),
    changed: data['changed'] === true,
    skipped: readSkip(skipped),
    digest: digest === undefined ? undefined : latin1(digest),
    facts: known && { ...known, shape: latin1(known.shape) },
    target: Number(data['target']),
    confidence: Number(data['confidence']),
  };
}
