import { type ImageFacts, packedLook, SHAPE_BYTES, unpackedLook } from '../../core/images/imageFacts.ts';
import { DIGEST_BYTES, type FileState, fileState } from '../../files/fileState.ts';

/*
 * The index of a segment of the output cache: which image's logits are in which row of the data file. Append-only;
 * every record carries a checksum of itself and of its row, so what a crash left half-written is recognised.
 *
 * header  "SEMAPOUT" | u32 version | u32 S
 * record  u32 length | u32 checksum of what follows | u32 row | u32 checksum of the row | f64 bytes | f64 modified |
 *         f64 changed | f64 inode | digest of the file's bytes, or zeros | path (UTF-8) | facts, where there are some: a zero byte, which no path
 *         has, u32 width | u32 height | u16 spread and detail | shape. Versions that know of none take such a path for one that no file has.
 */

const MAGIC = 'SEMAPOUT';
/** 2: when anything about the file was changed, its inode and its digest. */
const VERSION = 2;
const FIXED = 40 + DIGEST_BYTES;
const FACTS = 11 + SHAPE_BYTES;

/** Bytes before the first record. */
export const INDEX_HEADER_BYTES = 16;

/** An image file as it is now. */
export interface ImageState extends FileState {
  /** Absolute path. */
  readonly path: string;
}

/** An image as it was when it went through the backbone. */
export interface KnownImage extends ImageState {
  /** Of the file's bytes; undefined where nobody took it. */
  readonly digest: string | undefined;
  /** Of its picture; undefined where nobody noted any. */
  readonly facts?: ImageFacts | undefined;
}

/** Where the logits of an image are. */
export interface IndexRecord extends KnownImage {
  readonly row: number;
  /** Of the row's logits. */
  readonly checksum: number;
}

/** The state of an image file. @throws what the file system says */
export async function imageState(path: string): Promise<ImageState> {
  const { bytes, modified, changed, inode } = await fileState(path);
  return { path, bytes, modified, changed, inode };
}

export function encodeHeader(sourceCount: number): Buffer {
  const header = Buffer.alloc(INDEX_HEADER_BYTES);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(sourceCount, 12);
  return header;
}

export function isHeader(bytes: Buffer, sourceCount: number): boolean {
  return (
    bytes.length >= INDEX_HEADER_BYTES &&
    bytes.subarray(0, INDEX_HEADER_BYTES).equals(encodeHeader(sourceCount))
  );
}

/** Whether a file is an index of another version, or of nothing known: no record of it can be read. */
export function isForeign(bytes: Buffer): boolean {
  return bytes.length >= INDEX_HEADER_BYTES && !bytes.subarray(0, 12).equals(encodeHeader(0).subarray(0, 12));
}

/**
 * The records of images, all in one: they are many, and a few of them at a time are of a size for which Buffer has no pool.
 * @param first row; the others follow
 * @param checksums of the rows
 */
export function encodeRecords(
  images: readonly KnownImage[],
  first: number,
  checksums: readonly number[],
): Buffer {
  const lengths = images.map(({ path, facts }) => FIXED + Buffer.byteLength(path) + (facts ? FACTS : 0));
  const bytes = Buffer.alloc(lengths.reduce((sum, length) => sum + 8 + length, 0));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (const [i, image] of images.entries()) {
    const length = lengths[i];
    view.setUint32(at, length, true);
    view.setUint32(at + 8, first + i, true);
    view.setUint32(at + 12, checksums[i], true);
    view.setFloat64(at + 16, image.bytes, true);
    view.setFloat64(at + 24, image.modified, true);
    view.setFloat64(at + 32, image.changed, true);
    view.setFloat64(at + 40, image.inode, true);
    if (image.digest) bytes.write(image.digest, at + 48, DIGEST_BYTES, 'latin1');
    const end = at + 8 + FIXED + bytes.write(image.path, at + 8 + FIXED, 'utf8');
    const { facts } = image;
    if (facts) {
      view.setUint32(end + 1, facts.width, true);
      view.setUint32(end + 5, facts.height, true);
      view.setUint16(end + 9, packedLook(facts), true);
      bytes.write(facts.shape, end + 11, SHAPE_BYTES, 'latin1');
    }
    view.setUint32(at + 4, checksum(bytes, at + 8, at + 8 + length), true);
    at += 8 + length;
  }
  return bytes;
}

/** The records from `from` on, up to the first damaged or unfinished one, and where they end. */
export function decodeRecords(bytes: Buffer, from: number): { records: IndexRecord[]; end: number } {
  const records: IndexRecord[] = [];
  let at = from;
  while (at + 8 + FIXED <= bytes.length) {
    const length = bytes.readUInt32LE(at);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (length < FIXED || body.length < length || bytes.readUInt32LE(at + 4) !== checksum(body)) break;
    records.push({
      row: body.readUInt32LE(0),
      checksum: body.readUInt32LE(4),
      bytes: body.readDoubleLE(8),
      modified: body.readDoubleLE(16),
      changed: body.readDoubleLE(24),
      inode: body.readDoubleLE(32),
      digest: known(body.subarray(40, FIXED)),
      ...decodePath(body.subarray(FIXED)),
    });
    at += 8 + length;
  }
  return { records, end: at };
}

function decodePath(bytes: Buffer): Pick<IndexRecord, 'path' | 'facts'> {
  const end = bytes.indexOf(0);
  if (end < 0) return { path: bytes.toString('utf8') };
  const facts = bytes.subarray(end);
  return {
    path: bytes.toString('utf8', 0, end),
    facts:
      facts.length < FACTS
        ? undefined
        : {
            width: facts.readUInt32LE(1),
            height: facts.readUInt32LE(5),
            ...unpackedLook(facts.readUInt16LE(9)),
            shape: facts.toString('latin1', 11, FACTS),
          },
  };
}

function known(digest: Buffer): string | undefined {
  return digest.some((byte) => byte !== 0) ? digest.toString('latin1') : undefined;
}

/** FNV-1a over bytes, 32 bits: each step is a bijection, so no single changed byte goes unseen. */
function checksum(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash >>> 0;
}

/** The same over the 32-bit patterns of a row of logits. */
export function rowChecksum(logits: Float32Array): number {
  const words = new Uint32Array(logits.buffer, logits.byteOffset, logits.length);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) {
    hash = Math.imul(hash ^ words[i], 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}
