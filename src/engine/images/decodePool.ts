import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { cancelled, SemapError } from '../../core/errors.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import { phrase } from '../../core/text/text.ts';
import type { DecodeJob, DecodeWorkerData, FromWorker, ToWorker } from './decodeMessages.ts';
import { type BudgetMember, type MemoryBudget, pictureMemory } from './memoryBudget.ts';
import { suspects } from './suspects.ts';
import type { EncodedImage } from './thumbnail.ts';
import { outOfMemory, unreadable } from './unreadable.ts';

export interface DecodePoolOptions {
  /** How many files are decoded at a time. */
  readonly workers: number;
  /** `decodeWorker.ts`, or its bundle. */
  readonly workerFile: URL | string;
  /** A file that takes longer is given up, and its worker replaced. */
  readonly secondsPerFile?: number;
  /** What its workers share with all others; default: the budget of the process. */
  readonly memory?: MemoryBudget;
}

interface Pending {
  readonly id: number;
  readonly job: DecodeJob;
  resolve(result: ArrayBuffer | EncodedImage): void;
  reject(error: SemapError): void;
}

interface Lane {
  readonly worker: Worker;
  readonly current: Int32Array;
  readonly member: BudgetMember;
  readonly pending: Map<number, Pending>;
  /** Whether it has ever answered: one that has not cannot start at all. */
  answered: boolean;
  /** Why it is about to exit, where that is known. */
  fault: unknown;
  /** The job in work at the last check, and for how many checks it has been. */
  watched: number;
  checks: number;
}

/** How often the workers are looked at within the time that a file may take. */
const CHECKS_PER_FILE = 10;

/**
 * Decodes image files beside the thread that runs the backbone. Jobs are handed to the workers at once, so that they go
 * on while this thread is inside a run; ask for a batch or two ahead, not for a whole folder.
 */
export class DecodePool {
  readonly #options: DecodePoolOptions;
  readonly #lanes: Lane[] = [];
  readonly #timer: NodeJS.Timeout;
  #lastId = 0;
  #disposed = false;

  constructor(options: DecodePoolOptions) {
    if (!Number.isInteger(options.workers) || options.workers < 1) {
      throw new SemapError(
        'invalid-argument',
        phrase('The number of workers must be 1 or more, not {0}.', options.workers),
      );
    }
    this.#options = options;
    const interval = ((options.secondsPerFile ?? 60) * 1000) / CHECKS_PER_FILE;
    this.#timer = setInterval(() => this.#check(), interval).unref();
  }

