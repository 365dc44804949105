import type { ReadyState } from './alignmentFeed.ts';
import type { AlignmentModel } from './alignmentModel.ts';
import type { Pair } from './alignmentScene.ts';
import { groupOfSource } from './joinedDocument.ts';

/** What the context menu is about, as VS Code reads it from the attribute of the page. */
export function contextMenu(
  { uri, location }: Pick<ReadyState, 'uri' | 'location'>,
  model: AlignmentModel,
  pair: Pair | undefined,
): string {
  const source = pair?.source === undefined ? undefined : model.sourceIndex[pair.source];
  const ofGroup =
    pair?.group ?? (source === undefined ? undefined : groupOfSource(model.groups, source).member);
  return JSON.stringify({
    preventDefaultContextMenuItems: true,
    semapTarget: pair?.target,
    semapSource: source,
    semapMember: ofGroup !== undefined && model.groups.length > 1 ? ofGroup : undefined,
    semapExcluded: source !== undefined && model.excluded.has(source),
    semapDocument: uri,
    semapEditor: location === 'editor',
  });
}
