import { complementsOf } from '../mapping/roles.ts';
import type { AlignmentDocument } from './alignment.ts';

/** Per target whether the mapping has a score for it: by sources of its own in any backbone, or by what the others leave. */
export function scoredTargets({
  targets,
  members = [],
}: Pick<AlignmentDocument, 'targets' | 'members'>): boolean[] {
  const complements = complementsOf(targets);
  const carried = new Set(
    members.flatMap((one) =>
      one.targets.filter(({ sources }) => sources.length > 0).map(({ label }) => label),
    ),
  );
  return targets.map(
    ({ label, sources }, t) => sources.length > 0 || carried.has(label) || complements[t].length > 0,
  );
}

/** Of how many targets one can be the answer. A head answers with labels that no source is mapped to. */
export function answeringCount(document: Pick<AlignmentDocument, 'targets' | 'head' | 'members'>): number {
  return document.head ? document.targets.length : scoredTargets(document).filter(Boolean).length;
}
