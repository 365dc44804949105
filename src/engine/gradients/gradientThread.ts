import type { Worker } from 'node:worker_threads';
import { SemapError } from '../../core/errors.ts';
import { type Channel, Rpc } from '../../protocol/rpc.ts';
import { startWorker } from '../startWorker.ts';
import type { GradientWorkerApi } from './gradientWorkerApi.ts';

/** Asks a gradient worker one thing; its thread, and all memory it took, ends with the answer. */
export async function askGradientWorker<K extends 'check' | 'gradient'>(
  method: K,
  params: GradientWorkerApi[K]['params'],
  signal?: AbortSignal,
): Promise<GradientWorkerApi[K]['result']> {
  const rpc = new Rpc<GradientWorkerApi, Record<never, never>>(
    channelOf(startWorker('gradients/gradientWorker')),
    {},
  );
  try {
    return await rpc.call(method, params, { signal });
  } finally {
    // A thread is never terminated in a run: that aborts the process.
    void rpc.call('close', undefined).catch(() => {});
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
          new SemapError('internal', `The gradient thread stopped: ${error.message}`, { cause: error }),
        );
      const ended = () => listener(new SemapError('internal', 'The gradient thread has ended.'));
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
