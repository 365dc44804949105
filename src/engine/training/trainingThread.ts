import type { Worker } from 'node:worker_threads';
import { SemapError } from '../../core/errors.ts';
import { type Channel, Rpc } from '../../protocol/rpc.ts';
import { startWorker } from '../startWorker.ts';
import type { TrainingWorkerApi } from './trainJob.ts';

/** A training thread; it ends with {@link close}, never in a run. */
export class TrainingThread {
  readonly #rpc = new Rpc<TrainingWorkerApi, Record<never, never>>(
    channelOf(startWorker('training/trainingWorker')),
    {},
  );

  get call(): Rpc<TrainingWorkerApi, Record<never, never>>['call'] {
    return this.#rpc.call.bind(this.#rpc) as Rpc<TrainingWorkerApi, Record<never, never>>['call'];
  }

  async close(): Promise<void> {
    await this.#rpc.call('close', undefined).catch(() => {});
  }
}

function channelOf(worker: Worker): Channel {
  return {
    send: (message) => worker.postMessage(message),
    onMessage: (listener) => {
      worker.on('message', listener);
      return () => worker.off('message', listener);
    },
    onClose: (listener) => {
      const failed = (error: Error) =>
        listener(
          new SemapError('internal', `The training thread stopped: ${error.message}`, { cause: error }),
        );
      const ended = () => listener(new SemapError('internal', 'The training thread has ended.'));
      worker.once('error', failed);
      worker.once('exit', ended);
      return () => {
        worker.off('error', failed);
        worker.off('exit', ended);
        // An error event without a listener would end the process.
        worker.on('error', () => {});
      };
    },
  };
}
