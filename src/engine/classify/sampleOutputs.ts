import { setMaxListeners } from 'node:events';
import { cancelled, type SemapError, toSemapError, untilAborted } from '../../core/errors.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type { SampledImage } from '../folders/imageSample.ts';
import { type ImageState, imageState } from '../outputs/outputIndex.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import type { ImagePool } from './joinedPool.ts';

const FLUSH_MILLISECONDS = 500;
const FIRST_LIMIT = 8;

interface Job {
  readonly images: readonly Pick<SampledImage, 'path' | 'truth'>[];
  readonly outputs: OutputStore;
  /** Undefined where the backbone has no features. */
  readonly features: { readonly cache: OutputStore; readonly sameLogits: boolean } | undefined;
  /** Called when the first image is not in a cache: a backbone that gives features too, or not. */
  readonly open: (withFeatures: boolean) => Promise<ImagePool>;
  /** Called when what was opened so far is not needed any more: memory need not hold both ways of opening. */
  readonly between?: () => void;
  /** @param share of an image's work that is done: a half where it goes through the backbone in both ways */
  readonly onImage: (share: number) => void;
  readonly signal: AbortSignal;
}

/** Outputs of a sample, without the images that cannot be read. */
export interface SampleRows {
  /** Index into the sample, per row. */
  readonly images: readonly number[];
  /** Row-major [N, S]. */
  readonly logits: Float32Array;
  /** Row-major [N, D]. */
  readonly features?: Float32Array | undefined;
  readonly skipped: readonly SkippedImage[];
}

interface Row {
  readonly logits: Float32Array;
  readonly features: Float32Array | undefined;
}

/**
 * Outputs of the images of a sample: from the caches, else from the backbone, and then kept.
 * @throws {SemapError} `cancelled` when aborted: what was done by then is in the caches; what befalls every image
 */
export async function sampleOutputs(job: Job): Promise<SampleRows> {
  const { images, outputs, features, signal } = job;
  const rows: (Row | SkippedImage)[] = new Array(images.length);
  const inner: (Float32Array | undefined)[] = [];
  const flush = () => Promise.all([outputs.flush(), features?.cache.flush()]);
  const timer = setInterval(() => void flush(), FLUSH_MILLISECONDS);
  try {
    const twice = features !== undefined && !features.sameLogits;
    if (twice) {
      await forEachImage(job, async (at, pools, stop) => {
        const found = await featuresOf(images[at].path, job, pools, stop);
        if ('reason' in found) rows[at] = found;
        else inner[at] = found.features;
        job.onImage(0.5);
      });
      job.between?.();
    }
    await forEachImage(job, async (at, pools, stop) => {
      rows[at] ??= await outputsOf(images[at].path, inner[at], job, pools, stop);
      job.onImage(twice ? 0.5 : 1);
    });
  } finally {
    clearInterval(timer);
    await flush();
  }
  if (signal.aborted) throw cancelled();
  return joined(rows);
}

/** Does the work for all images, as many at a time as the pools that it opens take. @throws what befalls any of them */
async function forEachImage(
  { images, open, signal }: Job,
  work: (at: number, pools: Pools, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const run = new AbortController();
  // Every image under way listens.
  setMaxListeners(0, run.signal);
  const abort = () => run.abort();
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const pools = new Pools(open);
  let next = 0;
  let fatal: SemapError | undefined;
  const worker = async (): Promise<void> => {
    while (next < images.length && !run.signal.aborted) {
      try {
        await work(next++, pools, run.signal);
      } catch (error) {
        fatal ??= toSemapError(error);
        run.abort();
      }
    }
  };
  const workers: Promise<void>[] = [];
  const grow = () => {
    while (workers.length < Math.max(FIRST_LIMIT, pools.depth)) workers.push(worker());
  };
  pools.onOpen = grow;
  grow();
  // The list grows while it is awaited.
  for (let i = 0; i < workers.length; i++) await workers[i];
  signal.removeEventListener('abort', abort);
  if (fatal && !signal.aborted) throw fatal;
}

async function stateOf(path: string): Promise<ImageState | SkippedImage> {
  try {
    return await imageState(path);
  } catch (error) {
    return { path, reason: toSemapError(error).text };
  }
}

async function found(cache: OutputStore, state: ImageState): Promise<Float32Array | undefined> {
  return cache.find(state) ?? (await cache.recognize(state));
}

/** Features alone, of a backbone whose logits are others when it gives them too. */
async function featuresOf(
  path: string,
  { features }: Job,
  pools: Pools,
  signal: AbortSignal,
): Promise<{ readonly features: Float32Array | undefined } | SkippedImage> {
  const state = await stateOf(path);
  if ('reason' in state) return state;
  const known = features && (await found(features.cache, state));
  if (known) return { features: known };
  const output = await (await pools.get(true, signal)).logits(path, signal);
  if ('unreadable' in output) return { path, reason: output.unreadable };
  features?.cache.add({ ...state, digest: output.digest }, output.features!);
  return { features: output.features };
}

/** @param known features that were found before */
async function outputsOf(
  path: string,
  known: Float32Array | undefined,
  { outputs, features }: Job,
  pools: Pools,
  signal: AbortSignal,
): Promise<Row | SkippedImage> {
  const state = await stateOf(path);
  if ('reason' in state) return state;
  let logits = await found(outputs, state);
  let inner = known ?? (features && (await found(features.cache, state)));
  if (features && !inner) {
    const output = await (await pools.get(true, signal)).logits(path, signal);
    if ('unreadable' in output) return { path, reason: output.unreadable };
    inner = output.features!;
    features.cache.add({ ...state, digest: output.digest }, inner);
    if (!logits) {
      logits = output.logits;
      outputs.add({ ...state, digest: output.digest, facts: output.facts }, logits);
    }
  }
  if (!logits) {
    const output = await (await pools.get(false, signal)).logits(path, signal);
    if ('unreadable' in output) return { path, reason: output.unreadable };
    logits = output.logits;
    outputs.add({ ...state, digest: output.digest, facts: output.facts }, logits);
  }
  return { logits, features: inner };
}

/** The backbone with and without features, opened when first needed. */
class Pools {
  depth = 0;
  onOpen: () => void = () => {};
  readonly #open: Job['open'];
  readonly #pools = new Map<boolean, Promise<ImagePool>>();

  constructor(open: Job['open']) {
    this.#open = open;
  }

  async get(withFeatures: boolean, signal: AbortSignal): Promise<ImagePool> {
    let pool = this.#pools.get(withFeatures);
    if (!pool) {
      pool = this.#open(withFeatures).then((opened) => {
        this.depth = Math.max(this.depth, opened.depth);
        this.onOpen();
        return opened;
      });
      pool.catch(() => {});
      this.#pools.set(withFeatures, pool);
    }
    return untilAborted(pool, signal);
  }
}

function joined(rows: readonly (Row | SkippedImage)[]): SampleRows {
  const read = [...rows.entries()].flatMap(([at, row]) => ('logits' in row ? [{ at, row }] : []));
  const skipped = rows.filter((row) => 'reason' in row);
  const logits = matrixOf(read.map(({ row }) => row.logits));
  const features = read.map(({ row }) => row.features).filter((one) => one !== undefined);
  return {
    images: read.map(({ at }) => at),
    logits,
    features: read.length > 0 && features.length === read.length ? matrixOf(features) : undefined,
    skipped,
  };
}

function matrixOf(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0]?.length ?? 0;
  const matrix = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) matrix.set(row, i * width);
  return matrix;
}
