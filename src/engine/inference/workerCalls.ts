import type { Worker } from 'node:worker_threads';
import { SemapError } from '../../core/errors.ts';
import { phrase, verbatim } from '../../core/text/text.ts';
import { pictureMemory } from '../images/memoryBudget.ts';
import { suspects } from '../images/suspects.ts';
import { startWorker } from '../threads/startWorker.ts';
import type { InferenceReply, InferenceRequest, InferenceWorkerData } from './inferenceMessages.ts';

/** A file that takes longer to decode is given up, and its worker with it. */
const SECONDS_PER_FILE = 60;
const CHECK_SECONDS = 5;

/** Megabytes: what a lane leaves behind for each image is small and short-lived, and there are as many lanes as cores. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

/** What onnxruntime said when it could not do something. */
export class RunFailed extends Error {}

/** The worker ended while other requests waited: they can be made of another one. */
export class WorkerLost extends Error {}

/** An image file that cannot be read. */
export class UnreadableFile extends Error {
  readonly problem: SemapError;

  constructor(problem: SemapError) {
    super(problem.message);
    this.problem = problem;
  }
}

interface Waiting {
  resolve(reply: InferenceReply): void;
  reject(error: Error): void;
}

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

/** Requests to an inference worker and their answers, by number. */
export class WorkerCalls {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #decoding = new Int32Array(new SharedArrayBuffer(4));
  readonly #member = pictureMemory.join();
  readonly #timer: NodeJS.Timeout;
  #nextId = 1;
  #ended = false;
  #fault: Error | undefined;
  #watched = 0;
  #checks = 0;

  constructor() {
    const { port } = this.#member;
    const { notes } = suspects;
    const images = { memory: port, ...(notes === undefined ? {} : { notes }) };
    const data: InferenceWorkerData = { decoding: this.#decoding, images };
    this.#worker = startWorker('inference/inferenceWorker', data, LIMITS, [port]);
    this.#worker.on('message', (reply: InferenceReply) => this.#settle(reply));
    this.#worker.on('error', (error) => {
      this.#fault = error;
    });
    this.#worker.on('exit', () => this.#end());
    this.#timer = setInterval(() => this.#check(), CHECK_SECONDS * 1000).unref();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @throws {RunFailed} @throws {UnreadableFile} @throws {WorkerLost} */
  call(request: WithoutId<InferenceRequest>, transfer: readonly ArrayBuffer[] = []): Promise<InferenceReply> {
    if (this.#ended) return Promise.reject(this.#lost());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
  }

  /** Ends the worker after what was asked of it. A thread is never terminated in a run: that aborts the process. */
  async close(): Promise<void> {
    if (!this.#ended) await this.call({ kind: 'close' }).catch(() => {});
  }

  #settle(reply: InferenceReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === 'failed') waiting?.reject(new RunFailed(reply.message));
    else if (reply.kind === 'unreadable') {
      waiting?.reject(new UnreadableFile(new SemapError(reply.reason, verbatim(reply.message))));
    } else waiting?.resolve(reply);
  }

  /** A file that is decoded for too long is given up. Its worker is in no run then, and may be terminated. */
  #check(): void {
    const id = Atomics.load(this.#decoding, 0);
    this.#checks = id !== 0 && id === this.#watched && !this.#member.waiting ? this.#checks + 1 : 0;
    this.#watched = id;
    if (this.#checks * CHECK_SECONDS < SECONDS_PER_FILE) return;
    this.#fault = new SemapError('unreadable-image', phrase('The picture takes too long to decode.'));
    void this.#worker.terminate();
  }

  #end(): void {
    this.#ended = true;
    this.#member.leave();
    clearInterval(this.#timer);
    const culprit = Atomics.load(this.#decoding, 0);
    for (const [id, waiting] of this.#waiting) {
      waiting.reject(id === culprit ? new UnreadableFile(this.#death()) : this.#lost());
    }
    this.#waiting.clear();
  }

  #death(): SemapError {
    if (this.#fault instanceof SemapError) return this.#fault;
    const noMemory = (this.#fault as NodeJS.ErrnoException | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY';
    return noMemory
      ? new SemapError('out-of-memory', phrase('There is not enough memory for this picture.'))
      : new SemapError('unreadable-image', phrase('The decoder stopped at this picture.'), {
          cause: this.#fault,
        });
  }

  #lost(): WorkerLost {
    return new WorkerLost(this.#fault?.message ?? 'The inference thread has ended.');
  }
}
