import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import type { FindParams } from '../../core/find/findRecord.ts';
import { MOST_TAUGHT, type SearchImage } from '../../core/find/parts.ts';
import { nameInDataSet } from '../../core/folders/placing.ts';
import { readSplitRoles, type SplitRoles, splitRoles } from '../../core/folders/splitRoles.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { isMeasuredOn, MeasuredCount, type MeasuredOn } from '../../core/metrics/measuredOn.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import { withoutAgents } from '../../core/truths/imageTruths.ts';
import { isWithin } from '../../files/paths.ts';
import { drawSample, type SampleSize } from '../folders/imageSample.ts';
import { noImages } from '../folders/passedOverList.ts';
import type { BackboneServices } from '../services.ts';
import { readRunFile, writeRunFile } from '../training/runFiles.ts';

/** Labeled images that a search looks at, of each class and in all: at first, and of what goes on. */
const SIZES = [
  { perClass: 100, total: 600 },
  { perClass: 400, total: 2000 },
] as const;
/** Images without a label that are answered together with them. */
const UNLABELLED = [300, 1000] as const;
const FILE = 'images.json';
const LARGEST = 64 << 20;

/** The images of a search, the same as long as it lasts. */
export interface FoundImages {
  readonly images: readonly SearchImage[];
  /** How many of them the first look takes. */
  readonly first: number;
  /** Images in the folders. */
  readonly found: number;
  /** Labeled images in the folders; of more than are looked at, all teach what is kept. */
  readonly labelled: number;
  /** Of those that are looked at, how many a person labeled. */
  readonly given: number;
  readonly roles?: SplitRoles | undefined;
  readonly measuredOn?: MeasuredOn | undefined;
}

/**
 * Draws the images of a search; which ones depends on their names and the seed alone.
 * @throws {SemapError} `no-images`
 */
export async function findImages(
  params: FindParams,
  services: Pick<BackboneServices, 'wordnet' | 'truths'>,
  signal: AbortSignal,
): Promise<{ readonly found: FoundImages; readonly skipped: readonly SkippedImage[] }> {
  const { sample, images, targets, given } = await drawnImages(params, services, SIZES, signal);
  const count = new MeasuredCount(params.targets.map(({ name }) => name));
  let labelled = 0;
  for (const [name, some] of sample.foundIn) {
    const truth = name === undefined ? undefined : targets.of(name);
    if (truth !== undefined) labelled += some;
    count.add(name, truth, { images: some });
  }
  return {
    found: {
      images,
      first: sample.first,
      found: sample.found,
      labelled,
      given,
      roles: splitRoles(new Set(images.filter(({ truth }) => truth >= 0).map(({ split }) => split))),
      measuredOn: count.result(params.targets.length, (folder) => targets.all(folder)),
    },
    skipped: sample.unreadable,
  };
}

async function drawnImages(
  params: FindParams,
  services: Pick<BackboneServices, 'wordnet' | 'truths'>,
  sizes: readonly [SampleSize, SampleSize],
  signal: AbortSignal,
  filled = false,
) {
  const names = params.targets.map(({ name }) => name);
  const targets = new FolderTargets(names, await services.wordnet());
  const truths = withoutAgents(await services.truths.of(params, params.truths));
  const truthOf = (folder: string) => targets.of(folder);
  const { seed = 0 } = params;
  const options = { sizes, unlabelled: UNLABELLED, seed, truthOf, truths, filled, signal } as const;
  const sample = await drawSample(params, options);
  if (sample.images.length === 0) throw noImages(params.folders);
  const images = sample.images.map((image): SearchImage => {
    const { path: file, truth, split } = image;
    const key = nameInDataSet(image, path.basename(file));
    return { path: file, truth, key, group: -1, ...(split && { split }) };
  });
  const given = images.filter((one) => one.truth >= 0 && truths.of(one.path)?.by === 'person').length;
  return { sample, images, targets, given };
}

/** Keeps the images of a search, so that one that is resumed has the very same. */
export async function keepFoundImages(runFolder: string, found: FoundImages): Promise<void> {
  await writeRunFile(runFolder, FILE, JSON.stringify(found));
}

/**
 * The images of a search that goes on; undefined where it was ended before they were known.
 * @throws {SemapError} `invalid-document` for a list that is damaged or names other files than images of the folders
 */
export async function keptFoundImages(
  runFolder: string,
  params: FindParams,
): Promise<FoundImages | undefined> {
  const text = await readRunFile(runFolder, FILE, LARGEST);
  if (!text) return undefined;
  try {
    const { images, first, found, labelled, given, roles, measuredOn } = JSON.parse(
      String(text),
    ) as FoundImages;
    const numbers = [first, found, labelled, given];
    const areCounts = numbers.every((count) => Number.isSafeInteger(count) && count >= 0);
    if (areCounts && areImagesOf(params, images) && first <= images.length) {
      return {
        images,
        first,
        found,
        labelled,
        given,
        roles: readSplitRoles(roles),
        ...(isMeasuredOn(measuredOn) && { measuredOn }),
      };
    }
  } catch {
    // Said below.
  }
  const file = path.join(runFolder, FILE);
  throw new SemapError('invalid-document', phrase('Cannot resume the search: {0} is damaged.', file), {
    hint: phrase('Start a new search of the same folder.'),
  });
}

/** The list is a file that anyone may have written: nothing outside of the folders is looked at. */
function areImagesOf({ folders, targets }: FindParams, list: unknown): list is readonly SearchImage[] {
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((image: Partial<SearchImage> | null) => {
      const { path: file, truth = -2, key, group } = image ?? {};
      return (
        typeof file === 'string' &&
        folders.some((folder) => isWithin(file, folder)) &&
        typeof key === 'string' &&
        Number.isInteger(group) &&
        Number.isInteger(truth) &&
        truth >= -1 &&
        truth < targets.length
      );
    })
  );
}

const ALL = { perClass: MOST_TAUGHT, total: MOST_TAUGHT } as const;

/** Every labeled image of the folders, and some without a label. @throws {SemapError} `no-images` */
export async function allImages(
  params: FindParams,
  services: Pick<BackboneServices, 'wordnet' | 'truths'>,
  signal: AbortSignal,
): Promise<readonly SearchImage[]> {
  const { images } = await drawnImages(params, services, [ALL, ALL], signal, true);
  return images;
}
