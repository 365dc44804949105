import { open } from 'node:fs/promises';
import { SemapError } from '../../core/errors.ts';
import type { JobDocument } from '../../core/jobs/job.ts';
import type { ListedImage } from '../../core/jobs/shardList.ts';
import { phrase } from '../../core/text/text.ts';
import { isFolder } from '../../files/folders.ts';
import { fileOf, readShardList } from '../../files/jobFolder.ts';
import { READ_NEVER_WAIT } from '../../files/regularFile.ts';
import { exists } from '../folders/entries.ts';

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

/** Shards whose images are looked for, at most. */
const LOOKED_AT = 32;

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

/**
 * Where a folder of a shard has no image of the whole job: of a disk that is not mounted it is there, and empty, and one
 * that was named by mistake has other files. Some images of every shard are looked for, of some shards.
 * @param here folders of the job, as this machine has them
 */
export async function mustHaveImages(
  folder: string,
  job: JobDocument,
  list: readonly ListedImage[],
  here: readonly string[],
): Promise<void> {
  const lacking = new Set(list.map((image) => image.folder));
  const step = Math.ceil(job.shards / LOOKED_AT);
  for (let shard = 0; shard < job.shards && lacking.size > 0; shard += step) {
    const images = await readShardList(folder, job, shard);
    for (const one of [...lacking]) {
      const own = (image: ListedImage) => image.folder === one;
      for (const image of [images.find(own), images.findLast(own)])
        if (image && (await exists(fileOf(image, here)))) lacking.delete(one);
    }
  }
  for (const one of lacking) throw notMounted(here[one]);
}

function notMounted(folder: string): SemapError {
  return new SemapError(
    'unreadable-file',
    phrase('The folder {0} of the job is not there, or has none of its images.', folder),
    {
      hint: phrase('Mount it. Where this machine has it elsewhere, name that with --root.'),
    },
  );
}
