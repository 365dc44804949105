import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { invalidDocument } from '../core/errors.ts';
import type { ExportedRun, ExportSource } from '../core/exports/exportedRun.ts';
import {
  imageOfJson,
  JsonCensus,
  type JsonImage,
  notAnExport,
  readJsonImage,
} from '../core/exports/jsonImages.ts';
import { LongArray, NotSuchJson } from '../core/json/longArray.ts';
import { phrase } from '../core/text/text.ts';
import { openRegularFile } from './regularFile.ts';

/** A file of any size is read in pieces of so many bytes. */
const PIECE = 1 << 20;

/** Gives the bytes of a document, from the beginning whenever it is asked. */
type Bytes = () => AsyncIterable<Uint8Array>;

/**
 * What `semap classify --json` printed, or an export as JSON, as exports see it. Read twice and never held as a whole: a
 * million images take no more memory than a few.
 * @param name what the document is called in messages
 * @throws {SemapError} `invalid-document` for what is none; as `openRegularFile`
 */
export async function jsonSource(bytes: Bytes, name: string): Promise<ExportSource> {
  const census = new JsonCensus(path.sep);
  const parts = new LongArray('predictions');
  let run: ExportedRun;
  try {
    for await (const some of elementsOf(bytes, parts, name)) for (const image of some) census.add(image);
    run = census.run(parts.end());
  } catch (error) {
    if (!(error instanceof NotSuchJson)) throw error;
    // The command that wrote it was stopped, or its disk was full.
    throw error.isCut
      ? invalidDocument(phrase('{0} is not valid JSON: it may be damaged or incomplete.', name))
      : notAnExport(name);
  }
  return {
    run,
    async *images() {
      for await (const some of elementsOf(bytes, new LongArray('predictions'), name))
        yield some.map((image) => imageOfJson(image, run, path.sep));
    },
  };
}

async function* elementsOf(
  bytes: Bytes,
  parts: LongArray,
  name: string,
): AsyncGenerator<readonly JsonImage[]> {
  const decoder = new TextDecoder();
  for await (const some of bytes()) {
    const elements = parts.push(decoder.decode(some, { stream: true }));
    if (elements.length > 0) yield elements.map((element) => readJsonImage(element, name));
    await setImmediate();
  }
}

/**
 * The same of a file.
 * @throws {SemapError} as {@link jsonSource}
 */
export function jsonFileSource(file: string): Promise<ExportSource> {
  return jsonSource(() => bytesOf(file), path.basename(file));
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const { handle } = await openRegularFile(file);
  try {
    for (;;) {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.allocUnsafe(PIECE), position: null });
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
