import { stat } from 'node:fs/promises';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { whySystem } from './systemErrors.ts';

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
      : phrase('{0} cannot be opened: {1}.', folder, whySystem(state));
  const hint =
    missing && folder.includes(NO_LETTER)
      ? phrase('If its name, or that of a folder above it, is not valid UTF-8, rename it.')
      : phrase('Give a folder of images.');
  throw new SemapError('not-found', why, { hint });
}
