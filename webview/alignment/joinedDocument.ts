import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import {
  joinedExcluded,
  joinedSources,
  partsOf,
  placeOfSource,
  type SourceGroup,
  sourceGroups,
} from '../../src/core/alignments/members.ts';
import type { Aggregation } from '../../src/core/mapping/mapping.ts';

/** The source labels of one backbone, as a page shows them. */
export interface ShownGroup extends SourceGroup {
  /** How much it counts beside the others, above 0. */
  readonly weight: number;
  readonly aggregation: Aggregation;
  /** Which targets it has source labels for, by their indices. */
  readonly carries: readonly number[];
}

/** A document whose sources are those of all its backbones, by joined indices, and which backbone has which. */
export interface JoinedDocument {
  readonly document: AlignmentDocument;
  /** One for each backbone; a page says nothing of them where there is one. */
  readonly groups: readonly ShownGroup[];
}

/** What a page shows of a document: as of one backbone that has the sources of all. */
export function joinedDocument(document: AlignmentDocument): JoinedDocument {
  const parts = partsOf(document);
  const groups = sourceGroups(document).map((group, at): ShownGroup => {
    const { weight, aggregation, targets } = parts[at];
    const carries = [...targets.keys()].filter((t) => targets[t].sources.length > 0);
    return { ...group, weight, aggregation, carries };
  });
  if (parts.length === 1) return { document, groups };
  const { members: _, ...rest } = document;
  const sources = joinedSources(document);
  const excluded = joinedExcluded(document);
  return {
    document: {
      ...rest,
      ...(excluded.length > 0 && { excluded }),
      targets: document.targets.map((target, t) => ({ ...target, sources: sources[t] })),
    },
    groups,
  };
}

/** The group that a joined source is of. */
export function groupOfSource(groups: readonly ShownGroup[], joined: number): ShownGroup {
  return groups[placeOfSource(groups, joined).member];
}

/** A joined source as edits name it: whose it is, where that is another's than the document's own, and its index there. */
export function editPlace(
  groups: readonly ShownGroup[],
  joined: number,
): { readonly index: number; readonly of: { readonly member?: number } } {
  const { member, index } = placeOfSource(groups, joined);
  return { index, of: member === 0 ? {} : { member } };
}
