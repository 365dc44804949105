import type { Graph } from '../../core/onnx/graph.ts';
import { constantInputs, type ExtraInput } from '../../core/onnx/passes/constantInputs.ts';
import type { Promptability, RawGradient, RawGradientRequest } from '../../protocol/backbones.ts';
import { type Call, moving } from '../../protocol/rpc.ts';
import { readModel } from '../models/modelFile.ts';
import { loadOrt } from '../models/onnxruntime.ts';
import { serveStarter } from '../threads/serveStarter.ts';
import type { DescribedUse } from './describedUse.ts';
import { OrtRunner } from './ortRunner.ts';
import { checkPromptable } from './promptable.ts';
import { rawGradient } from './rawGradient.ts';

/** A model file, with what is made of it. */
export interface ModelToDifferentiate {
  readonly path: string;
  /** To its bytes. */
  readonly append?: Uint8Array | undefined;
  readonly extraInputs?: readonly ExtraInput[] | undefined;
}

async function modelOf({ path, append, extraInputs }: ModelToDifferentiate): Promise<Graph> {
  return constantInputs(await readModel(path, append), extraInputs);
}

/** What a gradient worker offers: questions about a model file, answered in a thread that may be busy for seconds. */
export interface GradientWorkerApi {
  check: Call<ModelToDifferentiate & { readonly use?: DescribedUse | undefined }, Promptability>;
  gradient: Call<RawGradientRequest & { readonly path: string; readonly threads: number }, RawGradient>;
}

/** Entry of a gradient worker: building and running gradient graphs keeps its thread busy, and not the engine's. */
serveStarter<GradientWorkerApi>({
  check: async ({ use, ...model }) =>
    checkPromptable(await modelOf(model), new OrtRunner(await loadOrt()), use),
  gradient: async ({ path, threads, ...request }) => {
    const result = await rawGradient(await loadOrt(), await readModel(path), request, threads);
    return moving(result, [result.gradient.buffer, result.logits.buffer]);
  },
});
