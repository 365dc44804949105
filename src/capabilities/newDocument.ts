import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { serialiseAlignment } from '../core/alignments/alignmentText.ts';
import { invalidArgument, SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { portable } from '../files/alignmentFile.ts';
import { isTaken } from '../files/belowRoot.ts';
import { readRegularFile } from '../files/regularFile.ts';
import { writeWhole } from '../files/wholeFile.ts';
import type { Places } from './session.ts';

const ENDING = '.semap.json';

/** What a new document is called, as every tool takes it. */
export const OUT_TEXT = `File to write, NAME${ENDING}. An existing file is not replaced.`;

/** A file of a document. */
export interface FileOfDocument {
  /** Absolute. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * Where a document is to be written: a new file.
 * @throws {SemapError} `invalid-argument`, `untrusted`, `already-exists`
 */
export async function documentFile(named: string, { places }: { readonly places: Places }): Promise<string> {
  if (!named.toLowerCase().endsWith(ENDING))
    throw invalidArgument(phrase('{0} must end with {1}.', path.basename(named), ENDING));
  const file = await places.writable(named);
  await mustBeFree(file);
  return file;
}

/**
 * Sees to it that a file is not there: sooner than after long work.
 * @throws {SemapError} `already-exists`
 */
export async function mustBeFree(file: string): Promise<void> {
  if (!(await isTaken(file))) return;
  throw new SemapError('already-exists', phrase('{0} already exists.', file), {
    hint: phrase('Choose another name.'),
  });
}

async function holds({ file, bytes }: FileOfDocument): Promise<boolean> {
  const there = await readRegularFile(file, { limit: bytes.length }).catch(() => undefined);
  return there?.equals(bytes) === true;
}

/**
 * Writes a document with the files that it names: all of them are new, or none is written.
 * @throws {SemapError} `already-exists`, and what writing fails with
 */
export async function writeDocument(
  file: string,
  document: AlignmentDocument,
  beside: readonly FileOfDocument[] = [],
): Promise<void> {
  const made: string[] = [];
  try {
    for (const one of beside) {
      // Named by what is in it: who was killed before the document was written left it.
      if (await holds(one)) continue;
      await writeWhole(one.file, one.bytes, { isNew: true });
      made.push(one.file);
    }
    await writeWhole(file, serialiseAlignment(portable(document, path.dirname(file))), { isNew: true });
  } catch (error) {
    for (const one of made) await rm(one, { force: true }).catch(() => {});
    throw error;
  }
}
