import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

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
