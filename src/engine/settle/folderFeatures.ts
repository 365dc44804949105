import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { furtherParts } from '../../core/backbones/sameBackbone.ts';
import { cancelled, SemapError } from '../../core/errors.ts';
import type { FeatureKind } from '../../core/heads/features.ts';
import { phrase } from '../../core/text/text.ts';
import { type ImagePool, openPool } from '../classify/joinedPool.ts';
import type { ScoredFolder } from '../classify/scoredFolder.ts';
import { usable } from '../features/features.ts';
import type { Caches } from '../outputs/outputCaches.ts';
import { type ImageState, imageState } from '../outputs/outputIndex.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import type { BackboneServices } from '../services.ts';

/** Features of the images of a folder, read from the cache as they are needed. */
export interface FolderFeatures {
  /** The same for the same images in the same order, under the same backbone. */
  readonly key: string;
  readonly kind: FeatureKind;
  readonly width: number;
  /** Images of the folder that have them, in its order. */
  readonly images: Int32Array;
  /** Writes those of `from` to `to` of {@link images}, row-major. */
  read(from: number, to: number, into: Float32Array): void;
}

type Parts = Pick<BackboneServices, 'outputs' | 'pools'>;

/** What is asked about. */
interface Asked {
  readonly backbone: BackboneDescription;
  /** Where its outputs and features are. */
  readonly caches: Caches;
  readonly scored: ScoredFolder;
  /** Where each image of the folder stands in `scored`. */
  readonly order: Uint32Array;
  readonly signal: AbortSignal;
  readonly report: (done: number, total: number) => void;
}

/** Features that a cache without room does not keep stay in memory, up to so many bytes. */
const MOST_SPARE = 256 << 20;
/** From so many on, only those that it does not keep. */
const SOME_SPARE = 32 << 20;
/** How often features that were let go of are made again. */
const MOST_PASSES = 3;

/** Features of images that went through the backbone, until the cache has them. */
type Spare = Map<ImageState, Float32Array>;

/**
 * Features of all images of a folder; those of an older run go through the backbone once more. Where it gives none beside
 * the same logits, logits take their place.
 * @throws {SemapError} `cancelled`, `out-of-space`; what befalls every image
 */
export async function folderFeatures(parts: Parts, asked: Asked): Promise<FolderFeatures> {
  const { backbone, caches, scored, order, signal } = asked;
  const tapped = usable(await caches.reading(backbone));
  const states = Array.from(order, (at) => scored.stateOf(at));
  if (!tapped) {
    const width = backbone.labelSpace.labels.length;
    const read = (from: number, to: number, into: Float32Array) => {
      for (let i = from; i < to; i++) scored.row(order[i], into.subarray((i - from) * width));
    };
    return { key: keyOf(backbone, 'logits', states), kind: 'logits', width, images: all(order), read };
  }
  const cache = await caches.openFeatures(backbone, tapped);
  const spare: Spare = new Map();
  const isHere = (state: ImageState) => spare.has(state) || cache.has(state);
  let missing: ImageState[] = [];
  for (const state of states) if (!cache.has(state) && !(await cache.recognize(state))) missing.push(state);
  const lacking = new Set(missing);
  // What a small cache had may have gone while others came.
  for (let pass = 0; missing.length > 0 && !signal.aborted; pass++) {
    if (pass === MOST_PASSES) throw noRoom();
    const loan = parts.pools.loan();
    try {
      for (const state of missing) lacking.add(state);
      const pool = await openPool(loan, parts.outputs, backbone, tapped);
      const made = await run(pool, missing, cache, spare, asked);
      for (const state of made) lacking.delete(state);
    } finally {
      loan.release();
    }
    missing = states.filter((state) => !lacking.has(state) && !isHere(state));
  }
  if (signal.aborted) throw cancelled();
  const images = lacking.size > 0 ? all(order).filter((i) => !lacking.has(states[i])) : all(order);
  const { width } = tapped;
  const kept = states.filter((_, i) => !lacking.has(states[i]));
  const read = (from: number, to: number, into: Float32Array) => {
    for (let i = from; i < to; i++) {
      const row = into.subarray((i - from) * width, (i - from + 1) * width);
      const own = spare.get(kept[i]);
      if (own) row.set(own);
      // What is damaged counts as nothing.
      else if (!cache.find(kept[i], row)) row.fill(0);
    }
  };
  return { key: keyOf(backbone, tapped.tap.output, kept), kind: 'features', width, images, read };
}

/**
 * Runs images, as many at a time as keep the lanes busy. What cannot be read any more, or was changed since, is left out.
 * @returns the others
 */
async function run(
  pool: ImagePool,
  missing: readonly ImageState[],
  cache: OutputStore,
  spare: Spare,
  { signal, report }: Asked,
): Promise<readonly ImageState[]> {
  const made: ImageState[] = [];
  const keep = async () => {
    await cache.flush();
    const [first] = spare.values();
    if (spare.size * (first?.byteLength ?? 0) < SOME_SPARE) return;
    for (const state of spare.keys()) if (cache.has(state)) spare.delete(state);
  };
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const abort = () => stop.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < missing.length && !stop.signal.aborted) {
      const state = missing[next++];
      try {
        const output = await pool.logits(state.path, stop.signal);
        if ('features' in output && output.features && (await isSame(state))) {
          cache.add({ ...state, digest: output.digest }, output.features);
          if ((spare.size + 1) * output.features.byteLength > MOST_SPARE) throw noRoom();
          spare.set(state, output.features);
          made.push(state);
        }
      } catch (error) {
        stop.abort();
        throw error;
      }
      report(++done, missing.length);
    }
  };
  const timer = setInterval(() => void keep(), 1000);
  try {
    const ended = await Promise.allSettled(Array.from({ length: pool.depth }, work));
    const failed = ended.find((one) => one.status === 'rejected');
    if (failed) throw signal.aborted ? cancelled() : failed.reason;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', abort);
    await keep();
  }
  return made;
}

function noRoom(): SemapError {
  return new SemapError(
    'out-of-space',
    phrase('The images cannot be compared: the cache has no room for what they are compared by.'),
    { hint: phrase('Free some space, or allow the cache more.') },
  );
}

async function isSame(state: ImageState): Promise<boolean> {
  const now = await imageState(state.path).catch(() => undefined);
  return now !== undefined && JSON.stringify(now) === JSON.stringify(state);
}

function all(order: Uint32Array): Int32Array {
  return Int32Array.from(order.keys());
}

function keyOf(backbone: BackboneDescription, tap: string, states: readonly ImageState[]) {
  const { sha256, input, output, outputName } = backbone;
  const what = [sha256, input, output, outputName, tap, ...furtherParts(backbone)];
  const hash = createHash('sha256').update(JSON.stringify(what));
  for (const { path, bytes, modified, changed, inode } of states)
    hash.update(`${path}\0${bytes} ${modified} ${changed} ${inode}\0`);
  return hash.digest('hex');
}
