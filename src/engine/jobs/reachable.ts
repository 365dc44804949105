import { open, readdir } from 'node:fs/promises';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { isFolder } from '../../files/folders.ts';
import { READ_NEVER_WAIT } from '../../files/regularFile.ts';

/*
 * What keeps a shard from its images for now, on this machine: then it is to be tried again, and nothing is written of it.
 */

/**
 * What the system says of a file that may be read a moment later, or on another machine. Others are final: the image is
 * skipped, as everywhere.
 */
const PASSING: ReadonlySet<string> = new Set([
  'EIO',
  'ESTALE',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTCONN',
  'ECONNRESET',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
]);

/** Where a file cannot be read for now, the shard is to be tried again. */
export async function mustBeFinal(file: string): Promise<void> {
  try {
    const handle = await open(file, READ_NEVER_WAIT);
    try {
      await handle.read(Buffer.alloc(1), 0, 1, 0);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (PASSING.has(code))
      throw new SemapError('unreadable-file', phrase('Cannot read {0} for now ({1}).', file, code), {
        cause: error,
      });
  }
}

/** Where a folder is not there. */
export async function mustBeReachable(folders: readonly string[]): Promise<void> {
  for (const folder of folders) if (!(await isFolder(folder))) throw notMounted(folder);
}

/** A folder of a disk that is not mounted is there, and empty. */
export async function mustHaveFiles(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    if (names.length === 0) throw notMounted(folder);
  }
}

function notMounted(folder: string): SemapError {
  return new SemapError(
    'unreadable-file',
    phrase('The folder {0} of the job is not there, or is empty.', folder),
    {
      hint: phrase('Mount it. Where this machine has it elsewhere, name that with --root.'),
    },
  );
}
