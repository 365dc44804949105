import { type SemapError, toSemapError } from '../errors.ts';

/**
 * What `list` gives for folders, all together. A folder without images is an error only where no other has any.
 * @throws {SemapError} what `list` throws
 */
export async function inAnyOf<T>(
  folders: readonly string[],
  list: (folder: string) => Promise<readonly T[]>,
): Promise<T[]> {
  const all: T[] = [];
  let empty: SemapError | undefined;
  for (const folder of folders) {
    try {
      for (const one of await list(folder)) all.push(one);
    } catch (error) {
      if (toSemapError(error).reason !== 'no-images') throw error;
      empty ??= toSemapError(error);
    }
  }
  if (all.length === 0 && empty) throw empty;
  return all;
}
