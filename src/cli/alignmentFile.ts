import path from 'node:path';
import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import { serialiseAlignment } from '../core/alignments/alignmentText.ts';
import { portable } from '../files/alignmentFile.ts';
import { writeOutput } from './outputFiles.ts';

/** Writes an alignment; paths of what lies beside or below it become relative. */
export async function writeAlignment(file: string, document: AlignmentDocument): Promise<void> {
  await writeOutput('out', file, serialiseAlignment(portable(document, path.dirname(path.resolve(file)))));
}
