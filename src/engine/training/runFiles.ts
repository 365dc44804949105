import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { phrase, verbatim } from '../../core/text/text.ts';
import { appendBelow } from '../../files/belowRoot.ts';
import { readOfRun, rootOfRun } from '../../files/runFolders.ts';
import { writeWhole } from '../../files/wholeFile.ts';

/**
 * Replaces a file of a run whole. A run lies in a folder that others may have filled: no link is followed.
 *
 * @throws {SemapError} `out-of-space`, `not-writable`, `unreadable-file` for a link
 */
export async function writeRunFile(
  runFolder: string,
  name: string,
  content: Uint8Array | string,
): Promise<void> {
  const options = { root: rootOfRun(runFolder), folders: true };
  await writeWhole(path.join(runFolder, name), content, options).catch(asOfRun);
}

/** Adds to the end of a file of a run. @throws {SemapError} as {@link writeRunFile} */
export async function appendRunFile(runFolder: string, name: string, content: string): Promise<void> {
  await appendBelow(rootOfRun(runFolder), path.join(runFolder, name), content).catch(asOfRun);
}

/**
 * The bytes of a file of a run; undefined when there is none.
 *
 * @throws {SemapError} `unreadable-file` for a link, for what is no file, and for one with more bytes than `limit`
 */
export async function readRunFile(
  runFolder: string,
  name: string,
  limit: number,
): Promise<Buffer | undefined> {
  try {
    return await readOfRun(runFolder, name, limit);
  } catch (error) {
    if (error instanceof SemapError && error.reason === 'not-found') return undefined;
    throw error;
  }
}

/** What a failed write means to the person who trains. */
export function asOfRun(error: unknown): never {
  if (!(error instanceof SemapError)) throw error;
  const { reason, message, cause } = error;
  if (reason === 'out-of-space') {
    throw new SemapError(reason, verbatim(message), {
      hint: phrase('Free some space and resume the run: it goes on from its last checkpoint.'),
      cause,
    });
  }
  if (reason === 'not-writable')
    throw new SemapError(reason, verbatim(message), {
      hint: phrase('Make its folder writable and resume the run.'),
      cause,
    });
  throw error;
}
