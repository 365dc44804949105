import type { Worker } from 'node:worker_threads';
import { cancelled, SemapError } from '../../core/errors.ts';
import type { SampleOutputs, ScoredSample } from '../../core/ranking/backboneScores.ts';
import { phrase, verbatim } from '../../core/text/text.ts';
import { startWorker } from '../threads/startWorker.ts';
import type { MetricsReply, MetricsRequest } from './metricsMessages.ts';

interface Waiting {
  resolve(scored: ScoredSample): void;
  reject(error: SemapError): void;
}

/** A thread that computes scores, started when first needed. It runs no native code, so it may be ended at any time. */
export class MetricsThread {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;

  /** @throws {SemapError} `cancelled` when closed meanwhile */
  score(sample: SampleOutputs): Promise<ScoredSample> {
    const worker = this.#started();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, sample } satisfies MetricsRequest);
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#fail(cancelled());
    await worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = startWorker('rank/metricsWorker');
    this.#worker = worker;
    worker.on('message', (reply: MetricsReply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('scored' in reply) waiting?.resolve(reply.scored);
      else waiting?.reject(new SemapError('internal', verbatim(reply.message)));
    });
    const gone = (message: string) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#fail(
        new SemapError('internal', phrase('The thread that computes scores stopped: {0}.', message)),
      );
    };
    worker.on('error', (error) => gone(error.message));
    worker.on('exit', () => gone('it ended'));
    return worker;
  }

  #fail(error: SemapError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}
