import { parentPort } from 'node:worker_threads';
import { SemapError } from '../../core/errors.ts';
import { type Channel, Rpc } from '../../protocol/rpc.ts';
import type { EncoderWorkerApi } from './encoderWorkerApi.ts';
import { TextEncoder } from './textEncoder.ts';

/** Entry of an encoder worker: one thread, one text encoder, so that the engine answers while texts are encoded. */
if (!parentPort) throw new Error('encoderWorker runs in a worker thread.');
const port = parentPort;
let encoder: TextEncoder | undefined;

const channel: Channel = {
  send: (message) => port.postMessage(message),
  onMessage: (listener) => {
    port.on('message', listener);
    return () => port.off('message', listener);
  },
  onClose: () => () => {},
};

new Rpc<Record<never, never>, EncoderWorkerApi>(channel, {
  open: async ({ folder, threads }) => {
    encoder = await TextEncoder.open(folder, threads);
    return undefined;
  },
  encode: async ({ texts }, { signal, report }) => {
    if (!encoder) throw new SemapError('internal', 'No encoder is open.');
    const values = await encoder.encode(texts, {
      signal,
      onProgress: (done, total) => report({ done, total }),
    });
    return { values, dimension: encoder.dimension };
  },
  close: async () => {
    await encoder?.dispose();
    encoder = undefined;
    // After the reply: closing the port is what ends the thread.
    setImmediate(() => port.close());
    return undefined;
  },
});
