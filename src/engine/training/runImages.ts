import { access } from 'node:fs/promises';
import path from 'node:path';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { SemapError } from '../../core/errors.ts';
import type { ImageFolders, SplitName } from '../../core/folders/layout.ts';
import { nameInDataSet } from '../../core/folders/placing.ts';
import { type SplitRoles, splitRoles } from '../../core/folders/splitRoles.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { MeasuredCount, type MeasuredOn } from '../../core/metrics/measuredOn.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type { ResolvedSettings } from '../../core/runs/trainingSettings.ts';
import { phrase } from '../../core/text/text.ts';
import {
  type LabelledImage,
  mustSuffice,
  type RunImages,
  stratifiedSplit,
} from '../../core/training/split.ts';
import { truthName, withoutAgents } from '../../core/truths/imageTruths.ts';
import { isWithin } from '../../files/paths.ts';
import { walkImages } from '../folders/imageWalk.ts';
import type { BackboneServices } from '../services.ts';
import { readRunFile, writeRunFile } from './runFiles.ts';

const FILE = 'images.json';
/** A million images with long paths fit. */
const LARGEST = 512 << 20;

/** Images of targets, by their labels or class folders, and how many images are of which. */
export interface FoundImages {
  readonly images: readonly LabelledImage[];
  /** What the splits are for, where there are several. */
  readonly splits?: SplitRoles | undefined;
  /**
   * What is trained with of these, what measures, and which folders are left out.
   * @param roles leave out images of a split that is kept for the end
   */
  readonly measuredOn: (learned: readonly LabelledImage[], roles?: SplitRoles) => MeasuredOn;
}

/** Looks through folders for images of targets, as persons, tables and class folders say. */
export async function labelledImages(
  from: ImageFolders,
  { targets }: AlignmentDocument,
  services: Pick<BackboneServices, 'wordnet' | 'truths'>,
  signal: AbortSignal,
): Promise<FoundImages> {
  const names = labelsOf(targets);
  const known = new FolderTargets(names, await services.wordnet());
  // They are validated and tested with, too.
  const truths = withoutAgents(await services.truths.of(from));
  const images: LabelledImage[] = [];
  const foundIn = new Map<SplitName | undefined, Map<string | undefined, number>>();
  for await (const found of walkImages(from, { signal })) {
    if (found.kind !== 'image') continue;
    const { path: file, split } = found;
    const name = truthName(found, truths);
    const foundHere = foundIn.get(split) ?? new Map<string | undefined, number>();
    foundIn.set(split, foundHere);
    foundHere.set(name, (foundHere.get(name) ?? 0) + 1);
    const truth = name === undefined ? undefined : known.of(name);
    if (truth === undefined) continue;
    const key = nameInDataSet(found, path.basename(file));
    images.push({ path: file, truth, key, ...(split && { split }) });
  }
  // A walk that was cancelled ends early, and finds fewer images than there are.
  signal.throwIfAborted();
  const measuredOn: FoundImages['measuredOn'] = (learned, roles) => {
    const used = [...foundIn].filter(([split]) => !roles || isTrainedWith(roles, split));
    const count = new MeasuredCount(names);
    const learnedOf = new Map<number, number>();
    for (const { truth } of learned) learnedOf.set(truth, (learnedOf.get(truth) ?? 0) + 1);
    for (const [folder, all] of used.flatMap(([, here]) => [...here])) {
      const truth = folder === undefined ? undefined : known.of(folder);
      const learnedHere = truth === undefined ? 0 : Math.min(all, learnedOf.get(truth) ?? 0);
      if (truth !== undefined) learnedOf.set(truth, (learnedOf.get(truth) ?? 0) - learnedHere);
      if (learnedHere > 0) count.add(folder, truth, { images: learnedHere, learned: true });
      if (all > learnedHere) count.add(folder, truth, { images: all - learnedHere });
    }
    return count.result(names.length, (folder) => known.all(folder));
  };
  return { images, splits: splitRoles(foundIn.keys()), measuredOn };
}

/** Whether a split is learned from, or chosen by. */
function isTrainedWith({ learn, choose }: SplitRoles, split: SplitName | undefined): boolean {
  return split !== undefined && (split === learn || split === choose);
}

/**
 * @param groups of near-duplicates, by paths: none of them is learned from and measured with, unless a person made the splits
 * @throws {SemapError} as {@link mustSuffice}
 */
export function splitImages(
  { images, splits }: Pick<FoundImages, 'images' | 'splits'>,
  { targets }: AlignmentDocument,
  { validation, seed }: ResolvedSettings,
  groups?: ReadonlyMap<string, number>,
): RunImages {
  const whole = (some: readonly LabelledImage[]) =>
    stratifiedSplit(
      some,
      validation,
      seed,
      some.map(({ path: file }) => groups?.get(file) ?? -1),
    );
  const of = (name: SplitName) => images.filter((image) => image.split === name);
  const split = splits?.choose
    ? { train: of(splits.learn), validation: of(splits.choose) }
    : whole(splits ? of(splits.learn) : images);
  mustSuffice(split, labelsOf(targets));
  return split;
}

/** Keeps the images of a run in a list beside its record, so that a resumed run has the very same. */
export async function keepImages(runFolder: string, images: RunImages): Promise<void> {
  await writeRunFile(runFolder, FILE, JSON.stringify(images));
}

/** The list is a file that anyone may have written: nothing outside of the folders of the run is looked at. */
function areImagesOf(folders: readonly string[], targetCount: number, list: unknown): boolean {
  return (
    Array.isArray(list) &&
    list.every((image: Partial<LabelledImage> | null) => {
      const { path: file, truth = -1, key } = image ?? {};
      return (
        typeof file === 'string' &&
        folders.some((folder) => isWithin(file, folder)) &&
        typeof key === 'string' &&
        Number.isInteger(truth) &&
        truth >= 0 &&
        truth < targetCount
      );
    })
  );
}

/**
 * The images of a run that is resumed, without those that are gone.
 * @throws {SemapError} `invalid-document` when there is no list, `no-images` when a class is empty now
 */
export async function keptImages(
  runFolder: string,
  folders: readonly string[],
  { targets }: AlignmentDocument,
): Promise<{ readonly images: RunImages; readonly gone: readonly SkippedImage[] }> {
  const file = path.join(runFolder, FILE);
  let kept: RunImages;
  try {
    kept = JSON.parse(String(await readRunFile(runFolder, FILE, LARGEST))) as RunImages;
    if (![kept.train, kept.validation].every((list) => areImagesOf(folders, targets.length, list)))
      throw new SemapError(
        'invalid-document',
        phrase('The list names other files than images of the training folders.'),
      );
  } catch (cause) {
    throw new SemapError(
      'invalid-document',
      phrase('Cannot resume the run: {0} is damaged or missing.', file),
      { hint: phrase('Train again with the same settings.'), cause },
    );
  }
  const gone: SkippedImage[] = [];
  const there = async (images: readonly LabelledImage[]): Promise<LabelledImage[]> => {
    const left: LabelledImage[] = [];
    for (const image of images) {
      const exists = await access(image.path).then(
        () => true,
        () => false,
      );
      if (exists) left.push(image);
      else gone.push({ path: image.path, reason: phrase('This file no longer exists.') });
    }
    return left;
  };
  const left = { train: await there(kept.train), validation: await there(kept.validation) };
  mustSuffice(left, labelsOf(targets));
  // What is gone keeps its place, so that the order of the others stays; its step passes over it.
  return { images: kept, gone };
}

function labelsOf(targets: AlignmentDocument['targets']): string[] {
  return targets.map(({ label }) => label);
}
