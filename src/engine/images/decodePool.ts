import { cancelled, SemapError } from '../../core/errors.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import { phrase } from '../../core/text/text.ts';
import { moving } from '../../protocol/rpc.ts';
import { ThreadLost } from '../threads/thread.ts';
import type { DecodeApi, LoadedImage } from './decodeWorker.ts';
import { ImageThread, type ImageThreadOptions } from './imageThread.ts';
import { suspects } from './suspects.ts';
import type { EncodedImage } from './thumbnail.ts';

export interface DecodePoolOptions extends Pick<ImageThreadOptions, 'secondsPerFile' | 'memory'> {
  /** How many files are decoded at a time. */
  readonly workers: number;
  /** The entry of its threads; another one in tests. */
  readonly entry?: string | URL;
}

interface Lane {
  readonly thread: ImageThread<DecodeApi>;
  pending: number;
}

type Ask<T> = (thread: ImageThread<DecodeApi>, ticket: number) => Promise<T>;

/**
 * Decodes image files beside the thread that runs the backbone. Jobs are handed to the workers at once, so that they go
 * on while this thread is inside a run; ask for a batch or two ahead, not for a whole folder.
 */
export class DecodePool {
  readonly #options: DecodePoolOptions;
  readonly #lanes: Lane[] = [];
  #disposed = false;

  constructor(options: DecodePoolOptions) {
    if (!Number.isInteger(options.workers) || options.workers < 1) {
      throw new SemapError(
        'invalid-argument',
        phrase('The number of workers must be 1 or more, not {0}.', options.workers),
      );
    }
    this.#options = options;
  }

  /**
   * One image's part of the input tensor (3 * height * width elements of the spec's type), and what is seen of its picture.
   *
   * @param into a buffer to fill, such as one that an earlier call gave; it is transferred and lost when this rejects
   * @throws SemapError `unreadable-image`, `not-found`, `lfs-pointer`, `out-of-memory`, `invalid-description`, `cancelled`
   */
  load(path: string, spec: InputSpec, into?: ArrayBuffer, signal?: AbortSignal): Promise<LoadedImage> {
    return this.#decode(path, signal, (thread, ticket) => {
      // A file that is tried a second time has lost its buffer with the first thread.
      const buffer = into?.byteLength ? into : undefined;
      const params = { ticket, path, spec, into: buffer };
      return thread.call('load', buffer ? moving(params, [buffer]) : params, { signal });
    });
  }

  /** A small upright JPEG of an image, its longest edge `size` pixels. */
  async thumbnail(path: string, size: number, signal?: AbortSignal): Promise<EncodedImage> {
    if (!(size >= 1 && size <= 4096)) {
      throw new SemapError('invalid-argument', phrase('A thumbnail has 1 to 4096 pixels, not {0}.', size));
    }
    return this.#decode(path, signal, (thread, ticket) =>
      thread.call('thumbnail', { ticket, path, size }, { signal }),
    );
  }

  /** As `flatness` in core says. */
  flatness(path: string, signal?: AbortSignal): Promise<number> {
    return this.#decode(path, signal, (thread, ticket) =>
      thread.call('flatness', { ticket, path }, { signal }),
    );
  }

  /** Stops the workers; what is still asked for rejects as cancelled. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await Promise.all(this.#lanes.splice(0).map(({ thread }) => thread.terminate(cancelled())));
  }

  #decode<T>(path: string, signal: AbortSignal | undefined, ask: Ask<T>): Promise<T> {
    return suspects.attempt(path, async () => {
      for (;;) {
        if (this.#disposed || signal?.aborted) throw cancelled();
        const lane = this.#laneForNext();
        lane.pending++;
        try {
          return await lane.thread.decode((ticket) => ask(lane.thread, ticket));
        } catch (error) {
          if (lane.thread.ended) this.#drop(lane);
          if (!(error instanceof ThreadLost)) throw error;
          // It only waited behind the file at which the thread ended.
          if (lane.thread.startProblem) throw lane.thread.startProblem;
        } finally {
          lane.pending--;
        }
      }
    });
  }

  /** The one with the least to do; a new one while there are fewer than allowed and all are busy. */
  #laneForNext(): Lane {
    const [first, ...others] = this.#lanes.filter(({ thread }) => !thread.ended);
    const least = first && others.reduce((best, lane) => (lane.pending < best.pending ? lane : best), first);
    if (least && (least.pending === 0 || this.#lanes.length >= this.#options.workers)) return least;
    const { entry = 'images/decodeWorker', secondsPerFile, memory } = this.#options;
    const lane = { thread: new ImageThread<DecodeApi>(entry, { secondsPerFile, memory }), pending: 0 };
    this.#lanes.push(lane);
    return lane;
  }

  #drop(lane: Lane): void {
    const at = this.#lanes.indexOf(lane);
    if (at >= 0) this.#lanes.splice(at, 1);
  }
}
