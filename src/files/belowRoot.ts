import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rm } from 'node:fs/promises';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { makeFolders } from './folders.ts';
import { refuseLinks } from './links.ts';
import { writeError } from './wholeFile.ts';

/** Neither follows a link in the last place nor waits for a pipe; Windows has neither flag. */
const AS_IT_IS = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Adds to the end of a file below a folder that others may have filled, such as a workspace. No link leads there, and
 * the file has no second name under which it would be somebody else's.
 *
 * @throws {SemapError} as `writeWhole`
 */
export async function appendBelow(root: string, file: string, content: string): Promise<void> {
  await refuseLinks(file, root);
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | AS_IT_IS, 0o666);
    const stats = await handle.stat();
    if (!stats.isFile() || stats.nlink > 1)
      throw new SemapError('not-writable', phrase('Cannot write {0}: it is not a file of its own.', file));
    await handle.writeFile(content);
  } catch (error) {
    throw writeError(file, error);
  } finally {
    await handle?.close();
  }
}

/**
 * Makes a folder and those that lead to it, through no link.
 *
 * @throws {SemapError} as `writeWhole`
 */
export async function makeFolderBelow(root: string, folder: string): Promise<void> {
  await refuseLinks(folder, root);
  try {
    await makeFolders(folder);
    if (!(await lstat(folder)).isDirectory())
      throw new SemapError('not-writable', phrase('Cannot create {0}: a file has this name.', folder));
  } catch (error) {
    throw writeError(folder, error);
  }
}

/**
 * Deletes a file or a folder with everything in it; links in it are deleted and not followed. What is not there is gone.
 *
 * @throws {SemapError} `unreadable-file` for a link on the way, or in the place of what is to be deleted; `not-writable`
 */
export async function deleteBelow(root: string, what: string): Promise<void> {
  await refuseLinks(what, root);
  await rm(what, { recursive: true, force: true }).catch((error) => {
    throw writeError(what, error);
  });
}

/** Whether there is anything of this name, a link that leads nowhere too. Links are not followed. */
export async function isTaken(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    (error) => !['ENOENT', 'ENOTDIR'].includes(error.code),
  );
}
