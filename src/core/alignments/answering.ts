import { complementsOf } from '../mapping/roles.ts';
import type { AlignmentDocument } from './alignment.ts';
import { partsOf } from './members.ts';

/** Per target whether a mapping has a score for it: by sources of its own, or by what the others leave. */
export function scoredTargets(document: AlignmentDocument): boolean[] {
  const scored = partsOf(document).map(({ targets, aggregation }) => {
    const own = document.targets.map((target, t) => ({ ...target, ...targets[t] }));
    const complements = complementsOf(own, aggregation);
    return targets.map(({ sources }, t) => sources.length > 0 || complements[t].length > 0);
  });
  return document.targets.map((_, t) => scored.some((own) => own[t]));
}

/** Of how many targets one can be the answer. A head answers with labels that no source is mapped to. */
export function answeringCount(document: AlignmentDocument): number {
  return document.head ? document.targets.length : scoredTargets(document).filter(Boolean).length;
}
