import { lstat } from 'node:fs/promises';
import { isTaken } from '../belowRoot.ts';
import { hashOfFile } from '../fileState.ts';
import { openRegularFile, readRegularFile } from '../regularFile.ts';

/** What a text beside images may have at most, in bytes. */
export const LARGEST_TEXT: number = 512 << 20;

/** Whether one file is how the other begins, or the same. */
export async function isBeginOf(part: string, whole: string): Promise<boolean> {
  const [a, b] = await Promise.all([openRegularFile(part), openRegularFile(whole)]);
  try {
    if (a.stats.size > b.stats.size) return false;
    const [one, other] = [Buffer.alloc(1 << 18), Buffer.alloc(1 << 18)];
    for (let at = 0; at < a.stats.size; ) {
      const { bytesRead } = await a.handle.read(one, 0, one.length, at);
      if (bytesRead === 0) return false;
      for (let got = 0; got < bytesRead; ) {
        const read = await b.handle.read(other, got, bytesRead - got, at + got);
        if (read.bytesRead === 0) return false;
        got += read.bytesRead;
      }
      if (one.compare(other, 0, bytesRead, 0, bytesRead) !== 0) return false;
      at += bytesRead;
    }
    return true;
  } finally {
    await Promise.all([a.handle.close(), b.handle.close()]);
  }
}

/** Whether two files are the same, byte for byte. */
export async function isSameContent(a: string, b: string): Promise<boolean> {
  return (await hashOfFile(a)).equals(await hashOfFile(b));
}

/** What of a text is in a file: all of it, how it begins or nothing, or something else. */
export async function isWritten(to: string, text: string): Promise<'whole' | 'in part' | 'other'> {
  if (!(await isTaken(to))) return 'in part';
  if (!(await lstat(to)).isFile()) return 'other';
  const bytes = await readRegularFile(to, { limit: LARGEST_TEXT });
  const whole = Buffer.from(text);
  if (!whole.subarray(0, bytes.length).equals(bytes)) return 'other';
  return bytes.length === whole.length ? 'whole' : 'in part';
}
