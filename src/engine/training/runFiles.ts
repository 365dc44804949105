import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../../core/errors.ts';

/**
 * Writes a file under another name, flushes it to the disk, then renames it: at any moment there is the old one or the
 * new one.
 * @throws {SemapError} `out-of-space`, `not-writable`
 */
export async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${randomBytes(4).toString('hex')}`,
  );
  try {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(temporary, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw writeError(file, error);
  }
}

/** The bytes of a file; undefined when there is none. */
export async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new SemapError('not-found', `${file} cannot be read.`, { cause: error });
  }
}

/** What a failed write means to a person. */
export function writeError(file: string, error: unknown): SemapError {
  if (error instanceof SemapError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new SemapError('out-of-space', `There is no space left to write ${file}.`, {
      hint: 'Free some space and resume the run: it goes on from its last checkpoint.',
      cause: error,
    });
  }
  return new SemapError('not-writable', `${file} cannot be written: ${message}.`, {
    hint: 'Make its folder writable and resume the run.',
    cause: error,
  });
}
