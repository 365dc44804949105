import { complementsOf } from '../mapping/roles.ts';
import type { AlignmentDocument } from './alignment.ts';

/** Per target whether the mapping has a score for it: by sources of its own, or by what the others leave. */
export function scoredTargets({ targets }: Pick<AlignmentDocument, 'targets'>): boolean[] {
  const complements = complementsOf(targets);
  return targets.map(({ sources }, t) => sources.length > 0 || complements[t].length > 0);
}

/** Of how many targets one can be the answer. A head answers with labels that no source is mapped to. */
export function answeringCount(document: Pick<AlignmentDocument, 'targets' | 'head'>): number {
  return document.head ? document.targets.length : scoredTargets(document).filter(Boolean).length;
}
