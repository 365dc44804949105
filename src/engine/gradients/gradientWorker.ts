import { parentPort } from 'node:worker_threads';
import { type Channel, Rpc } from '../../protocol/rpc.ts';
import type { GradientWorkerApi } from './gradientWorkerApi.ts';
import { loadOrt, OrtRunner } from './ortRunner.ts';
import { checkPromptable } from './promptable.ts';
import { rawGradient } from './rawGradient.ts';
import { readModel } from './readModel.ts';

/** Entry of a gradient worker: building and running gradient graphs keeps its thread busy, and not the engine's. */
if (!parentPort) throw new Error('gradientWorker runs in a worker thread.');
const port = parentPort;

const channel: Channel = {
  send: (message) => port.postMessage(message),
  onMessage: (listener) => {
    port.on('message', listener);
    return () => port.off('message', listener);
  },
  onClose: () => () => {},
};

new Rpc<Record<never, never>, GradientWorkerApi>(channel, {
  check: async ({ path }) => checkPromptable(await readModel(path), new OrtRunner(await loadOrt())),
  gradient: async ({ path, threads, ...request }) =>
    rawGradient(await loadOrt(), await readModel(path), request, threads),
  close: () => {
    setImmediate(() => port.close());
    return undefined;
  },
});
