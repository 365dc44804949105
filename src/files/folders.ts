import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { whySystem } from './systemErrors.ts';

/**
 * Makes a folder and those that lead to it, where they are missing. Node's own recursive `mkdir` tries for ever where a
 * folder is there but takes no folders, and says that it is not (`/proc/x`).
 */
export async function makeFolders(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      await mkdir(at);
      break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') break;
      if (code !== 'ENOENT' || path.dirname(at) === at) throw error;
      missing.push(at);
    }
  }
  for (const at of missing.reverse()) await made(at);
}

/** Somebody else may make it at the same time. */
async function made(folder: string): Promise<void> {
  await mkdir(folder).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

/** Whether there is a folder of this name, links followed. */
export function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (state) => state.isDirectory(),
    () => false,
  );
}

/** What stands in a path for bytes that are not UTF-8: such a path leads nowhere. */
const NO_LETTER = '\ufffd';

/** @throws {SemapError} `not-found` for what is no folder, or cannot be looked at */
export async function mustBeFolder(folder: string): Promise<void> {
  const state = await stat(folder).catch((error: NodeJS.ErrnoException) => error);
  if (!(state instanceof Error) && state.isDirectory()) return;
  const missing = state instanceof Error && ['ENOENT', 'ENOTDIR'].includes(state.code ?? '');
  const why = !(state instanceof Error)
    ? phrase('{0} is not a folder.', folder)
    : missing
      ? phrase('There is no folder {0}.', folder)
      : phrase('Cannot open {0}: {1}.', folder, whySystem(state));
  const hint =
    missing && folder.includes(NO_LETTER)
      ? phrase('If its name or the name of a folder above it is not valid UTF-8, rename it.')
      : phrase('Choose a folder of images.');
  throw new SemapError('not-found', why, { hint });
}
