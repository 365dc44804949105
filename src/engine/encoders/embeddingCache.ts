import { createHash } from 'node:crypto';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { readRegularFile } from '../../files/regularFile.ts';
import { writeCached } from '../cacheFiles.ts';

/** What decides a set of label embeddings. */
export interface EmbeddingKey {
  /** Name of the encoder, for the folder only. */
  readonly encoder: string;
  /** SHA-256 of the encoder. */
  readonly hash: string;
  /** All texts, template by template of label by label. */
  readonly texts: readonly string[];
  /** Templates per label. */
  readonly templates: number;
}

export interface Embeddings {
  readonly dimension: number;
  /** Row-major [labels, dimension], each row of length 1. */
  readonly values: Float32Array;
}

interface Header {
  readonly version: 1;
  readonly key: string;
  readonly rows: number;
  readonly dimension: number;
  /** Of the bytes that follow. */
  readonly sha256: string;
}

/** Label sets kept per encoder: a target list that is edited makes a new one each time. */
const KEPT = 40;
/** 200,000 labels with 1,024 numbers each, and the header. */
const LARGEST = 1 << 30;
const MAGIC = Buffer.from('SEMAPEMB');

/**
 * Label embeddings on disk, one file per encoder, templates and label space. A file that is damaged, or of another
 * version, counts as absent. Where nothing can be written, embeddings are only not kept.
 */
export class EmbeddingCache {
  readonly #folder: string;

  constructor(cacheFolder: string) {
    this.#folder = path.join(cacheFolder, 'embeddings');
  }

  async read(key: EmbeddingKey): Promise<Embeddings | undefined> {
    const file = this.#file(key);
    let bytes: Buffer;
    try {
      bytes = await readRegularFile(file, { limit: LARGEST });
    } catch {
      return undefined;
    }
    const embeddings = decode(bytes, digestOf(key), key.texts.length / key.templates);
    if (!embeddings) await rm(file, { force: true }).catch(() => {});
    // The file's time is that of its last use: the least used go first.
    else await utimes(file, new Date(), new Date()).catch(() => {});
    return embeddings;
  }

  async write(key: EmbeddingKey, embeddings: Embeddings): Promise<void> {
    const file = this.#file(key);
    if (await writeCached(file, encode(digestOf(key), embeddings)))
      await prune(path.dirname(file)).catch(() => {});
  }

  #file(key: EmbeddingKey): string {
    const name = key.encoder.replace(/[^\w.-]/g, '_').slice(0, 60);
    return path.join(this.#folder, `${name}-${key.hash.slice(0, 16)}`, `${digestOf(key).slice(0, 32)}.bin`);
  }
}

function digestOf({ hash, texts, templates }: EmbeddingKey): string {
  return createHash('sha256')
    .update(JSON.stringify([hash, templates, texts]))
    .digest('hex');
}

function encode(key: string, { dimension, values }: Embeddings): Buffer {
  const data = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const header: Header = {
    version: 1,
    key,
    rows: values.length / dimension,
    dimension,
    sha256: createHash('sha256').update(data).digest('hex'),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([MAGIC, length, text, data]);
}

function decode(bytes: Buffer, key: string, rows: number): Embeddings | undefined {
  if (bytes.length < 12 || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  const end = 12 + bytes.readUInt32LE(8);
  let header: Header;
  try {
    header = JSON.parse(bytes.toString('utf8', 12, end)) as Header;
  } catch {
    return undefined;
  }
  const data = bytes.subarray(end);
  if (header.version !== 1 || header.key !== key || header.rows !== rows) return undefined;
  if (data.length !== rows * header.dimension * 4) return undefined;
  if (createHash('sha256').update(data).digest('hex') !== header.sha256) return undefined;
  // A copy: the bytes after a header of any length are not aligned.
  return { dimension: header.dimension, values: new Float32Array(Uint8Array.from(data).buffer) };
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.bin'));
  if (names.length <= KEPT) return;
  const files = await Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      return { file, used: (await stat(file)).mtimeMs };
    }),
  );
  files.sort((a, b) => b.used - a.used);
  for (const { file } of files.slice(KEPT)) await rm(file, { force: true });
}
