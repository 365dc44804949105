import type { GraphFacts } from '../../core/documents/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import { startWorker } from '../startWorker.ts';
import type {
  InferenceReply,
  InferenceRequest,
  RunScores,
  RunSpec,
  RuntimeInfo,
  SessionOptions,
} from './inferenceMessages.ts';

interface Waiting {
  resolve(reply: InferenceReply): void;
  reject(error: SemapError): void;
}

/** A failed run, with the input buffers that came back. */
export class RunFailed extends Error {
  readonly images: readonly ArrayBuffer[];

  constructor(message: string, images: readonly ArrayBuffer[]) {
    super(message);
    this.images = images;
  }
}

/** One inference worker: a thread with a session of its own. Runs one batch after the other. */
export class Lane {
  /** What the graph says about itself. */
  readonly facts: GraphFacts;
  readonly #worker: WorkerCalls;

  private constructor(worker: WorkerCalls, facts: GraphFacts) {
    this.#worker = worker;
    this.facts = facts;
  }

  /** @throws {RunFailed} with onnxruntime's message when it cannot load the model. */
  static async open(path: string, options: SessionOptions): Promise<Lane> {
    const worker = new WorkerCalls();
    try {
      const reply = await worker.call({ kind: 'open', path, options });
      if (reply.kind !== 'opened') throw new SemapError('internal', 'The inference worker gave no answer.');
      return new Lane(worker, reply.facts);
    } catch (error) {
      await worker.close();
      throw error;
    }
  }

  /**
   * @param images one buffer per image, filled as the spec says; handed over and returned with the scores
   * @throws {RunFailed} with onnxruntime's message
   */
  async run(spec: RunSpec, images: ArrayBuffer[]): Promise<RunScores> {
    const reply = await this.#worker.call({ kind: 'run', spec, images }, images);
    if (reply.kind !== 'ran') throw new SemapError('internal', 'The inference worker gave no answer.');
    return reply;
  }

  /** Frees the session after the run in progress. A thread is never terminated in a run: that aborts the process. */
  close(): Promise<void> {
    return this.#worker.close();
  }
}

/** Asks the library what it offers, in a thread of its own that ends afterwards. */
export async function runtimeInfo(): Promise<RuntimeInfo> {
  const worker = new WorkerCalls();
  try {
    const reply = await worker.call({ kind: 'info' });
    if (reply.kind !== 'info') throw new SemapError('internal', 'The inference worker gave no answer.');
    return { version: reply.version, backends: reply.backends };
  } finally {
    await worker.close();
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** Requests to a worker thread and their answers, by number. */
class WorkerCalls {
  readonly #worker = startWorker('inference/inferenceWorker');
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #gone: SemapError | undefined;

  constructor() {
    this.#worker.on('message', (reply: InferenceReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (reply.kind === 'failed') waiting?.reject(new RunFailed(reply.message, reply.images ?? []) as never);
      else waiting?.resolve(reply);
    });
    this.#worker.on('error', (error) => this.#end(error.message));
    this.#worker.on('exit', () => this.#end('it ended'));
  }

  call(
    request: DistributiveOmit<InferenceRequest, 'id'>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<InferenceReply> {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id }, transfer);
    });
  }

  async close(): Promise<void> {
    if (!this.#gone) await this.call({ kind: 'close' }).catch(() => {});
  }

  #end(why: string): void {
    this.#gone ??= new SemapError('internal', `An inference thread stopped: ${why}.`);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#gone);
    this.#waiting.clear();
  }
}
