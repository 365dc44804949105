import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { joinFeatures } from '../../core/heads/features.ts';
import { joinRows } from '../../core/mapping/joinedScorer.ts';
import { phrase } from '../../core/text/text.ts';
import { isSameState } from '../../files/fileState.ts';
import type { Features } from '../features/features.ts';
import type { ImageOutput } from '../inference/inferencePool.ts';
import type { PoolLoan, RunningPool } from '../inference/inferencePools.ts';
import type { OutputCaches } from '../outputs/outputCaches.ts';
import { imageState } from '../outputs/outputIndex.ts';
import type { OutputStore } from '../outputs/outputStore.ts';

/** What runs image files: a backbone, or several side by side. */
export type ImagePool = Pick<RunningPool, 'depth' | 'logits'>;

type Read = Exclude<ImageOutput, { readonly unreadable: unknown }>;

/** Images under way before any backbone is loaded. */
const FIRST_DEPTH = 8;
/** How often a file is read that is another for each backbone. */
const MOST_READS = 3;

/**
 * A backbone that is ready to run; of several, each is loaded when the first image is not in its own cache.
 * @param features to get them too
 */
export async function openPool(
  loan: PoolLoan,
  caches: OutputCaches,
  backbone: BackboneDescription,
  features: Features | undefined,
): Promise<ImagePool> {
  if (!backbone.members) return loan.open(backbone, features?.tap);
  return new JoinedPool(
    await Promise.all(
      backbone.members.map(async (one, m) => {
        const own = features?.members?.[m];
        return new Member(await caches.open(one), own && (await caches.openFeatures(one, own)), () =>
          loan.open(one, own?.tap),
        );
      }),
    ),
  );
}

/** One of several backbones, which keeps what it says of images. */
class Member {
  readonly #outputs: OutputStore;
  readonly #features: OutputStore | undefined;
  readonly #open: () => Promise<RunningPool>;
  #pool: Promise<RunningPool> | undefined;
  /** Of its pool; 0 until an image had to be run. */
  depth = 0;

  constructor(outputs: OutputStore, features: OutputStore | undefined, open: () => Promise<RunningPool>) {
    this.#outputs = outputs;
    this.#features = features;
    this.#open = open;
  }

  async output(path: string, signal: AbortSignal | undefined): Promise<ImageOutput> {
    const kept = await this.#kept(path);
    if (kept) return kept;
    this.#pool ??= this.#open();
    const pool = await this.#pool;
    this.depth = pool.depth;
    const output = await pool.logits(path, signal);
    if ('unreadable' in output) return output;
    const { logits, features, digest, facts } = output;
    const image = { path, ...output.state, digest, facts };
    // What is there may be damaged: only what can be read need not be kept again.
    if (!this.#outputs.find(image)) this.#outputs.add(image, logits);
    if (features) this.#features?.add(image, features);
    return output;
  }

  async #kept(path: string): Promise<Read | undefined> {
    const state = await imageState(path).catch(() => undefined);
    const facts = state && this.#outputs.factsOf(state);
    const logits = facts && this.#outputs.find(state);
    if (!logits) return undefined;
    const features = this.#features?.find(state);
    if (this.#features && !features) return undefined;
    const digest = this.#outputs.digestOf(state);
    return { logits, features, state, facts, ...(digest !== undefined && { digest }) };
  }
}

/** Several backbones side by side, the outputs of each kept by itself. */
class JoinedPool implements ImagePool {
  readonly #members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.#members = members;
  }

  get depth(): number {
    return Math.max(FIRST_DEPTH, ...this.#members.map(({ depth }) => depth));
  }

  async logits(path: string, signal?: AbortSignal): Promise<ImageOutput> {
    for (let reads = 0; reads < MOST_READS; reads++) {
      const outputs = await Promise.all(this.#members.map((one) => one.output(path, signal)));
      const unread = outputs.find((one) => 'unreadable' in one);
      if (unread) return unread;
      const read = outputs as Read[];
      const [{ state, facts, digest }] = read;
      if (!read.every((one) => isSameState(one.state, state))) continue;
      const logits = read.map((one) => one.logits);
      const features = read.map((one) => one.features).filter((one) => one !== undefined);
      return {
        state,
        facts,
        ...(digest !== undefined && { digest }),
        logits: joinRows(logits, room(logits)),
        features: features.length === read.length ? joinFeatures(features, room(features)) : undefined,
      };
    }
    return { unreadable: phrase('The file was changed while it was read.') };
  }
}

function room(rows: readonly Float32Array[]): Float32Array {
  return new Float32Array(rows.reduce((sum, { length }) => sum + length, 0));
}
