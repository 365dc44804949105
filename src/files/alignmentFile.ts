import { createHash } from 'node:crypto';
import path from 'node:path';
import type { AlignmentDocument, HeadRecord } from '../core/alignments/alignment.ts';
import { parseAlignment } from '../core/alignments/alignmentText.ts';
import { namedPaths, withPaths } from '../core/alignments/documentPaths.ts';
import { SemapError, toSemapError } from '../core/errors.ts';
import { decodeHead, LARGEST_HEAD } from '../core/heads/headFile.ts';
import { phrase } from '../core/text/text.ts';
import { refuseNetworkPath } from './links.ts';
import { isWithin } from './paths.ts';
import { readRegularFile } from './regularFile.ts';

/** A dense mapping of a thousand labels to a thousand fits well. */
const LARGEST_DOCUMENT = 256 << 20;

/**
 * Reads an alignment; paths of its backbone, folders, prompt and head become absolute.
 * @throws {SemapError} for what is no alignment, or names files of another computer
 */
export async function readAlignment(file: string): Promise<AlignmentDocument> {
  return alignmentOfText(await readAlignmentText(file), file);
}

/** @throws {SemapError} */
export async function readAlignmentText(file: string): Promise<string> {
  try {
    return String(await readRegularFile(file, { limit: LARGEST_DOCUMENT }));
  } catch (error) {
    const { reason, text: message } = toSemapError(error);
    throw new SemapError(reason, phrase('Cannot read the alignment {0}: {1}', file, message), {
      ...(reason === 'not-found'
        ? { hint: phrase('Create one: semap align FOLDER --out labels.semap.json') }
        : {}),
      cause: error,
    });
  }
}

/**
 * The alignment that the text of a file says, as {@link readAlignment} has it.
 * @throws {SemapError}
 */
export function alignmentOfText(text: string, file: string): AlignmentDocument {
  const document = parseAlignment(text);
  const folder = path.dirname(path.resolve(file));
  for (const { file: named, what } of namedPaths(document))
    if (what !== 'folder') refuseNetworkPath(named, folder);
  return withPaths(document, (named) => path.resolve(folder, named));
}

/**
 * The head of a file, as a document would name it.
 * @throws {SemapError} for what is no head
 */
export async function readHeadFile(file: string): Promise<HeadRecord> {
  const bytes = await readRegularFile(file, { limit: LARGEST_HEAD });
  const { kind, learned } = decodeHead(bytes, path.basename(file));
  return {
    kind,
    file: path.resolve(file),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    learned: learned ?? { images: 0, validation: { images: 0, accuracy: null }, learned: '' },
  };
}

/** The document as it is written into a folder: paths of what lies beside or below it are relative. */
export function portable(document: AlignmentDocument, folder: string): AlignmentDocument {
  return withPaths(document, (named) =>
    isWithin(named, folder) ? path.relative(folder, named).split(path.sep).join('/') || '.' : named,
  );
}
