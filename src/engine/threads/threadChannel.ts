import { parentPort, type Worker } from 'node:worker_threads';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import type { Channel } from '../../protocol/rpc.ts';

/**
 * The channel to a worker thread, closed by its end.
 *
 * @param name of the thread in error messages, such as "gradient thread"
 */
export function channelToThread(worker: Worker, name: string): Channel {
  return {
    send: (message) => worker.postMessage(message),
    onMessage: (listener) => {
      worker.on('message', listener);
      return () => worker.off('message', listener);
    },
    onClose: (listener) => {
      const failed = (cause: Error) =>
        listener(new SemapError('internal', phrase('The {0} stopped: {1}', name, cause.message), { cause }));
      const ended = () => listener(new SemapError('internal', phrase('The {0} has ended.', name)));
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

/** A worker thread's channel to who started it, and how it ends itself. */
export function channelToStarter(): { readonly channel: Channel; readonly endThread: () => undefined } {
  if (!parentPort) throw new Error('This file is the entry of a worker thread.');
  const port = parentPort;
  return {
    channel: {
      send: (message) => port.postMessage(message),
      onMessage: (listener) => {
        port.on('message', listener);
        return () => port.off('message', listener);
      },
      onClose: () => () => {},
    },
    // After the reply to the call in progress.
    endThread: () => {
      setImmediate(() => port.close());
      return undefined;
    },
  };
}
