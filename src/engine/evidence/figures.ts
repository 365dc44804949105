import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { mappingOf } from '../../core/alignments/alignmentBuilding.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { type Decisions, decide, decideAgain } from '../../core/mapping/decisions.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import { classificationReport } from '../../core/metrics/classification.ts';
import { MeasuredCount, tellingReport } from '../../core/metrics/measuredOn.ts';
import type { MappingFigures } from '../../protocol/evidence.ts';
import { ImageScorer } from '../classify/imageScorer.ts';
import type { ScoredFolder } from '../classify/scoredFolder.ts';

/** What an alignment makes of the images of a folder. */
export interface ScoredAlignment extends Decisions {
  readonly labels: readonly string[];
  /** Per image the index of the true target, -1 where it is not known or was learned from. */
  readonly truths: Int32Array;
  /** What the class folders are taken for, and how many images that makes: the same under every mapping of these labels. */
  readonly folders: FolderTargets;
  readonly count: MeasuredCount;
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
  const folders = judgedAlike?.folders ?? new FolderTargets(labels, wordnet);
  const scorer = new ImageScorer(alignment, folders);
  const { truths, count } = judgedAlike ?? truthsOf(scorer, images);
  const measuredOn = scorer.measuredOn(count);
  const judged = [...truths.keys()].filter((i) => truths[i] >= 0);
  const all = classificationReport(
    judged.map((i) => truths[i]),
    judged.map((i) => decisions.predicted[i]),
    labels.length,
  );
  const report = tellingReport(all, measuredOn);
  const used = new Set(mapping.targets.flatMap((sources) => sources.map(({ source }) => source)));
  let reached = 0;
  for (const [strongest] of fired) if (strongest && used.has(strongest.source)) reached++;
  return {
    ...decisions,
    labels,
    truths,
    folders,
    count,
    figures: {
      images: images.length,
      judged: judged.length,
      accuracy: report.accuracy,
      measuredOn,
      balancedAccuracy: report.balancedAccuracy,
      reach: images.length === 0 ? null : reached / images.length,
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
  scorer: ImageScorer,
  images: ScoredFolder['images'],
): Pick<ScoredAlignment, 'truths' | 'count'> {
  const count = new MeasuredCount(scorer.targets);
  for (const image of images) scorer.count(image, count);
  return { truths: Int32Array.from(images, (image) => scorer.judgedBy(image) ?? -1), count };
}

function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, t) => label === b[t]);
}
