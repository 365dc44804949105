import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open, rename, truncate, utimes } from 'node:fs/promises';
import path from 'node:path';
import { makeFolders } from '../../files/folders.ts';
import {
  decodeRecords,
  encodeHeader,
  encodeRecord,
  INDEX_HEADER_BYTES,
  type IndexRecord,
  isForeign,
  isHeader,
  rowChecksum,
} from './outputIndex.ts';

const INDEX = 'index.bin';
const DATA = 'logits.bin';

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

  /** Records that were added since the last call. */
  async refresh(): Promise<readonly IndexRecord[]> {
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
  async append(
    images: readonly Omit<IndexRecord, 'row' | 'checksum'>[],
    logits: Float32Array,
  ): Promise<void> {
    if (images.length === 0) return;
    const first = this.#rows;
    const S = this.#rowBytes / 4;
    const data = Buffer.from(logits.buffer, logits.byteOffset, logits.byteLength);
    const index = Buffer.concat(
      images.map((image, i) =>
        encodeRecord({
          ...image,
          row: first + i,
          checksum: rowChecksum(logits.subarray(i * S, (i + 1) * S)),
        }),
      ),
    );
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
