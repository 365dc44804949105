import type { GraphFacts } from '../../core/backbones/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { loadError } from '../models/onnxruntime.ts';
import { watchLoad } from '../threads/loads.ts';
import type { InferenceReply, RunScores, RunSpec, RuntimeInfo, SessionOptions } from './inferenceMessages.ts';
import { RunFailed, WorkerCalls } from './workerCalls.ts';

/** One inference worker: a thread with a session of its own. Runs one batch after the other. */
export class Lane {
  /** What the graph says about itself. */
  readonly facts: GraphFacts;
  readonly #worker: WorkerCalls;
  readonly #path: string;
  #hasRun = false;

  private constructor(worker: WorkerCalls, path: string, facts: GraphFacts) {
    this.#worker = worker;
    this.#path = path;
    this.facts = facts;
  }

  /** @throws {SemapError} what is wrong with the model */
  static async open(path: string, options: SessionOptions): Promise<Lane> {
    const worker = new WorkerCalls();
    try {
      const reply = await watchLoad(path, () => worker.call({ kind: 'open', path, options }));
      if (reply.kind !== 'opened') throw noAnswer();
      return new Lane(worker, path, reply.facts);
    } catch (error) {
      await worker.close();
      throw error instanceof RunFailed ? loadError(error.message, path) : error;
    }
  }

  /** Whether its worker is gone. */
  get ended(): boolean {
    return this.#worker.ended;
  }

  /** Says how the runs that follow are made, and makes a few for nothing: these are the first. */
  async prepare(spec: RunSpec): Promise<void> {
    await watchLoad(this.#path, () => this.#worker.call({ kind: 'prepare', spec }));
  }

  /**
   * Reads, decodes and runs an image file, all in this lane's thread.
   * @throws {UnreadableFile} @throws {RunFailed} @throws {WorkerLost}
   */
  async runFile(path: string): Promise<RunScores> {
    const reply = await this.#ran(() => this.#worker.call({ kind: 'file', path }));
    if (reply.kind !== 'ran') throw noAnswer();
    return reply;
  }

  /**
   * @param images one buffer per image, filled as the spec says; handed over and returned with the scores
   * @throws {RunFailed} @throws {WorkerLost}
   */
  async run(images: ArrayBuffer[]): Promise<RunScores> {
    const reply = await this.#ran(() => this.#worker.call({ kind: 'images', images }, images));
    if (reply.kind !== 'ran') throw noAnswer();
    return reply;
  }

  /** The first run shows what a graph does. */
  async #ran(run: () => Promise<InferenceReply>): Promise<InferenceReply> {
    if (this.#hasRun) return run();
    this.#hasRun = true;
    return watchLoad(this.#path, run);
  }

  /** Frees the session after the run in progress. */
  close(): Promise<void> {
    return this.#worker.close();
  }
}

/** Asks the library what it offers, in a thread of its own that ends afterwards. */
export async function runtimeInfo(): Promise<RuntimeInfo> {
  const worker = new WorkerCalls();
  try {
    const reply = await worker.call({ kind: 'info' });
    if (reply.kind !== 'info') throw noAnswer();
    return { version: reply.version, backends: reply.backends };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new SemapError('device-failed', phrase('onnxruntime cannot be loaded on this machine: {0}', why), {
      hint: phrase(
        'SeMap runs on Linux and Windows (x64, arm64) and on Macs with Apple silicon; not on Alpine.',
      ),
      cause: error,
    });
  } finally {
    await worker.close();
  }
}

function noAnswer(): SemapError {
  return new SemapError('internal', phrase('The inference worker gave no answer.'));
}
