import { type AlignmentDocument, learnedKeys } from '../alignments/alignment.ts';
import { mappingOf } from '../alignments/alignmentBuilding.ts';
import { backboneCount, joinedSources } from '../alignments/members.ts';
import type { Head } from '../heads/head.ts';
import { FolderTargets } from '../labels/folderTargets.ts';
import type { WordNet } from '../labels/wordnet.ts';
import { type Decisions, decide, decideAgain, decideBy } from '../mapping/decisions.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { MeasuredCount, type MeasuredOn } from '../metrics/measuredOn.ts';
import { type ImageTruths, NO_TRUTHS } from '../truths/imageTruths.ts';
import { ImageScorer, type ScoredImages } from './imageScorer.ts';

/** What an alignment does to images. */
export interface MappingFigures {
  readonly images: number;
  /** `measuredOn.measured`: accuracy is about these. */
  readonly judged: number;
  /** Of `judged`, with near-duplicates as one: what an interval counts. Absent where nobody looked for them. */
  readonly units?: number | undefined;
  /** In [0, 1]; null where `measuredOn` says why it is withheld. */
  readonly accuracy: number | null;
  /** Over how many of how many images, and which folders are left out: part of every sentence with the accuracy. */
  readonly measuredOn: MeasuredOn;
  readonly balancedAccuracy: number | null;
  /** Share of the images whose strongest source label a target uses, in [0, 1]; null without images. */
  readonly reach: number | null;
}

/** What an alignment makes of the images of a folder. */
export interface ScoredAlignment extends Decisions {
  readonly labels: readonly string[];
  /** Per image the index of the true target, -1 where it is not known or was learned from. */
  readonly truths: Int32Array;
  /** What the class folders are taken for, and how many images that makes: the same under every mapping of these labels. */
  readonly folders: FolderTargets;
  readonly count: MeasuredCount;
  readonly figures: MappingFigures;
  /** What decided: the next edit is scored from here. Undefined where a head or several backbones did. */
  readonly mapping: Mapping | undefined;
  /** Images that the mapping was learned from. */
  readonly learned: string | undefined;
  /** The version of what persons and tables say of the images. */
  readonly told: string;
}

/** What labels images have: names of folders and tables are found by WordNet, and who said what. */
interface Truth {
  readonly wordnet: WordNet;
  readonly truths?: ImageTruths;
}

/**
 * @param known the same images under other alignments: where one differs in few targets, only those are scored
 * @param head decides instead of the mapping; features come with the images where it reads them
 */
export async function scoreAlignment(
  alignment: AlignmentDocument,
  scored: ScoredImages,
  { wordnet, truths: told = NO_TRUTHS }: Truth,
  known: readonly ScoredAlignment[],
  head?: Head,
): Promise<ScoredAlignment> {
  const { images, fired } = scored;
  const labels = alignment.targets.map(({ label }) => label);
  const learned = learnedKeys(alignment);
  const mapping = head || backboneCount(alignment) > 1 ? undefined : mappingOf(alignment);
  const judgedAlike = known.find(
    (one) => one.learned === learned && one.told === told.version && sameLabels(one.labels, labels),
  );
  const folders = judgedAlike?.folders ?? new FolderTargets(labels, wordnet);
  const scorer = new ImageScorer(alignment, folders, told, head);
  const decisions = mapping
    ? ((await decidedFrom(known, mapping, scored)) ?? (await decide(mapping, scored)))
    : await decideBy(scored.blocks(), images.length, labels.length, (block) =>
        scorer.score(block.logits, block.images.length, block.features),
      );
  const { truths, count } = judgedAlike ?? truthsOf(scorer, images);
  const judged = [...truths.keys()].filter((i) => truths[i] >= 0);
  const { accuracy, balancedAccuracy, measuredOn } = scorer.report(
    count,
    judged.map((i) => truths[i]),
    judged.map((i) => decisions.predicted[i]),
  );
  const used = new Set(joinedSources(alignment).flatMap((sources) => sources.map(({ index }) => index)));
  let reached = 0;
  for (const [strongest] of fired) if (strongest && used.has(strongest.source)) reached++;
  const reach = images.length === 0 ? null : reached / images.length;
  return {
    ...decisions,
    labels,
    truths,
    folders,
    count,
    figures: { images: images.length, judged: judged.length, accuracy, measuredOn, balancedAccuracy, reach },
    mapping,
    learned,
    told: told.version,
  };
}

async function decidedFrom(
  known: readonly ScoredAlignment[],
  mapping: Mapping,
  scored: ScoredImages,
): Promise<Decisions | undefined> {
  for (const one of known.toReversed()) {
    if (!one.mapping) continue;
    const decisions = await decideAgain(mapping, one.mapping, one, scored);
    if (decisions) return decisions;
  }
  return undefined;
}

function truthsOf(
  scorer: ImageScorer,
  images: ScoredImages['images'],
): Pick<ScoredAlignment, 'truths' | 'count'> {
  const count = new MeasuredCount(scorer.targets);
  const truths = Int32Array.from(images, (image) => scorer.judgedBy(image));
  for (const [i, image] of images.entries()) scorer.count(image, truths[i], count);
  return { truths, count };
}

function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, t) => label === b[t]);
}
