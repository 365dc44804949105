import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { furtherParts } from '../../core/backbones/sameBackbone.ts';
import { projected } from '../../core/backbones/textProjection.ts';
import { hasLabels, type LabelledSide } from '../../core/backbones/textSide.ts';
import type { FeatureTap } from '../../core/onnx/featureTap.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import type { DecodePool } from '../images/decodePool.ts';
import { Turns } from '../threads/turns.ts';
import type { Devices } from './devices.ts';
import { type ImageOutput, InferencePool } from './inferencePool.ts';
import type { CpuShare } from './openLanes.ts';

/** A loaded backbone is kept this long after its last use. */
const IDLE_MILLISECONDS = 20_000;

interface Entry {
  readonly pool: Promise<InferencePool>;
  users: number;
  timer: NodeJS.Timeout | undefined;
}

/** What runs images, and tells how fast. */
export type RunningPool = Pick<InferencePool, 'depth' | 'logits' | 'measure' | 'throughput'>;

/** A pool that is in use until it is released. */
export interface BorrowedPool {
  readonly pool: RunningPool;
  /** @param keep whether it stays loaded for a while, for the next run; default true */
  release(keep?: boolean): void;
}

/** Backbones that are in use until they are released together. */
export interface PoolLoan {
  /** Whether any is. */
  readonly isOpen: boolean;
  open(backbone: BackboneDescription, tap?: FeatureTap): Promise<RunningPool>;
  release(): void;
}

/** Loaded backbones: one pool each, shared by the runs that use it at the same time, closed when idle. */
export class InferencePools {
  readonly #share: CpuShare;
  readonly #decode: DecodePool;
  readonly #devices: Pick<Devices, 'choose' | 'failed'>;
  readonly #tell: (message: Text) => void;
  readonly #gate = new Turns();
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<Promise<void>>();

  /** @param tell says to the person that a device failed and what runs instead */
  constructor(
    share: CpuShare,
    decode: DecodePool,
    devices: Pick<Devices, 'choose' | 'failed'>,
    tell: (message: Text) => void,
  ) {
    this.#share = share;
    this.#decode = decode;
    this.#devices = devices;
    this.#tell = tell;
  }

  /**
   * @param asked to get penultimate features too
   * @throws {SemapError} when the model cannot be loaded
   */
  async borrow(backbone: BackboneDescription, asked?: FeatureTap): Promise<BorrowedPool> {
    const { path, sha256, input, outputName, output, fixedBatch, text } = backbone;
    // The features of a dual encoder are its own rows.
    const tap = text ? undefined : asked;
    const { provider } = await this.#devices.choose(backbone);
    // Labels are laid over what the pool gives.
    const further = furtherParts({ ...backbone, text: undefined });
    const what = [path, sha256, input, outputName, output, fixedBatch, tap?.output, provider, ...further];
    const key = JSON.stringify(what);
    let entry = this.#entries.get(key);
    if (!entry) {
      const pool = InferencePool.open(backbone, this.#share, this.#decode, tap, {
        provider,
        gate: this.#gate,
        onFailure: (message) => {
          void this.#devices.failed(provider, sha256, message);
          const why = message.split('\n')[0];
          this.#tell(phrase('{0} failed on {1}. Continuing on the CPU. {2}', provider, backbone.name, why));
        },
      });
      entry = { pool, users: 0, timer: undefined };
      this.#entries.set(key, entry);
    }
    clearTimeout(entry.timer);
    entry.users++;
    try {
      const whole = await entry.pool;
      const pool = hasLabels(text) ? new ProjectedPool(whole, text) : whole;
      return { pool, release: (keep = true) => this.#release(key, entry, keep) };
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** @param keep as {@link BorrowedPool.release} takes it */
  loan(keep = true): PoolLoan {
    const releases: BorrowedPool['release'][] = [];
    return {
      get isOpen() {
        return releases.length > 0;
      },
      open: async (backbone, tap) => {
        const { pool, release } = await this.borrow(backbone, tap);
        releases.push(release);
        return pool;
      },
      release: () => {
        for (const release of releases.splice(0)) release(keep);
      },
    };
  }

  /** Closes all after the runs in progress. */
  async close(): Promise<void> {
    for (const [key, entry] of this.#entries) this.#close(key, entry);
    await Promise.all(this.#closing);
  }

  #release(key: string, entry: Entry, keep: boolean): void {
    entry.users--;
    if (entry.users > 0 || this.#entries.get(key) !== entry) return;
    if (!keep) {
      this.#close(key, entry);
      return;
    }
    entry.timer = setTimeout(() => this.#close(key, entry), IDLE_MILLISECONDS).unref();
  }

  #close(key: string, entry: Entry): void {
    clearTimeout(entry.timer);
    this.#entries.delete(key);
    const closed = entry.pool
      .then((pool) => pool.close())
      .catch(() => {})
      .finally(() => this.#closing.delete(closed));
    this.#closing.add(closed);
  }
}

/** The image tower of a dual encoder, which answers the labels of an alignment; its embeddings are features. */
class ProjectedPool implements RunningPool {
  readonly #whole: InferencePool;
  readonly #side: LabelledSide;

  constructor(whole: InferencePool, side: LabelledSide) {
    this.#whole = whole;
    this.#side = side;
  }

  get depth(): number {
    return this.#whole.depth;
  }

  async logits(path: string, signal?: AbortSignal): Promise<ImageOutput> {
    const output = await this.#whole.logits(path, signal);
    if ('unreadable' in output) return output;
    const { logits: embedding } = output;
    return { ...output, logits: projected(this.#side, embedding), features: embedding };
  }

  measure(): Promise<number> {
    return this.#whole.measure();
  }

  throughput(): Promise<number> {
    return this.#whole.throughput();
  }
}
