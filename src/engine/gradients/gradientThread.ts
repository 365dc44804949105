import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { Promptability } from '../../protocol/backbones.ts';
import { appendOf } from '../models/addedOutputs.ts';
import { watchLoad } from '../threads/loads.ts';
import { Thread } from '../threads/thread.ts';
import { useOf } from './describedUse.ts';
import type { GradientWorkerApi } from './gradientWorker.ts';

/** Asks a gradient worker one thing; its thread, and all memory it took, ends with the answer. */
export async function askGradientWorker<K extends keyof GradientWorkerApi>(
  method: K,
  params: GradientWorkerApi[K]['params'],
  signal?: AbortSignal,
): Promise<GradientWorkerApi[K]['result']> {
  const thread = new Thread<GradientWorkerApi>('gradients/gradientWorker');
  try {
    // It runs the graph, if only to see the shapes in it, and may be the first to do so.
    return await watchLoad(params.path, () => thread.call(method, params, { signal }));
  } finally {
    void thread.close();
  }
}

/** Whether prompts can be trained through a backbone, or through a model of which there is no description. */
export function askPromptable(
  backbone: BackboneDescription | { readonly path: string },
  signal: AbortSignal,
): Promise<Promptability> {
  if (!('input' in backbone)) return askGradientWorker('check', backbone, signal);
  const { path, extraInputs } = backbone;
  const model = { path, append: appendOf(backbone), extraInputs };
  return askGradientWorker('check', { ...model, use: useOf(backbone) }, signal);
}
