import { constants, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { fileSize } from '../core/text/numbers.ts';
import { phrase } from '../core/text/text.ts';
import { refuseLinks } from './links.ts';
import { whySystem } from './systemErrors.ts';

export interface ReadOptions {
  /** The most bytes that the file may have. */
  readonly limit: number;
  /** A folder that others filled: the file must lie below it, and no link leads there. */
  readonly root?: string;
}

/**
 * How a file is opened for reading that may be anything: opening a pipe otherwise waits for its writer. Windows has
 * neither the flag nor such pipes in folders.
 */
export const READ_NEVER_WAIT: number = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** In pieces of this size a file of 100 MB is read as fast as by Node's `readFile`; in one piece it takes longer. */
const MOST_AT_ONCE = 1 << 19;

/**
 * Opens a file that somebody named for reading. Never waits: a pipe, a device or a folder is refused.
 *
 * @param root a folder that others filled: the file must lie below it, and no link leads there
 * @throws {SemapError} as {@link readRegularFile}
 */
export async function openRegularFile(
  file: string,
  root?: string,
): Promise<{ readonly handle: FileHandle; readonly stats: Stats }> {
  if (root !== undefined) await refuseLinks(file, root);
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, READ_NEVER_WAIT);
    const stats = await handle.stat();
    if (!stats.isFile())
      throw new SemapError('unreadable-file', phrase('{0} is not a regular file.', path.basename(file)));
    return { handle, stats };
  } catch (error) {
    await handle?.close();
    throw readError(file, error);
  }
}

/**
 * The bytes of a file that somebody named. Never waits and never reads on and on: a pipe, a device or a folder is
 * refused, and so is what has more bytes than `limit`, whatever its size is said to be (files of `/proc` say 0).
 *
 * @throws {SemapError} `not-found` where there is nothing; `unreadable-file` for what is no regular file, is reached
 * through a link below `root`, is too large or may not be read
 */
export async function readRegularFile(file: string, { limit, root }: ReadOptions): Promise<Buffer> {
  const name = path.basename(file);
  const { handle, stats } = await openRegularFile(file, root);
  try {
    if (stats.size > limit) throw tooLarge(name, limit);
    // One byte more than was said, to see whether the end is where it should be.
    let bytes = Buffer.allocUnsafe(stats.size + 1);
    let length = 0;
    for (;;) {
      const room = Math.min(bytes.length - length, MOST_AT_ONCE);
      const { bytesRead } = await handle.read(bytes, length, room, null);
      if (bytesRead === 0) return bytes.subarray(0, length);
      length += bytesRead;
      if (length > limit) throw tooLarge(name, limit);
      if (length === bytes.length) {
        const larger = Buffer.allocUnsafe(Math.min(limit + 1, Math.max(bytes.length * 2, 65_536)));
        bytes.copy(larger, 0, 0, length);
        bytes = larger;
      }
    }
  } catch (error) {
    throw readError(file, error);
  } finally {
    await handle.close();
  }
}

function tooLarge(name: string, limit: number): SemapError {
  return new SemapError(
    'unreadable-file',
    phrase('{0} is too large: the limit is {1}.', name, fileSize(limit)),
  );
}

/** What a failed read means to a person. */
export function readError(file: string, error: unknown): SemapError {
  if (error instanceof SemapError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG')
    return new SemapError('not-found', phrase('{0} does not exist.', file), { cause: error });
  // A socket, a device without a driver, or one that calls itself a file (`/proc/kmsg`).
  if (['ENXIO', 'ENODEV', 'EOPNOTSUPP', 'EAGAIN', 'EISDIR'].includes(code ?? ''))
    return new SemapError('unreadable-file', phrase('{0} is not a regular file.', path.basename(file)), {
      cause: error,
    });
  const why = whySystem(error as NodeJS.ErrnoException);
  return new SemapError('unreadable-file', phrase('Cannot read {0}: {1}.', file, why), { cause: error });
}
