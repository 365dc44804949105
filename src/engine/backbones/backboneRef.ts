import path from 'node:path';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import type { BackboneRef } from '../../protocol/models.ts';

/** How an alignment names its backbone: the file, where that is known, else what it is called. */
export function backboneRefOf({
  backbone: { path: file, name },
}: Pick<AlignmentDocument, 'backbone'>): BackboneRef {
  return file !== undefined && path.isAbsolute(file) ? file : name;
}
