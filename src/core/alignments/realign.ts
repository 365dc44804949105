import { choiceOf, type SimilarityChoice } from '../encoders/similarityChoice.ts';
import { isLearned } from '../mapping/methods.ts';
import type { AlignSettings } from './alignLabels.ts';
import type { AlignmentDocument } from './alignment.ts';
import { targetLabelsOf } from './alignmentBuilding.ts';
import { type AlignmentEdit, mergeAligned, withEdit } from './alignmentEdits.ts';

/** What makes a document again: its targets as they were given, its method, its exclusions. */
export function paramsOf(
  document: AlignmentDocument,
  similarity: SimilarityChoice = choiceOf(document.method),
): AlignSettings & { readonly similarity: SimilarityChoice } {
  const { name, k, seed, shared } = document.method;
  return {
    targets: targetLabelsOf(document),
    // A learned mapping keeps its sources; only senses and marks are looked up.
    method: isLearned(name) ? 'semap' : name,
    similarity,
    k,
    seed,
    shared,
    excluded: document.excluded?.map(({ index }) => index) ?? [],
  };
}

/** The edited document, aligned again; sources that a person changed by hand are told by aligning it as it was, too. */
export async function realigned(
  document: AlignmentDocument,
  edit: AlignmentEdit,
  align: (document: AlignmentDocument, similarity?: SimilarityChoice) => Promise<AlignmentDocument>,
): Promise<AlignmentDocument> {
  const edited = withEdit(document, edit);
  const after = await align(edited, edit.kind === 'method' ? edit.method.similarity : undefined);
  // Of a mapping that was learned, another method keeps nothing.
  const anew = edit.kind === 'method' && isLearned(document.method.name);
  const before = anew ? edited : await align(document);
  return mergeAligned(edited, before, after, edit);
}
