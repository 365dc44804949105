import type { AlignmentDocument } from '../../core/documents/alignment.ts';
import { mappingOf } from '../../core/documents/alignmentBuilding.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { type Decisions, decide, decideAgain } from '../../core/mapping/decisions.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { classificationReport } from '../../core/metrics/classification.ts';
import type { MappingFigures } from '../../protocol/evidence.ts';
import { ImageScorer } from '../classify/imageScorer.ts';
import type { ScoredFolder } from '../classify/scoredFolder.ts';

/** What an alignment makes of the images of a folder. */
export interface ScoredAlignment extends Decisions {
  readonly labels: readonly string[];
  /** Per image the index of the true target, -1 where it is not known or was learned from. */
  readonly truths: Int32Array;
  readonly figures: MappingFigures;
  /** What decided: the next edit is scored from here. */
  readonly mapping: Mapping;
  /** Images that the mapping was learned from. */
  readonly learned: string | undefined;
}

/** @param known the same images under other alignments: where one differs in few targets, only those are scored */
export async function scoreAlignment(
  alignment: AlignmentDocument,
  folder: ScoredFolder,
  wordnet: WordNet,
  known: readonly ScoredAlignment[],
): Promise<ScoredAlignment> {
  const { images, fired } = folder;
  const labels = alignment.targets.map(({ label }) => label);
  const learned = alignment.method.labelled?.learned;
  const mapping = mappingOf(alignment);
  const decisions = (await decidedFrom(known, mapping, folder)) ?? (await decide(mapping, folder));
  const judgedAlike = known.find((one) => one.learned === learned && sameLabels(one.labels, labels));
  const truths = judgedAlike?.truths ?? truthsOf(alignment, images, wordnet);
  const judged = [...truths.keys()].filter((i) => truths[i] >= 0);
  const report = classificationReport(
    judged.map((i) => truths[i]),
    judged.map((i) => decisions.predicted[i]),
    labels.length,
  );
  const used = new Set(mapping.targets.flatMap((sources) => sources.map(({ source }) => source)));
  let covered = 0;
  for (const [strongest] of fired) if (strongest && used.has(strongest.source)) covered++;
  return {
    ...decisions,
    labels,
    truths,
    figures: {
      images: images.length,
      judged: judged.length,
      accuracy: report.accuracy,
      balancedAccuracy: report.balancedAccuracy,
      coverage: images.length === 0 ? null : covered / images.length,
    },
    mapping,
    learned,
  };
}

async function decidedFrom(
  known: readonly ScoredAlignment[],
  mapping: Mapping,
  folder: ScoredFolder,
): Promise<Decisions | undefined> {
  for (const one of known.toReversed()) {
    const decisions = await decideAgain(mapping, one.mapping, one, folder);
    if (decisions) return decisions;
  }
  return undefined;
}

function truthsOf(
  alignment: AlignmentDocument,
  images: ScoredFolder['images'],
  wordnet: WordNet,
): Int32Array {
  const scorer = new ImageScorer(alignment, wordnet);
  return Int32Array.from(images, (image) => scorer.judgedBy(image) ?? -1);
}

function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, t) => label === b[t]);
}