  /**
   * One image's part of the input tensor (3 * height * width elements of the spec's type).
   *
   * @param into a buffer to fill, such as one that an earlier call gave; it is transferred and lost when this rejects
   * @throws SemapError `unreadable-image`, `not-found`, `lfs-pointer`, `out-of-memory`, `invalid-description`, `cancelled`
   */
  load(path: string, spec: InputSpec, into?: ArrayBuffer, signal?: AbortSignal): Promise<ArrayBuffer> {
    const job: DecodeJob = into ? { kind: 'load', path, spec, into } : { kind: 'load', path, spec };
    return suspects.attempt(path, () => this.#enqueue(job, signal)) as Promise<ArrayBuffer>;
  }

  /** A small upright JPEG of an image, its longest edge `size` pixels. */
  thumbnail(path: string, size: number, signal?: AbortSignal): Promise<EncodedImage> {
    if (!(size >= 1 && size <= 4096)) {
      const error = new SemapError(
        'invalid-argument',
        phrase('A thumbnail has 1 to 4096 pixels, not {0}.', size),
      );
      return Promise.reject(error);
    }
    return suspects.attempt(path, () =>
      this.#enqueue({ kind: 'thumbnail', path, size }, signal),
    ) as Promise<EncodedImage>;
  }

  /** Stops the workers; what is still asked for rejects as cancelled. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    clearInterval(this.#timer);
    const lanes = this.#lanes.splice(0);
    for (const lane of lanes) {
      for (const pending of lane.pending.values()) pending.reject(cancelled());
      lane.pending.clear();
    }
    await Promise.all(lanes.map((lane) => lane.worker.terminate()));
  }

  #enqueue(job: DecodeJob, signal?: AbortSignal): Promise<ArrayBuffer | EncodedImage> {
    if (this.#disposed || signal?.aborted) return Promise.reject(cancelled());
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        const lane = this.#lanes.find((l) => l.pending.has(id));
        if (lane) {
          this.#forget(lane, id);
          lane.worker.postMessage({ kind: 'cancel', id } satisfies ToWorker);
        }
        reject(cancelled());
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const settled = (): void => signal?.removeEventListener('abort', onAbort);
      this.#send({
        id,
        job,
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      });
    });
  }

  /** To the worker with the least to do; a new one while there are fewer than allowed and all are busy. */
  #send(pending: Pending): void {
    let lane: Lane | undefined;
    for (const candidate of this.#lanes) {
      if (!lane || candidate.pending.size < lane.pending.size) lane = candidate;
    }
    if (!lane || (lane.pending.size > 0 && this.#lanes.length < this.#options.workers))
      lane = this.#startLane();
    if (lane.pending.size === 0) lane.worker.ref();
    lane.pending.set(pending.id, pending);
    const { job } = pending;
    const into = job.kind === 'load' ? job.into : undefined;
    // A job that is sent a second time after a crash has lost its buffer with the first worker.
    const message = into?.byteLength === 0 ? { ...job, into: undefined } : job;
    lane.worker.postMessage({ id: pending.id, ...message }, into && into.byteLength > 0 ? [into] : []);
  }

  #startLane(): Lane {
    const { workerFile } = this.#options;
    const current = new Int32Array(new SharedArrayBuffer(4));
    const member = (this.#options.memory ?? pictureMemory).join();
    const { notes } = suspects;
    const images = { memory: member.port, ...(notes === undefined ? {} : { notes }) };
    const worker = new Worker(runnable(workerFile), {
      workerData: { current, images } satisfies DecodeWorkerData,
      transferList: [member.port],
    });
    const lane: Lane = {
      worker,
      current,
      member,
      pending: new Map(),
      answered: false,
      fault: undefined,
      watched: 0,
      checks: 0,
    };
    worker.on('message', (message: FromWorker) => this.#settle(lane, message));
    worker.on('error', (error) => {
      lane.fault = error;
    });
    worker.on('exit', () => {
      member.leave();
      this.#replace(lane);
    });
    worker.unref();
    this.#lanes.push(lane);
    return lane;
  }

  #settle(lane: Lane, message: FromWorker): void {
    lane.answered = true;
    const pending = lane.pending.get(message.id);
    if (!pending) return;
    this.#forget(lane, message.id);
    if (message.kind === 'done') pending.resolve(message.result);
    else {
      pending.reject(new SemapError(message.reason, message.message, { hint: message.hint }));
    }
  }

  /** An idle worker does not keep the process alive. */
  #forget(lane: Lane, id: number): void {
    lane.pending.delete(id);
    if (lane.pending.size === 0) lane.worker.unref();
  }

  /** A worker has gone: the file it was at is given up, the others go to another worker. */
  #replace(lane: Lane): void {
    const at = this.#lanes.indexOf(lane);
    if (at < 0) return;
    this.#lanes.splice(at, 1);
    const id = Atomics.load(lane.current, 0);
    const culprit = lane.pending.get(id);
    lane.pending.delete(id);
    culprit?.reject(deathOf(lane.fault));
    const hopeless = !lane.answered && !culprit;
    for (const pending of lane.pending.values()) {
      if (hopeless) pending.reject(cannotStart(lane.fault));
      else this.#send(pending);
    }
  }

  /** Counted in checks and not by the clock, which goes on while the computer sleeps or this thread is in a run. */
  #check(): void {
    for (const lane of this.#lanes) {
      const id = Atomics.load(lane.current, 0);
      lane.checks = id !== 0 && id === lane.watched && !lane.member.waiting ? lane.checks + 1 : 0;
      lane.watched = id;
      if (lane.checks < CHECKS_PER_FILE) continue;
      lane.fault = unreadable('The picture takes too long to decode.');
      void lane.worker.terminate();
    }
  }
}

/** From the sources, a worker has to register the TypeScript loader itself: its parent's does not reach into it. */
function runnable(workerFile: URL | string): URL | string {
  if (!String(workerFile).endsWith('.ts')) return workerFile;
  const loader = import.meta.resolve('tsx/esm/api');
  const worker = workerFile instanceof URL ? workerFile.href : pathToFileURL(workerFile).href;
  const source = `import { register } from '${loader}'; register(); await import('${worker}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

function deathOf(fault: unknown): SemapError {
  if (fault instanceof SemapError) return fault;
  if ((fault as { code?: string } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY') {
    return outOfMemory(fault);
  }
  return unreadable('The decoder stopped at this picture.', fault);
}

function cannotStart(fault: unknown): SemapError {
  const why = fault instanceof Error ? `: ${fault.message}` : '.';
  return new SemapError('internal', phrase('The image decoder could not start{0}', why), { cause: fault });
}
