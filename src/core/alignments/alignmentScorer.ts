import { JoinedScorer, type TargetScorer } from '../mapping/joinedScorer.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { MappingScorer } from '../mapping/scoring.ts';
import type { AlignmentDocument } from './alignment.ts';
import { mappingOf } from './alignmentBuilding.ts';
import { backboneCount, joinedSources, partDocument, partsOf } from './members.ts';

/** What scores outputs under an alignment: those of its backbone, or of several side by side. */
export function alignmentScorer(document: AlignmentDocument): TargetScorer {
  return backboneCount(document) === 1 ? new MappingScorer(mappingOf(document)) : joinedScorer(document);
}

/** The same for several, which tells what each of them says. */
export function joinedScorer(document: AlignmentDocument): JoinedScorer {
  return new JoinedScorer(
    partsOf(document).map(({ weight, targets }, at) => ({
      mapping: mappingOf(partDocument(document, at)),
      weight,
      targetWeights: targets.some((target) => target.weight !== undefined)
        ? targets.map((target) => target.weight ?? 1)
        : undefined,
    })),
  );
}

/** Which of all source labels, side by side, a target uses; the aggregation is one that not all share, where there is one. */
export function joinedMapping(document: AlignmentDocument): Mapping {
  if (backboneCount(document) === 1) return mappingOf(document);
  const parts = partsOf(document);
  const other = parts.find(({ aggregation }) => aggregation.kind !== 'log-mean-exp') ?? parts[0];
  return {
    sourceCount: parts.reduce((sum, { backbone }) => sum + backbone.sourceCount, 0),
    aggregation: other.aggregation,
    targets: joinedSources(document).map((sources) =>
      sources.map(({ index, weight }) => ({ source: index, weight })),
    ),
  };
}
