import type { Promptability, RawGradient, RawGradientRequest } from '../../protocol/backbones.ts';
import { type Call, moving } from '../../protocol/rpc.ts';
import { readModel } from '../models/modelFile.ts';
import { loadOrt } from '../models/onnxruntime.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import { OrtRunner } from './ortRunner.ts';
import { checkPromptable } from './promptable.ts';
import { rawGradient } from './rawGradient.ts';

/** What a gradient worker offers: questions about a model file, answered in a thread that may be busy for seconds. */
export interface GradientWorkerApi {
  check: Call<{ readonly path: string }, Promptability>;
  gradient: Call<RawGradientRequest & { readonly path: string; readonly threads: number }, RawGradient>;
}

/** Entry of a gradient worker: building and running gradient graphs keeps its thread busy, and not the engine's. */
serveStarter<GradientWorkerApi>({
  check: async ({ path }) => checkPromptable(await readModel(path), new OrtRunner(await loadOrt())),
  gradient: async ({ path, threads, ...request }) => {
    const result = await rawGradient(await loadOrt(), await readModel(path), request, threads);
    return moving(result, [result.gradient.buffer, result.logits.buffer]);
  },
});
