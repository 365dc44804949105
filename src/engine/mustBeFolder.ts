import { stat } from 'node:fs/promises';
import { SemapError } from '../core/errors.ts';

/** @throws {SemapError} not-found */
export async function mustBeFolder(folder: string): Promise<void> {
  const state = await stat(folder).catch(() => undefined);
  if (state?.isDirectory()) return;
  throw new SemapError('not-found', state ? `${folder} is not a folder.` : `There is no folder ${folder}.`, {
    hint: 'Give a folder of images.',
  });
}
