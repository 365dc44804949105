import { Rpc } from '../../protocol/rpc.ts';
import { readModel } from '../models/modelFile.ts';
import { loadOrt } from '../models/onnxruntime.ts';
import { channelToStarter } from '../threads/threadChannel.ts';
import type { GradientWorkerApi } from './gradientWorkerApi.ts';
import { OrtRunner } from './ortRunner.ts';
import { checkPromptable } from './promptable.ts';
import { rawGradient } from './rawGradient.ts';

/** Entry of a gradient worker: building and running gradient graphs keeps its thread busy, and not the engine's. */
const { channel, endThread } = channelToStarter();

new Rpc<Record<never, never>, GradientWorkerApi>(channel, {
  check: async ({ path }) => checkPromptable(await readModel(path), new OrtRunner(await loadOrt())),
  gradient: async ({ path, threads, ...request }) =>
    rawGradient(await loadOrt(), await readModel(path), request, threads),
  close: endThread,
});
