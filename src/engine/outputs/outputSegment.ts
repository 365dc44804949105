import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open, rename, truncate, utimes } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../../files/folders.ts';
import { isAlive, thisHost } from '../../files/processes.ts';
import {
  decodeRecords,
  encodeHeader,
  encodeRecords,
  INDEX_HEADER_BYTES,
  type IndexRecord,
  isForeign,
  isHeader,
  type KnownImage,
  rowChecksum,
} from './outputIndex.ts';

const INDEX = 'index.bin';
const DATA = 'logits.bin';

/** How the segments of this machine's processes are called, so that those of dead ones are recognised. */
const OWN_NAME = /^([0-9a-f]{8})-(\d+)-[0-9a-f]+$/;

/** A name that no other segment has. */
export function newSegmentName(): string {
  return `${thisHost}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

export function isSegmentName(name: string): boolean {
  return OWN_NAME.test(name);
}

/** Whether the process that wrote a segment has ended. Of other machines' processes nothing is known. */
export function isAbandoned(name: string): boolean {
  const [, host, pid] = OWN_NAME.exec(name) ?? [];
  return host === thisHost && !isAlive(Number(pid));
}

/** Whether a segment may be deleted: nobody appends to it. This process says itself which ones it writes. */
export function isDeletable(name: string): boolean {
  const [, host, pid] = OWN_NAME.exec(name) ?? [];
  return host !== thisHost || Number(pid) === process.pid || !isAlive(Number(pid));
}

/** A segment that some process wrote or writes: read as far as it is whole. */
export class SegmentReader {
  readonly folder: string;
  readonly #sourceCount: number;
  #data: number | undefined;
  /** How far the index was read. */
  #end = 0;
  #rows = 0;
  #touched = false;
  #foreign = false;
  #refreshing: Promise<unknown> = Promise.resolve();

  constructor(folder: string, sourceCount: number) {
    this.folder = folder;
    this.#sourceCount = sourceCount;
  }

  /** End of the whole records of the index, in bytes. */
  get end(): number {
    return this.#end;
  }

  /** Records that were read so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Whether another version wrote it, so that it is of no use to this one. */
  get isForeign(): boolean {
    return this.#foreign;
  }

  /** Records that were added since the last call; one after the other, so that none is counted twice. */
  refresh(): Promise<readonly IndexRecord[]> {
    const records = this.#refreshing.then(() => this.#added());
    this.#refreshing = records;
    return records;
  }

  async #added(): Promise<readonly IndexRecord[]> {
    try {
      const bytes = await readFrom(path.join(this.folder, INDEX), this.#end);
      if (this.#end === 0) this.#foreign = isForeign(bytes);
      if (bytes.length === 0 || (this.#end === 0 && !isHeader(bytes, this.#sourceCount))) return [];
      this.#data ??= openSync(path.join(this.folder, DATA), 'r');
      const { records, end } = decodeRecords(bytes, this.#end === 0 ? INDEX_HEADER_BYTES : 0);
      this.#end += end;
      this.#rows += records.length;
      return records;
    } catch {
      // Moved or deleted meanwhile: what it held is computed again.
      return [];
    }
  }

  /** The logits [S] of a record; undefined when they are damaged. */
  read(
    record: Pick<IndexRecord, 'row' | 'checksum'>,
    logits: Float32Array = new Float32Array(this.#sourceCount),
  ): Float32Array | undefined {
    if (this.#data === undefined) return undefined;
    this.#touch();
    try {
      const read = readSync(this.#data, logits, 0, logits.byteLength, record.row * logits.byteLength);
      if (read !== logits.byteLength) return undefined;
    } catch {
      return undefined;
    }
    return rowChecksum(logits) === record.checksum ? logits : undefined;
  }

  /** Tells by the file's time that the segment is of use. */
  #touch(): void {
    if (this.#touched) return;
    this.#touched = true;
    const now = new Date();
    void utimes(path.join(this.folder, INDEX), now, now).catch(() => {});
  }

  close(): void {
    if (this.#data !== undefined) closeSync(this.#data);
    this.#data = undefined;
  }
}

async function readFrom(file: string, start: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const length = Math.max(0, (await handle.stat()).size - start);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The segment that this process appends to. */
export class SegmentWriter {
  readonly folder: string;
  readonly #index: FileHandle;
  readonly #data: FileHandle;
  readonly #rowBytes: number;
  #indexEnd: number;
  #rows: number;

  private constructor(
    folder: string,
    index: FileHandle,
    data: FileHandle,
    rowBytes: number,
    at: [number, number],
  ) {
    this.folder = folder;
    this.#index = index;
    this.#data = data;
    this.#rowBytes = rowBytes;
    [this.#indexEnd, this.#rows] = at;
  }

  static async create(folder: string, sourceCount: number): Promise<SegmentWriter> {
    await makeFolders(folder);
    const data = await open(path.join(folder, DATA), 'wx');
    const index = await open(path.join(folder, INDEX), 'wx');
    await index.write(encodeHeader(sourceCount), 0, INDEX_HEADER_BYTES, 0);
    return new SegmentWriter(folder, index, data, sourceCount * 4, [INDEX_HEADER_BYTES, 0]);
  }

  /**
   * Takes over a segment whose process is gone. Renaming decides who gets it when several try.
   * @param end of its whole records; what follows is cut off
   */
  static async adopt(from: string, folder: string, sourceCount: number, end: number): Promise<SegmentWriter> {
    await rename(from, folder);
    await truncate(path.join(folder, INDEX), end);
    const index = await open(path.join(folder, INDEX), 'r+');
    const data = await open(path.join(folder, DATA), 'r+');
    const rows = Math.ceil((await data.stat()).size / (sourceCount * 4));
    return new SegmentWriter(folder, index, data, sourceCount * 4, [end, rows]);
  }

  /**
   * Appends rows, then their records: a record never points to a row that is not there.
   * @param logits row-major [N, S] of N images
   */
  async append(images: readonly KnownImage[], logits: Float32Array): Promise<void> {
    if (images.length === 0) return;
    const first = this.#rows;
    const S = this.#rowBytes / 4;
    const data = Buffer.from(logits.buffer, logits.byteOffset, logits.byteLength);
    const checksums = images.map((_, i) => rowChecksum(logits.subarray(i * S, (i + 1) * S)));
    const index = encodeRecords(images, first, checksums);
    await this.#data.write(data, 0, data.length, first * this.#rowBytes);
    this.#rows += images.length;
    await this.#index.write(index, 0, index.length, this.#indexEnd);
    this.#indexEnd += index.length;
  }

  /** Size of both files. */
  get bytes(): number {
    return this.#indexEnd + this.#rows * this.#rowBytes;
  }

  async close(): Promise<void> {
    await this.#data.close();
    await this.#index.close();
  }
}

/** Logits that wait to be written, in one block that is filled again and again: an array of their own each would outlive the young generation. */
export class WaitingRows {
  readonly #sourceCount: number;
  readonly #images: KnownImage[] = [];
  /** Row of an image by its key. */
  readonly #rows = new Map<string, number>();
  #block: Float32Array;

  constructor(sourceCount: number) {
    this.#sourceCount = sourceCount;
    this.#block = new Float32Array(sourceCount * 16);
  }

  get count(): number {
    return this.#images.length;
  }

  /** In the order of the rows. */
  get images(): readonly KnownImage[] {
    return this.#images;
  }

  /** Row-major [count, S]. */
  get logits(): Float32Array {
    return this.#block.subarray(0, this.count * this.#sourceCount);
  }

  add(key: string, image: KnownImage, logits: Float32Array): void {
    const start = this.count * this.#sourceCount;
    if (start + this.#sourceCount > this.#block.length) {
      const larger = new Float32Array(this.#block.length * 2);
      larger.set(this.#block);
      this.#block = larger;
    }
    this.#block.set(logits, start);
    this.#rows.set(key, this.count);
    this.#images.push(image);
  }

  has(key: string): boolean {
    return this.#rows.has(key);
  }

  /** The image that was added last under a key. */
  imageOf(key: string): KnownImage | undefined {
    const row = this.#rows.get(key);
    return row === undefined ? undefined : this.#images[row];
  }

  /** The logits [S] that were added last under a key, to be read at once: the block is filled again. */
  find(key: string): Float32Array | undefined {
    const row = this.#rows.get(key);
    if (row === undefined) return undefined;
    return this.#block.subarray(row * this.#sourceCount, (row + 1) * this.#sourceCount);
  }

  clear(): void {
    this.#images.length = 0;
    this.#rows.clear();
  }
}
