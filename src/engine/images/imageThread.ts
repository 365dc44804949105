import type { ResourceLimits } from 'node:worker_threads';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import type { Api, CallOptions } from '../../protocol/rpc.ts';
import { Thread, ThreadLost } from '../threads/thread.ts';
import { outOfMemory, unreadable } from './codec.ts';
import type { ImageReaderData, PictureMemoryApi } from './imageReader.ts';
import { type MemoryBudget, pictureMemory } from './memoryBudget.ts';
import { suspects } from './suspects.ts';

export interface ImageThreadOptions {
  /** Bounds of its heap. */
  readonly limits?: ResourceLimits;
  /** A file that takes longer to decode is given up, and the thread with it; default 60. */
  readonly secondsPerFile?: number | undefined;
  /** What it shares with all others; default: the budget of the process. */
  readonly memory?: MemoryBudget | undefined;
}

/** One of several files that a call was about ended the thread. */
export class FileFault extends SemapError {
  /** Which one. */
  readonly index: number;

  constructor(index: number, { reason, text, cause }: SemapError) {
    super(reason, text, { cause });
    this.index = index;
  }
}

/** Within the time that a file may take, the thread is looked at so often. */
const CHECKS_PER_FILE = 10;

/**
 * A thread that decodes image files with an `ImageReader`. A picture may kill it, or keep it for ever; whose picture it
 * was is in memory that both share.
 */
export class ImageThread<Remote extends Api<Remote>> {
  readonly #thread: Thread<Remote, PictureMemoryApi>;
  /** The ticket of the file that is decoded, 0 for none. */
  readonly #decoding = new Int32Array(new SharedArrayBuffer(4));
  #fault: Error | undefined;
  #lastTicket = 0;
  #answered = false;

  constructor(
    entry: string | URL,
    { limits, secondsPerFile = 60, memory = pictureMemory }: ImageThreadOptions = {},
  ) {
    const member = memory.join();
    const data: ImageReaderData = { decoding: this.#decoding, notes: suspects.notes };
    this.#thread = new Thread<Remote, PictureMemoryApi>(entry, {
      data,
      limits,
      handlers: { room: (request) => member.ask(request), done: () => member.done() },
    });
    let watched = 0;
    let checks = 0;
    // Counted in checks and not by the clock, which goes on while the computer sleeps or this thread is in a run.
    const check = () => {
      const ticket = Atomics.load(this.#decoding, 0);
      checks = ticket !== 0 && ticket === watched && !member.waiting ? checks + 1 : 0;
      watched = ticket;
      if (checks < CHECKS_PER_FILE) return;
      this.#fault = unreadable(phrase('The image takes too long to decode.'));
      void this.#thread.terminate();
    };
    const timer = setInterval(check, (secondsPerFile * 1000) / CHECKS_PER_FILE).unref();
    void this.#thread.exited.then((error) => {
      this.#fault ??= error;
      member.leave();
      clearInterval(timer);
    });
  }

  get ended(): boolean {
    return this.#thread.ended;
  }

  /** Why it could not even start, where that is so. */
  get startProblem(): SemapError | undefined {
    if (!this.ended || this.#answered || Atomics.load(this.#decoding, 0) !== 0) return undefined;
    const { message } = this.#fault ?? {};
    const text =
      message === undefined
        ? phrase('The image decoder could not start.')
        : phrase('The image decoder could not start: {0}', message);
    return new SemapError('internal', text, { cause: this.#fault });
  }

  call<K extends keyof Remote & string>(
    method: K,
    params: Remote[K]['params'],
    options?: CallOptions<Remote[K]['progress']>,
  ): Promise<Remote[K]['result']> {
    return this.#thread.call(method, params, options);
  }

  /**
   * A call for which the thread decodes some files, under the given ticket and those that follow it.
   * @throws {SemapError} what the thread threw; {@link FileFault}, `unreadable-image` or `out-of-memory`, when one of the
   * files ended it; {@link ThreadLost} when it ended for another reason, so that another thread may be asked
   */
  async decode<T>(ask: (ticket: number) => Promise<T>, files = 1): Promise<T> {
    const ticket = this.#lastTicket + 1;
    this.#lastTicket += files;
    try {
      const result = await ask(ticket);
      this.#answered = true;
      return result;
    } catch (error) {
      if (!(error instanceof ThreadLost)) this.#answered = true;
      else {
        const index = Atomics.load(this.#decoding, 0) - ticket;
        if (index >= 0 && index < files) throw new FileFault(index, this.#death());
      }
      throw error;
    }
  }

  #death(): SemapError {
    const fault = this.#fault;
    if (fault instanceof SemapError) return fault;
    if ((fault as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY')
      return outOfMemory(fault);
    return unreadable(phrase('The decoder crashed on this image.'), fault);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  terminate(error: SemapError): Promise<void> {
    return this.#thread.terminate(error);
  }
}
