import { setTimeout as sleep } from 'node:timers/promises';
import { cancelled } from '../../core/errors.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { isSameState } from '../../files/fileState.ts';
import { whySystem } from '../../files/systemErrors.ts';
import type { FolderReach } from '../folders/folderReach.ts';
import { type ImageState, imageState, type KnownImage } from '../outputs/outputIndex.ts';
import type { OutputStore } from '../outputs/outputStore.ts';
import type { ImagePool } from './joinedPool.ts';

/** A file that was written to a moment ago and cannot be read may not be whole yet. */
const QUIET_MILLISECONDS = 500;
/** A file that never rests is given up. */
const MOST_ATTEMPTS = 120;

/** A backbone that is ready to run. */
export interface OpenInference {
  readonly pool: ImagePool;
  /** Where its features are kept, if it gives some beside the same logits. */
  readonly features: OutputStore | undefined;
}

/** What a backbone says of one image. */
interface Outputs {
  /** [S] */
  readonly logits: Float32Array;
  /** [D] */
  readonly features?: Float32Array | undefined;
}

/** An image, and what the backbone says of it. */
interface Known extends Outputs, Pick<KnownImage, 'digest' | 'facts'> {
  readonly state: ImageState;
}

interface Unread {
  readonly unreadable: Text;
  /** Undefined where not even that is known. */
  readonly state?: ImageState | undefined;
}

interface Parts {
  readonly cache: OutputStore;
  /** Where the features are that the scorer reads; undefined where it reads none. */
  readonly features: OutputStore | undefined;
  /** Called when the first image is not in the cache. */
  readonly openInference: () => Promise<OpenInference>;
  readonly reach: FolderReach;
  readonly signal: AbortSignal;
  /** Called for every image that was in the caches. */
  readonly onCached: () => void;
}

/** Finds what a backbone says of image files: in the caches, else by running them, which are then kept. */
export class ImageOutputs {
  readonly #parts: Parts;
  readonly #stopped: Promise<never>;
  /** Whether the caches had nothing when this began, and no image comes twice. */
  #knowsNothing: boolean;
  #inference: Promise<OpenInference> | undefined;
  #opened: OpenInference | undefined;
  /** What images were before they were moved. */
  #from: ReadonlyMap<string, ImageState | undefined> = new Map();

  constructor(parts: Parts) {
    this.#parts = parts;
    const { cache, features, signal } = parts;
    this.#knowsNothing = cache.isEmpty && (features?.isEmpty ?? true);
    this.#stopped = new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(cancelled()), { once: true });
    });
    this.#stopped.catch(() => {});
  }

  /** How many images are worth having under way; 0 until one had to be run. */
  get depth(): number {
    return this.#opened?.pool.depth ?? 0;
  }

  /** Images that were there before come again. @param moved what images were before they were moved, by their paths */
  goOn(moved: ReadonlyMap<string, ImageState | undefined>): void {
    this.#knowsNothing = false;
    this.#from = moved;
  }

  /** What is known of an image as it is when nobody writes to it any more, and its folder is there. */
  async of(path: string): Promise<Known | Unread> {
    for (let attempt = 1; ; attempt++) {
      // Where nothing is kept, whoever opens the file tells its state, and nobody need look at it before.
      const known = this.#knowsNothing && attempt === 1 ? await this.#compute(path) : undefined;
      if (known && !('unreadable' in known)) return known;
      const state = await imageState(path).catch(whyNoState);
      if ('unreadable' in state) {
        if (await this.#parts.reach.isBack(this.#parts.signal)) continue;
        return state;
      }
      const kept = known ? undefined : ((await this.#kept(state)) ?? this.#carriedOver(state));
      if (kept) {
        const { cache } = this.#parts;
        return { state, ...kept, digest: cache.digestOf(state), facts: cache.factsOf(state) };
      }
      const outputs = known ?? (await this.#compute(path));
      if (!('unreadable' in outputs)) return outputs;
      // This state may be that of what was written since.
      if (known && isYoung(state)) continue;
      if (attempt === MOST_ATTEMPTS || !(await this.#isOther(state))) return { ...outputs, state };
    }
  }

  /** Whether an image that could not be read is another by now, or can be read again. */
  async #isOther(state: ImageState): Promise<boolean> {
    const { signal } = this.#parts;
    if (await this.#parts.reach.isBack(signal)) return true;
    if (isYoung(state)) await sleep(QUIET_MILLISECONDS, undefined, { signal });
    const now = await imageState(state.path).catch(() => undefined);
    return now !== undefined && !isSameState(now, state);
  }

  /** What the caches have of an image: all that the scorer reads, or nothing. */
  async #kept(state: ImageState): Promise<Outputs | undefined> {
    const { cache, features: tapped } = this.#parts;
    const logits = cache.find(state) ?? (await cache.recognize(state));
    const features = logits && tapped && (tapped.find(state) ?? (await tapped.recognize(state)));
    if (!logits || (tapped && !features)) return undefined;
    this.#parts.onCached();
    return { logits, features };
  }

  /** What is known of an image that was moved. */
  #carriedOver(state: ImageState): Outputs | undefined {
    const { cache, features: tapped } = this.#parts;
    const from = this.#from.get(state.path);
    const logits = from && cache.find(from);
    const features = logits && tapped?.find(from);
    if (!logits || (tapped && !features)) return undefined;
    cache.carry(from, state);
    tapped?.carry(from, state);
    return { logits, features };
  }

  async #compute(path: string): Promise<Known | Unread> {
    const { pool, features: kept } = await this.#open();
    const output = await pool.logits(path, this.#parts.signal);
    if ('unreadable' in output) return output;
    const { logits, features, digest, facts } = output;
    // As it was when it was opened, whatever has become of it since.
    const state = { path, ...output.state };
    const image = { ...state, digest, facts };
    this.#parts.cache.add(image, logits);
    if (features) kept?.add(image, features);
    return { state, logits, features, digest, facts };
  }

  async #open(): Promise<OpenInference> {
    // Not for every image: each race leaves something behind at a promise that never settles.
    if (this.#opened) return this.#opened;
    this.#inference ??= this.#parts.openInference();
    // A cancel does not wait for a large model to load.
    this.#opened = await Promise.race([this.#inference, this.#stopped]);
    return this.#opened;
  }
}

function whyNoState(error: NodeJS.ErrnoException): Unread {
  const isGone = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  return {
    unreadable: isGone
      ? phrase('This file no longer exists.')
      : phrase('Cannot read the file: {0}', whySystem(error)),
  };
}

/** Whether a file was written to a moment ago. */
function isYoung({ modified, changed }: ImageState): boolean {
  return Math.abs(Date.now() - Math.max(modified, changed)) < QUIET_MILLISECONDS;
}
