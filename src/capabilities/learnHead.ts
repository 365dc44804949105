import {
  type AlignmentDocument,
  type HeadRecord,
  type LearnedRecord,
  madeFor,
  withHead,
} from '../core/alignments/alignment.ts';
import { phrase } from '../core/text/text.ts';
import type { LearnedHeadFile, LearnHeadParams } from '../protocol/learning.ts';
import { runImages, type ShowClassifying } from './runImages.ts';
import type { Session } from './session.ts';
import { callTogether, noteGivenLabels } from './together.ts';

/** What a document and the file of its head end with. */
export const DOCUMENT_ENDING = /\.semap\.json$/i;
const HEAD_ENDING = '.head.safetensors';

/** Where the head of a document goes: beside it, under its name. */
export function headBeside(document: string): string {
  return document.replace(DOCUMENT_ENDING, HEAD_ENDING);
}

/** A head that was learned, and the document that names it. */
export interface LearnedDocument {
  readonly document: AlignmentDocument;
  readonly head: HeadRecord;
  /** Of the head's file. */
  readonly bytes: Uint8Array;
}

/**
 * Learns a head from what is known of the images of folders. Nothing is written.
 * @param file where the head will be, absolute
 * @throws {SemapError} `cancelled`; what the engine says
 */
export async function learnHead(
  params: LearnHeadParams,
  file: string,
  session: Session,
  show?: ShowClassifying,
): Promise<LearnedDocument> {
  const { alignment, kind, folders } = params;
  await runImages(params, session, show);
  await noteGivenLabels(params, session);
  const { head: learned, bytes }: LearnedHeadFile = await callTogether('learnHead', params, session);
  const head = { ...learned, file };
  if (head.kind !== kind) {
    session.note({
      text: phrase('{0} needs two labeled images of each label; {1} was learned instead.', kind, head.kind),
    });
  }
  return { document: madeFor(folders, withHead(alignment, head)), head, bytes };
}

/** Which images measured a head: `that it did not learn from`. Where those are few, all of them in turn (cross-validation). */
export function measuredOn({ images, found, validation, splits }: LearnedRecord): string {
  if (splits) return `of the split ${splits.measured}`;
  return found !== undefined && images + validation.images > found
    ? 'that it learned from, each left out in turn'
    : 'that it did not learn from';
}
