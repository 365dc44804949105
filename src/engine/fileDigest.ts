import { createHash } from 'node:crypto';
import { openRegularFile } from '../files/regularFile.ts';

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
