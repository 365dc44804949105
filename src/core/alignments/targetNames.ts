import type { AlignmentDocument } from './alignment.ts';
import { withEdit } from './alignmentEdits.ts';

/**
 * The document with a target label called otherwise. Where another one is called so already, the two become one: that
 * one gets the sources that it lacks, and the first one goes.
 * @returns the same document where there is no such target
 */
export function withTargetCalled(document: AlignmentDocument, from: string, to: string): AlignmentDocument {
  const at = document.targets.findIndex(({ label }) => label === from);
  if (at < 0 || from === to) return document;
  const into = document.targets.findIndex(({ label }) => label === to);
  if (into < 0) return withEdit(document, { kind: 'rename', target: at, label: to });
  const known = new Set(document.targets[into].sources.map(({ index }) => index));
  const merged = document.targets[at].sources
    .filter(({ index }) => !known.has(index))
    .reduce((now, source) => withEdit(now, { kind: 'map', target: into, source }), document);
  return withEdit(merged, { kind: 'remove', target: at });
}
