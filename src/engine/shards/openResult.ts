import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { ResultFacts, ResultRow, ResultWidths } from '../../core/jobs/shardResult.ts';
import { readText, type Text } from '../../core/text/text.ts';
import type { ResultFiles } from './resultFiles.ts';

/** What the digest of all before is called. */
export const DIGEST = 'semap.digest';
export const FLOAT_BYTES = 4;
const PIECE = 1 << 20;

/** Numbers of a row that are read when they are asked for. */
export const vectors = ['scores', 'outputs', 'features'] as const satisfies readonly (keyof ResultWidths)[];
export type Vector = (typeof vectors)[number];

/** What a writer of results is told. */
export interface ResultShape {
  readonly widths: ResultWidths;
  /** Names of the targets. */
  readonly labels: readonly string[];
}

/** What a result must have: it may be of anyone, and is not read where it has not. */
export interface ExpectedResult {
  readonly images: number;
  readonly widths: ResultWidths;
}

/** Rows of a result, the numbers of which are read when they are asked for. */
export interface OpenResult {
  readonly facts: ResultFacts;
  readonly rows: readonly ResultRow[];
  readonly widths: ResultWidths;
  /** Reads the numbers of a row. @returns whether they are there */
  read(files: ResultFiles, vector: Vector, row: number, into: Float32Array): boolean;
}

export function bytesOf(row: Float32Array): Uint8Array {
  return new Uint8Array(row.buffer, row.byteOffset, row.byteLength);
}

/** SHA-256 of the first bytes of a file; undefined where it has fewer. */
export async function hashOfStart(handle: FileHandle, end: number): Promise<string | undefined> {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(PIECE);
  for (let at = 0; at < end; ) {
    const { bytesRead } = await handle.read(piece, 0, Math.min(PIECE, end - at), at);
    if (bytesRead === 0) return undefined;
    hash.update(piece.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hash.digest('hex');
}

/** Why an image was skipped, as JSON. */
export function readSkip(text: unknown): Text | undefined {
  if (typeof text !== 'string') return undefined;
  try {
    return readText(JSON.parse(text));
  } catch {
    return undefined;
  }
}
