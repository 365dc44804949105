import * as vscode from 'vscode';
import type { AlignmentDocument, AlignmentSource } from '../../core/alignments/alignment.ts';
import { type MappingEdit, usualWeight, withMappingEdit } from '../../core/alignments/mappingEdits.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import type { SimilarityView } from '../../protocol/alignments.ts';
import type { AlignmentWish, PagePlace } from '../../protocol/alignmentView.ts';
import { showError } from '../errors.ts';
import { changeAlignment } from './alignmentFiles.ts';
import type { EditPlace } from './editAlignment.ts';

/** Wishes that ask the person, or take the engine's time: commands of their own. */
const COMMANDS: Partial<Record<AlignmentWish['kind'], string>> = {
  chooseSense: 'semap.chooseSense',
  addHint: 'semap.addHint',
  alignAgain: 'semap.alignAgain',
  excludeSource: 'semap.excludeSource',
  includeSource: 'semap.includeSource',
  addTarget: 'semap.addTarget',
  chooseMethod: 'semap.changeMethod',
  chooseSimilarity: 'semap.changeSimilarity',
  chooseAggregation: 'semap.changeAggregation',
};

/** Does what a person wants on a page; what is wrong with it is shown to them. */
export async function fulfil(
  wish: AlignmentWish,
  uri: string,
  place: PagePlace,
  view: SimilarityView | undefined,
): Promise<void> {
  const address = vscode.Uri.parse(uri, true);
  const command = COMMANDS[wish.kind];
  if (command !== undefined) {
    const about: EditPlace = {
      semapDocument: uri,
      semapEditor: place === 'editor',
      ...('target' in wish ? { semapTarget: wish.target } : {}),
      ...('source' in wish ? { semapSource: wish.source } : {}),
    };
    await vscode.commands.executeCommand(command, about);
    return;
  }
  if (wish.kind === 'openEditor' || wish.kind === 'openText') {
    const id = wish.kind === 'openEditor' ? 'semap.openAlignmentEditor' : 'semap.openAlignmentText';
    await vscode.commands.executeCommand(id, address);
    return;
  }
  try {
    await changeAlignment(
      address,
      (document) => {
        const edit = mappingEdit(document, wish, view);
        return edit ? withMappingEdit(document, edit) : document;
      },
      place === 'panel',
    );
  } catch (error) {
    await showError(error, { document: address });
  }
}

/** What a wish means for a document; undefined where the target that it means is not there any more. */
export function mappingEdit(
  document: AlignmentDocument,
  wish: AlignmentWish,
  view: SimilarityView | undefined,
): MappingEdit | undefined {
  if (!('label' in wish) || document.targets[wish.target]?.label !== wish.label) return undefined;
  const { target } = wish;
  switch (wish.kind) {
    case 'map': {
      if (wish.weight === 0) return { kind: 'unmap', target, source: wish.source };
      const source = sourceOf(document, target, wish.source, view);
      const weight = wish.weight ?? usualWeight(document, source.similarity);
      return { kind: 'map', target, source: { ...source, weight } };
    }
    case 'rename':
      return wish.name.trim() === wish.label ? undefined : { kind: 'rename', target, label: wish.name };
    case 'move':
      return wish.to === target ? undefined : { kind: 'move', target, to: wish.to };
    case 'removeTarget':
      return { kind: 'remove', target };
    case 'award':
      return { kind: 'award', target, source: wish.source };
    default:
      return undefined;
  }
}

/** A source as the document names it. @throws {SemapError} `not-found` when its backbone cannot say what it is */
function sourceOf(
  { targets }: AlignmentDocument,
  target: number,
  index: number,
  view: SimilarityView | undefined,
): AlignmentSource {
  const known = targets[target]?.sources.find((source) => source.index === index);
  if (known) return known;
  const source = view?.sources[index];
  if (!view || !source) {
    throw new SemapError(
      'not-found',
      phrase('The backbone of this alignment is not there to say what the source is.'),
    );
  }
  const { name, wnid } = source;
  const similarity = Number((view.values[target * view.sources.length + index] ?? 0).toFixed(4));
  return { label: name, ...(wnid === undefined ? {} : { wnid }), index, weight: 1, similarity };
}
