import path from 'node:path';
import type { PlacedImage } from '../../core/evidence/imageScorer.ts';
import type { ImageFolders, SplitName } from '../../core/folders/layout.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { type ImageTruths, NO_TRUTHS, truthName, withoutAgents } from '../../core/truths/imageTruths.ts';
import { type FoundImage, walkImages } from './imageWalk.ts';

/** An image of the sample. */
export interface SampledImage extends PlacedImage {
  /** Target index, -1 where unknown. */
  readonly truth: number;
}

/** How many images are looked at. */
export interface SampleSize {
  readonly perClass: number;
  /** Over all classes. */
  readonly total: number;
}

export interface SampleOptions {
  /** The first look, and the second; the images of the first are the first of the second. */
  readonly sizes: readonly [SampleSize, SampleSize];
  readonly seed: number;
  /** The target that a name stands for. */
  readonly truthOf: (name: string) => number | undefined;
  /** What persons and tables say of the images; absent: only class folders say something. */
  readonly truths?: ImageTruths;
  /** Which splits to draw from, of those that there are; undefined, or absent: all images. */
  readonly use?: (present: ReadonlySet<SplitName | undefined>) => readonly SplitName[] | undefined;
  /** So many images of no target are drawn beside the others, at the first look and in all; absent: none. */
  readonly unlabelled?: readonly [number, number];
  /** Whether what classes of few images leave of the total goes to the others; absent: all classes have the same share. */
  readonly filled?: boolean;
  readonly signal?: AbortSignal;
}

export interface ImageSample {
  readonly images: readonly SampledImage[];
  /** How many of `images` the first look takes. */
  readonly first: number;
  /** Images in the folders, in the splits that were drawn from. */
  readonly found: number;
  /** The splits that there are. */
  readonly splits: ReadonlySet<SplitName | undefined>;
  /** Images by what they are images of: their label, or their class folder. Undefined: none of the labels. */
  readonly foundIn: ReadonlyMap<string | undefined, number>;
  /** Folders that could not be read. */
  readonly unreadable: readonly SkippedImage[];
}

interface Drawn {
  readonly image: PlacedImage;
  readonly order: number;
}

/** The images of a split. */
interface Part {
  readonly classes: Map<number, LowestDraws>;
  readonly foundIn: Map<string | undefined, number>;
  found: number;
}

/**
 * Draws as many images of each class. An image's place in the draw depends on the seed, its class folder and its name
 * only, so the same images are drawn again after others were added, and on other machines. Images of no target are
 * drawn only where there are no others. What agents said of images is no truth: samples measure. Memory is bounded by the sample, not by the folders.
 */
export async function drawSample(from: ImageFolders, options: SampleOptions): Promise<ImageSample> {
  const { sizes, seed, truthOf, unlabelled, signal } = options;
  const truths = withoutAgents(options.truths ?? NO_TRUTHS);
  const [first, second] = sizes;
  const parts = new Map<SplitName | undefined, Part>();
  const unreadable: SkippedImage[] = [];
  for await (const entry of walkImages(from, { signal })) {
    if (entry.kind === 'unreadable') {
      const { kind: _, ...skipped } = entry;
      unreadable.push(skipped);
      continue;
    }
    const { path: file, classFolder, split } = entry;
    const part = parts.get(split) ?? { classes: new Map(), foundIn: new Map(), found: 0 };
    parts.set(split, part);
    part.found++;
    const name = truthName(entry, truths);
    part.foundIn.set(name, (part.foundIn.get(name) ?? 0) + 1);
    const truth = name === undefined ? -1 : (truthOf(name) ?? -1);
    let draws = part.classes.get(truth);
    if (!draws) {
      draws = new LowestDraws(truth < 0 ? second.total : second.perClass);
      part.classes.set(truth, draws);
    }
    draws.add({
      image: { path: file, classFolder, ...(split && { split }) },
      order: orderOf(entry, seed),
    });
  }
  // Less than all was seen: not the sample that the seed stands for.
  signal?.throwIfAborted();
  const splits = new Set(parts.keys());
  const used = options.use?.(splits);
  const { classes, foundIn, found } = together(
    [...parts].filter(([split]) => !used || (split && used.includes(split))).map(([, part]) => part),
  );
  const beside = classes.size > 1 ? unlabelled : undefined;
  if (classes.size > 1 && !beside) classes.delete(-1);
  const groups = [...classes].sort(([a], [b]) => a - b);
  const labels = groups.filter(([truth]) => truth >= 0).length;
  const shares = new Map(
    sizes.map((size) => [
      size,
      options.filled ? filledShare(groups, size.total) : Math.floor(size.total / labels),
    ]),
  );
  const quota = (size: SampleSize, truth: number) => {
    const { perClass, total } = size;
    if (truth >= 0) return Math.max(1, Math.min(perClass, shares.get(size)!));
    return beside ? beside[size === first ? 0 : 1] : Math.min(total, perClass * 10);
  };
  const between = (from: (truth: number) => number, to: (truth: number) => number) =>
    groups.flatMap(([truth, draws]) =>
      draws.lowest.slice(from(truth), to(truth)).map(({ image }) => ({ ...image, truth })),
    );
  const begin = between(
    () => 0,
    (truth) => quota(first, truth),
  );
  const rest = between(
    (truth) => quota(first, truth),
    (truth) => quota(second, truth),
  );
  return { images: [...begin, ...rest], first: begin.length, found, splits, foundIn, unreadable };
}

/** How many images are drawn of each class that has as many, where smaller classes are drawn whole. */
function filledShare(groups: readonly (readonly [number, LowestDraws])[], total: number): number {
  const counts = groups.flatMap(([truth, { lowest }]) => (truth >= 0 ? [lowest.length] : []));
  counts.sort((a, b) => a - b);
  let left = total;
  for (const [at, count] of counts.entries()) {
    const share = Math.floor(left / (counts.length - at));
    if (count > share) return share;
    left -= count;
  }
  return total;
}

function together(parts: readonly Part[]): Part {
  const [first, ...others] = parts;
  if (!first) return { classes: new Map(), foundIn: new Map(), found: 0 };
  for (const { classes, foundIn, found } of others) {
    first.found += found;
    for (const [name, images] of foundIn) first.foundIn.set(name, (first.foundIn.get(name) ?? 0) + images);
    for (const [truth, draws] of classes) {
      const known = first.classes.get(truth);
      if (known) for (const drawn of draws.lowest) known.add(drawn);
      else first.classes.set(truth, draws);
    }
  }
  return first;
}

/** The `limit` images with the lowest order. */
class LowestDraws {
  readonly #limit: number;
  #kept: Drawn[] = [];
  #highest = Number.POSITIVE_INFINITY;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** In order. */
  get lowest(): readonly Drawn[] {
    return this.#kept
      .sort((a, b) => a.order - b.order || (a.image.path < b.image.path ? -1 : 1))
      .slice(0, this.#limit);
  }

  add(drawn: Drawn): void {
    if (drawn.order > this.#highest) return;
    this.#kept.push(drawn);
    if (this.#kept.length < 2 * this.#limit + 16) return;
    this.#kept = [...this.lowest];
    this.#highest = this.#kept[this.#kept.length - 1].order;
  }
}

/** A number in [0, 2^32) that looks random: FNV-1a, then murmur3's finaliser. */
function orderOf({ path: file, classFolder }: FoundImage, seed: number): number {
  const text = `${classFolder}/${path.basename(file)}`;
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
