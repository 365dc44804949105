import { JoinedScorer, type TargetScorer } from '../mapping/joinedScorer.ts';
import { MappingScorer } from '../mapping/scoring.ts';
import type { AlignmentDocument } from './alignment.ts';
import { mappingOf } from './alignmentBuilding.ts';
import { backboneCount, partDocument, partsOf } from './members.ts';

/** What scores outputs under an alignment: those of its backbone, or of several side by side. */
export function alignmentScorer(document: AlignmentDocument): TargetScorer {
  if (backboneCount(document) === 1) return new MappingScorer(mappingOf(document));
  return new JoinedScorer(
    partsOf(document).map(({ weight }, at) => ({ mapping: mappingOf(partDocument(document, at)), weight })),
  );
}
