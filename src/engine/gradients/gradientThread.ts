import { Rpc } from '../../protocol/rpc.ts';
import { watchLoad } from '../threads/loads.ts';
import { startWorker } from '../threads/startWorker.ts';
import { channelToThread } from '../threads/threadChannel.ts';
import type { GradientWorkerApi } from './gradientWorkerApi.ts';

/** Asks a gradient worker one thing; its thread, and all memory it took, ends with the answer. */
export async function askGradientWorker<K extends 'check' | 'gradient'>(
  method: K,
  params: GradientWorkerApi[K]['params'],
  signal?: AbortSignal,
): Promise<GradientWorkerApi[K]['result']> {
  const rpc = new Rpc<GradientWorkerApi, Record<never, never>>(
    channelToThread(startWorker('gradients/gradientWorker'), 'gradient thread'),
    {},
  );
  try {
    // It runs the graph, if only to see the shapes in it, and may be the first to do so.
    return await watchLoad(params.path, () => rpc.call(method, params, { signal }));
  } finally {
    // A thread is never terminated in a run: that aborts the process.
    void rpc.call('close', undefined).catch(() => {});
  }
}
