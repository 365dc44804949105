import path from 'node:path';
import { alignLabels } from '../../core/alignments/alignLabels.ts';
import { mappingOf } from '../../core/alignments/alignmentBuilding.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import type { LabelSpace } from '../../core/labels/labelSpace.ts';
import { readTargets, type TargetLabel } from '../../core/labels/targetLabels.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { decidedTarget, MappingScorer } from '../../core/mapping/scoring.ts';
import type { Comparison } from '../../core/similarity/similarity.ts';
import { isFolder } from '../../files/folders.ts';
import { drawSample } from '../folders/imageSample.ts';
import { classesOf } from '../truths/classesOf.ts';
import type { TruthTables } from '../truths/truthTables.ts';

/** What images are found with, and labels compared. */
export interface TrialServices {
  readonly truths: TruthTables;
  readonly wordnet: () => Promise<WordNet>;
  readonly compare: (targets: readonly TargetLabel[], sources: LabelSpace) => Promise<Comparison>;
}

/** Images to try a backbone on. */
export interface TrialImages {
  /** Absolute paths, mixed; -1 where nobody knows what it shows. */
  readonly images: readonly { readonly path: string; readonly truth: number }[];
  /** The class that logits stand for; absent where there are no classes, or the backbone's labels do not fit them. */
  readonly answer?: ((logits: Float32Array) => number) | undefined;
}

const MOST = 40;
const MOST_CLASSES = 200;
/** Of so many classes at least this share must be in reach of the source labels. */
const REACHED = 0.5;

/**
 * Images of files and folders, of each class as many, and where class folders fit the backbone's labels, what answers them.
 * @param labelled whether the labels of the backbone are known
 */
export async function trialImages(
  backbone: BackboneDescription,
  given: readonly string[],
  labelled: boolean,
  { truths, wordnet, compare }: TrialServices,
  signal: AbortSignal,
): Promise<TrialImages> {
  const folders: string[] = [];
  const images: { path: string; truth: number }[] = [];
  for (const one of given.map((name) => path.resolve(name))) {
    if (await isFolder(one)) folders.push(one);
    else images.push({ path: one, truth: -1 });
  }
  if (folders.length === 0) return { images };
  const names = new Set<string>();
  for (const folder of folders) {
    for (const { name, empty } of await classesOf(folder, truths)) if (!empty) names.add(name);
  }
  const table = await wordnet();
  const fits = names.size >= 2 && names.size <= MOST_CLASSES;
  const targets = fits ? readTargets([...names], table).targets : [];
  const found = new FolderTargets(
    targets.map(({ name }) => name),
    table,
  );
  const size = { perClass: Math.max(2, Math.ceil(MOST / Math.max(1, targets.length))), total: MOST };
  const sample = await drawSample(
    { folders },
    {
      sizes: [size, size],
      seed: 0,
      truthOf: (name) => found.of(name),
      truths: await truths.of({ folders }),
      signal,
    },
  );
  images.push(...mixed(sample.images).map(({ path: file, truth }) => ({ path: file, truth })));
  if (!labelled || targets.length === 0) return { images };
  return { images, answer: answerOf(backbone, targets, await compare(targets, backbone.labelSpace)) };
}

function answerOf(
  backbone: BackboneDescription,
  targets: readonly TargetLabel[],
  comparison: Comparison,
): TrialImages['answer'] {
  const compared = { comparison, wordnet: comparison, adaptive: {} };
  const document = alignLabels({ targets, method: 'semap' }, backbone, undefined, compared);
  const reached = document.targets.filter(({ sources }) => sources.length > 0).length;
  if (reached < REACHED * targets.length) return undefined;
  const scorer = new MappingScorer(mappingOf(document));
  return (logits) => decidedTarget(scorer.score(logits));
}

/** One of each class in turn: a run that ends early has seen all of them. */
function mixed<T extends { readonly truth: number }>(images: readonly T[]): readonly T[] {
  const classes = new Map<number, T[]>();
  for (const image of images) classes.set(image.truth, [...(classes.get(image.truth) ?? []), image]);
  const longest = Math.max(0, ...[...classes.values()].map((own) => own.length));
  return Array.from({ length: longest }, (_, i) =>
    [...classes.values()].flatMap((own) => own.slice(i, i + 1)),
  ).flat();
}
