import path from 'node:path';
import type { ImageFolders } from '../../core/folders/layout.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { type ImageTruths, NO_TRUTHS, truthName } from '../../core/truths/imageTruths.ts';
import { type FoundImage, walkImages } from './imageWalk.ts';

/** An image of the sample. */
export interface SampledImage {
  readonly path: string;
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
  readonly signal?: AbortSignal;
}

export interface ImageSample {
  readonly images: readonly SampledImage[];
  /** How many of `images` the first look takes. */
  readonly first: number;
  /** Images in the folders. */
  readonly found: number;
  /** Images by what they are images of: their label, or their class folder. Undefined: none of the labels. */
  readonly foundIn: ReadonlyMap<string | undefined, number>;
  /** Folders that could not be read. */
  readonly unreadable: readonly SkippedImage[];
}

interface Drawn {
  readonly path: string;
  readonly order: number;
}

/**
 * Draws as many images of each class. An image's place in the draw depends on the seed, its class folder and its name
 * only, so the same images are drawn again after others were added, and on other machines. Images of no target are
 * drawn only where there are no others. Memory is bounded by the sample, not by the folders.
 */
export async function drawSample(from: ImageFolders, options: SampleOptions): Promise<ImageSample> {
  const { sizes, seed, truthOf, truths = NO_TRUTHS, signal } = options;
  const [first, second] = sizes;
  const classes = new Map<number, LowestDraws>();
  const unreadable: SkippedImage[] = [];
  const foundIn = new Map<string | undefined, number>();
  let found = 0;
  for await (const entry of walkImages(from, { signal })) {
    if (entry.kind === 'unreadable') {
      const { kind: _, ...skipped } = entry;
      unreadable.push(skipped);
      continue;
    }
    found++;
    const name = truthName(entry, truths);
    foundIn.set(name, (foundIn.get(name) ?? 0) + 1);
    const truth = name === undefined ? -1 : (truthOf(name) ?? -1);
    let draws = classes.get(truth);
    if (!draws) {
      draws = new LowestDraws(truth < 0 ? second.total : second.perClass);
      classes.set(truth, draws);
    }
    draws.add({ path: entry.path, order: orderOf(entry, seed) });
  }
  // Less than all was seen: not the sample that the seed stands for.
  signal?.throwIfAborted();
  if (classes.size > 1) classes.delete(-1);
  const groups = [...classes].sort(([a], [b]) => a - b);
  const quota = ({ perClass, total }: SampleSize, truth: number) =>
    truth < 0
      ? Math.min(total, perClass * 10)
      : Math.max(1, Math.min(perClass, Math.floor(total / groups.length)));
  const part = (from: (truth: number) => number, to: (truth: number) => number) =>
    groups.flatMap(([truth, draws]) =>
      draws.lowest.slice(from(truth), to(truth)).map(({ path: file }) => ({ path: file, truth })),
    );
  const begin = part(
    () => 0,
    (truth) => quota(first, truth),
  );
  const rest = part(
    (truth) => quota(first, truth),
    (truth) => quota(second, truth),
  );
  return { images: [...begin, ...rest], first: begin.length, found, foundIn, unreadable };
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
    return this.#kept.sort((a, b) => a.order - b.order || (a.path < b.path ? -1 : 1)).slice(0, this.#limit);
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
