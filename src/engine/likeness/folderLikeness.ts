import { setImmediate } from 'node:timers/promises';
import { cancelled, toSemapError, untilAborted } from '../../core/errors.ts';
import { LikenessBuilder, type Likenesses } from '../../core/likeness/likeness.ts';
import { nearDuplicates } from '../../core/likeness/nearDuplicates.ts';
import { moving } from '../../protocol/rpc.ts';
import type { ScoredFolder } from '../classify/scoredFolder.ts';
import { imageState } from '../outputs/outputIndex.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import { Thread } from '../threads/thread.ts';
import type { Compared, LikenessApi } from './likenessWorker.ts';

/** Rows that are read between two turns of others. */
const AT_A_TIME = 256;
/** So few images are compared sooner than a thread starts. */
const FEW = 2000;

/** So many take about a second. */
const CHEAP = 10_000;

/** Images whose outputs are in the caches of a backbone. */
export interface CachedFolder {
  readonly scored: ScoredFolder;
  readonly outputs: OutputStore;
  /** Of their features; undefined where there are none. */
  readonly features: OutputStore | undefined;
}

interface Known {
  readonly count: number;
  readonly groups: Promise<Int32Array>;
}

const known = new WeakMap<ScoredFolder, Known>();

/**
 * Compares the images of a folder by their cached features, else by their logits, and by the facts of their pictures.
 * @throws {SemapError} `cancelled`
 */
export async function compareFolder(folder: CachedFolder, signal: AbortSignal): Promise<Compared> {
  const compared = await inThread(
    (thread, images) => thread.call('compare', images, { signal }),
    await likenessesOf(folder, signal),
  );
  known.set(folder.scored, { count: folder.scored.images.length, groups: Promise.resolve(compared.groups) });
  return compared;
}

/**
 * Per image of a folder the number of its group of near-duplicates, -1 for none; remembered.
 * @throws {SemapError} `cancelled`
 */
export async function groupsOf(folder: CachedFolder, signal: AbortSignal): Promise<Int32Array> {
  const { scored } = folder;
  const count = scored.images.length;
  const before = known.get(scored);
  if (before?.count === count) {
    try {
      return await untilAborted(before.groups, signal);
    } catch (error) {
      // Whoever asked first may have given up since.
      if (signal.aborted || toSemapError(error).reason !== 'cancelled') throw error;
    }
  }
  const groups = likenessesOf(folder, signal).then((images) => groupsAmong(images, signal));
  known.set(scored, { count, groups });
  groups.catch(() => known.delete(scored));
  return groups;
}

/**
 * The same where it costs little: it was asked before, or the images are few.
 * @throws {SemapError} `cancelled`
 */
export async function groupsAtHand(
  folder: CachedFolder,
  signal: AbortSignal,
): Promise<Int32Array | undefined> {
  const { length } = folder.scored.images;
  return length <= CHEAP || known.get(folder.scored)?.count === length ? groupsOf(folder, signal) : undefined;
}

/**
 * The same of some files whose outputs are at hand.
 * @param cache of the backbone's outputs, which knows of the pictures
 * @throws {SemapError} `cancelled`
 */
export async function groupsOfFiles(
  files: readonly string[],
  { logits, features }: { readonly logits: Float32Array; readonly features?: Float32Array | undefined },
  cache: OutputStore,
  signal: AbortSignal,
): Promise<Int32Array> {
  const rows = features ?? logits;
  const width = files.length > 0 ? rows.length / files.length : 0;
  const built = new LikenessBuilder(files.length, features ? 'features' : 'logits', width);
  for (const [i, file] of files.entries()) {
    const state = await imageState(file).catch(() => undefined);
    built.set(i, rows.subarray(i * width, (i + 1) * width), state && cache.factsOf(state));
  }
  return groupsAmong(built, signal);
}

function groupsAmong(images: Likenesses, signal: AbortSignal): Promise<Int32Array> {
  if (images.count <= FEW) return nearDuplicates(images, { signal });
  return inThread((thread, moved) => thread.call('groups', moved, { signal }), images);
}

async function inThread<T>(
  ask: (thread: Thread<LikenessApi>, images: Likenesses) => Promise<T>,
  { count, sketches, shapes }: Likenesses,
): Promise<T> {
  const thread = new Thread<LikenessApi>('likeness/likenessWorker');
  try {
    return await ask(thread, moving({ count, sketches, shapes }, [sketches.buffer, shapes.buffer]));
  } finally {
    await thread.close();
  }
}

/** Reads what images are compared by. @throws {SemapError} `cancelled` */
async function likenessesOf(
  { scored, outputs, features: tapped }: CachedFolder,
  signal: AbortSignal,
): Promise<Likenesses> {
  const count = scored.images.length;
  const features = tapped && scored.areIn(tapped) ? tapped : undefined;
  const { width } = features ?? outputs;
  const built = new LikenessBuilder(count, features ? 'features' : 'logits', width);
  const row = new Float32Array(width);
  for (let at = 0; at < count; at++) {
    if (at % AT_A_TIME === 0) {
      await setImmediate();
      if (signal.aborted) throw cancelled();
    }
    if (features) scored.features(at, features, row);
    else scored.row(at, row);
    built.set(at, row, outputs.factsOf(scored.stateOf(at)));
  }
  return built;
}
