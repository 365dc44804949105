import { choiceOf, type SimilarityChoice } from '../encoders/similarityChoice.ts';
import { isLearned } from '../mapping/methods.ts';
import type { AlignSettings } from './alignLabels.ts';
import type { AlignmentDocument, AlignmentTarget } from './alignment.ts';
import { targetLabelsOf } from './alignmentBuilding.ts';
import { type MeaningEdit, withEdit } from './alignmentEdits.ts';
import { withMarksAgain } from './expectedRecall.ts';
import { withoutStrangers, withPart } from './memberEdits.ts';
import { backboneCount, partDocument, partsOf } from './members.ts';
import { withoutUnusedTexts } from './textLabels.ts';

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
  edit: MeaningEdit,
  align: (document: AlignmentDocument, similarity?: SimilarityChoice) => Promise<AlignmentDocument>,
): Promise<AlignmentDocument> {
  const edited = withEdit(document, edit);
  const after = await align(edited, edit.kind === 'method' ? edit.method.similarity : undefined);
  // Of a mapping that was learned, another method keeps nothing.
  const anew = edit.kind === 'method' && isLearned(document.method.name);
  const before = anew ? edited : await align(document);
  return withMarksAgain(withoutUnusedTexts(mergeAligned(edited, before, after, edit)));
}

/**
 * The same for every backbone that the edit is about: one, where it names one's sources or method, else all of them.
 * @param align {@link realigned}, for one backbone's share
 */
export async function realignedParts(
  document: AlignmentDocument,
  edit: MeaningEdit,
  align: (part: AlignmentDocument, edit: MeaningEdit) => Promise<AlignmentDocument>,
): Promise<AlignmentDocument> {
  const ofOne = edit.kind === 'exclude' || edit.kind === 'include' || edit.kind === 'method';
  const { member: _, ...own } = { member: undefined, ...edit };
  const asked = ofOne ? [edit.member ?? 0] : [...partsOf(document).keys()];
  // Each as it was: what one says of the labels, the first says for all.
  const after: AlignmentDocument[] = [];
  for (const at of asked) after.push(await align(partDocument(document, at), own as MeaningEdit));
  if (backboneCount(document) === 1) return after[0];
  const whole = ofOne ? document : { ...document, targets: after[0].targets };
  const next = asked.reduce((all, at, i) => withPart(all, at, after[i]), whole);
  return withoutStrangers(next, targetsOf(edit, next));
}

/**
 * An edited document aligned again without losing what a person did to it: unknown fields, the aggregation and the
 * sources that they changed by hand stay.
 * @param edited the document with the edit, its sources still as they were
 * @param before what the method made of the document before the edit: sources that differ from it are the person's
 * @param after what the method makes of the edited document
 * @param edit what was edited: its target is aligned anew in any case, and another method comes with what belongs to it
 */
function mergeAligned(
  edited: AlignmentDocument,
  before: AlignmentDocument,
  after: AlignmentDocument,
  edit: MeaningEdit,
): AlignmentDocument {
  const own = targetsOf(edit, edited);
  // What was learned from images says more than names do.
  const keepAll = isLearned(edited.method.name);
  const banned = new Set(edited.excluded?.map(({ index }) => index));
  const method = edit.kind === 'method' ? { method: after.method, aggregation: after.aggregation } : {};
  return {
    ...edited,
    ...method,
    // Those of a dual encoder are asked for labels that came.
    ...(after.backbone.texts && {
      backbone: {
        ...edited.backbone,
        sourceCount: after.backbone.sourceCount,
        texts: after.backbone.texts,
      },
    }),
    targets: edited.targets.map((mine, t) => {
      const {
        label,
        hint,
        sense: _,
        pinned,
        gloss,
        match,
        role: _role,
        expected,
        expectedRecall,
        offset,
        sources,
        ...unknown
      } = mine;
      const next = after.targets[t];
      if (!keepAll && (own.includes(t) || sameSources(mine, before.targets[t])))
        return { ...next, ...unknown };
      const { offset: _offset, sources: _sources, expectedRecall: _recall, ...about } = next;
      return {
        ...about,
        ...(keepAll ? { expected } : {}),
        ...(expectedRecall === undefined ? {} : { expectedRecall }),
        ...(offset === undefined ? {} : { offset }),
        sources: sources.filter(({ index }) => !banned.has(index)),
        ...unknown,
      };
    }),
  };
}

/** The targets that an edit is about. */
function targetsOf(edit: MeaningEdit, { targets }: AlignmentDocument): readonly number[] {
  if (edit.kind === 'add') return [targets.length - 1];
  if (edit.kind === 'hints') return edit.hints.map(({ target }) => target);
  return 'target' in edit ? [edit.target] : [];
}

function sameSources(a: AlignmentTarget, b: AlignmentTarget): boolean {
  return (
    (a.offset ?? 0) === (b.offset ?? 0) &&
    a.sources.length === b.sources.length &&
    a.sources.every(({ index, weight }, i) => index === b.sources[i].index && weight === b.sources[i].weight)
  );
}
