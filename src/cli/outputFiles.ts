import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { writeError, writeWhole } from '../files/wholeFile.ts';
import { UsageError, written } from './commandLine.ts';

/**
 * Sees that the file that an option names can be written, before anything is computed for it. Nothing is made.
 * @throws {SemapError} `not-writable`
 * @throws {UsageError} for `-`, which is standard output elsewhere
 */
export function checkOutput(option: string, file: string | undefined): void {
  if (file === undefined) return;
  if (file === '-')
    throw new UsageError(`${written(option)} names a file.`, 'For standard output, use --json.');
  try {
    const state = statSync(file, { throwIfNoEntry: false });
    if (state?.isSocket()) throw Object.assign(new Error(), { code: 'ENXIO' });
    if (state?.isDirectory() || /[/\\]$/.test(file)) throw Object.assign(new Error(), { code: 'EISDIR' });
    // A file is replaced by a new one in its folder; a terminal or a pipe is written to.
    const needed = state && !state.isFile() ? file : path.dirname(state ? realpathSync(file) : file);
    accessSync(needed, constants.W_OK);
  } catch (error) {
    throw withHint(option, writeError(file, error));
  }
}

/**
 * Writes the file that an option names, whole or not at all.
 * @throws {SemapError} `not-writable`, `out-of-space`
 */
export async function writeOutput(option: string, file: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeWhole(file, content);
  } catch (error) {
    throw withHint(option, writeError(file, error));
  }
}

/** A failed write with the option that chooses another file; other errors as they are. */
export function outputError(option: string, error: unknown): unknown {
  const isWrite = error instanceof SemapError && ['not-writable', 'out-of-space'].includes(error.reason);
  return isWrite ? withHint(option, error) : error;
}

function withHint(option: string, error: SemapError): SemapError {
  const hint = phrase('Choose another file with {0}.', written(option));
  return new SemapError(error.reason, error.text, { hint, cause: error.cause });
}
