import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { openRegularFile } from './regularFile.ts';

/** What tells one content of a file from another without reading it. */
export interface FileState {
  readonly bytes: number;
  /** When its content was changed, in milliseconds since 1970; whoever copies or unpacks a file may set it. */
  readonly modified: number;
  /** When anything about it was changed, in milliseconds since 1970; nobody can set it. Some file systems have none. */
  readonly changed: number;
  /** Which file it is on its disk. Some file systems number files anew whenever they are mounted, some not at all. */
  readonly inode: number;
}

/** The state of a file, links followed. @throws what the file system says */
export async function fileState(file: string): Promise<FileState> {
  return stateOf(await stat(file, { bigint: true }));
}

/** Times are told to a quarter of a microsecond, which is what a double holds of them. */
export function stateOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): FileState {
  return {
    bytes: Number(size),
    modified: Number(mtimeNs) / 1e6,
    changed: Number(ctimeNs) / 1e6,
    // 64 bits on some file systems; a double would drop the last of them.
    inode: Number(BigInt.asUintN(53, ino ^ (ino >> 53n))),
  };
}

export function isSameState(a: FileState, b: FileState): boolean {
  return a.bytes === b.bytes && a.modified === b.modified && a.changed === b.changed && a.inode === b.inode;
}

/** Bytes of a digest: enough that nobody makes two images of one. */
export const DIGEST_BYTES = 16;

/** What stands for the content of a file: its SHA-256, cut, a byte a character. There is one for every known image. */
export function digestOf(content: Uint8Array): string {
  return createHash('sha256').update(content).digest().toString('latin1', 0, DIGEST_BYTES);
}

/** The digest of a file. @throws {SemapError} as `openRegularFile` */
export async function digestOfFile(file: string): Promise<string> {
  return (await hashOfFile(file)).toString('latin1', 0, DIGEST_BYTES);
}

/** SHA-256 of a file. @throws {SemapError} as `openRegularFile` */
export async function hashOfFile(file: string): Promise<Buffer> {
  const hash = createHash('sha256');
  const { handle } = await openRegularFile(file);
  // The stream closes it.
  for await (const chunk of handle.createReadStream({ highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest();
}

/** Whether two names are of one file, by links too. What cannot be looked at is none. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all(
    [one, other].map((file) => stat(file, { bigint: true }).catch(() => undefined)),
  );
  return a !== undefined && b !== undefined && a.dev === b.dev && isSameState(stateOf(a), stateOf(b));
}
