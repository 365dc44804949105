import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { inputDims } from '../../core/images/preprocessing.ts';
import { buildGradientGraph, gradientName } from '../../core/onnx/gradientGraph.ts';
import { formulationFor } from '../../core/onnx/gradients/rule.ts';
import { constantInputs } from '../../core/onnx/passes/constantInputs.ts';
import { INPUT_NAME } from '../../core/onnx/passes/input.ts';
import { crossEntropy } from '../../core/onnx/scores.ts';
import { useOf } from '../gradients/describedUse.ts';
import { type Feeds, GradientSession } from '../gradients/gradientSession.ts';
import { OrtRunner } from '../gradients/ortRunner.ts';
import { disagreement, sampleFeeds } from '../gradients/selfCheck.ts';
import { appendOf } from '../models/addedOutputs.ts';
import { readModel } from '../models/modelFile.ts';
import type { Ort } from '../models/onnxruntime.ts';

/** Images of a step, where the graph does not insist on its own batch. */
const IMAGES = 4;
/** Time is taken over so many steps, or so long. */
const MOST_STEPS = 20;
const MILLISECONDS = 1000;
const OUTPUTS = ['loss', 'logits', gradientName(INPUT_NAME)];

/** What a training step gave on a provider. */
export interface StepFound {
  /** Images of the step. */
  readonly images: number;
  /** Largest |a - b| / |b| of loss, logits and gradient from the CPU's. */
  readonly difference: number;
  readonly milliseconds: number;
}

/**
 * Runs training steps (the loss of made-up images, and its gradient at the input) on a provider and on the CPU.
 * @throws {GradientBlockedError} for a backbone without gradients; whatever the provider throws
 */
export async function probeStep(
  ort: Ort,
  provider: string,
  backbone: BackboneDescription,
  threads: number,
): Promise<StepFound> {
  const images = backbone.fixedBatch ?? IMAGES;
  const there = await runs(ort, provider, backbone, images, threads);
  if (provider === 'cpu') return { images, difference: 0, milliseconds: there.milliseconds };
  const here = await runs(ort, 'cpu', backbone, images, threads);
  return {
    images,
    difference: disagreement(there.outputs, here.outputs),
    milliseconds: there.milliseconds,
  };
}

async function runs(
  ort: Ort,
  provider: string,
  backbone: BackboneDescription,
  images: number,
  threads: number,
): Promise<{ readonly outputs: Record<string, Float32Array>; readonly milliseconds: number }> {
  const model = constantInputs(await readModel(backbone.path, appendOf(backbone)), backbone.extraInputs);
  const graph = await buildGradientGraph(model, {
    ...useOf(backbone, images),
    dims: inputDims(backbone.input, images),
    runner: new OrtRunner(ort),
    formulation: formulationFor(provider),
    sources: [INPUT_NAME],
    after: (b, logits) => ({ loss: crossEntropy(b, logits) }),
  });
  const session = await GradientSession.open(ort, { ...graph, model: graph.bytes }, { provider, threads });
  try {
    const feeds: Feeds = sampleFeeds(graph.inputs);
    // The first step compiles.
    const outputs = await session.run(feeds, OUTPUTS);
    let milliseconds = Number.POSITIVE_INFINITY;
    const started = performance.now();
    for (let step = 0; step < MOST_STEPS && performance.now() - started < MILLISECONDS; step++) {
      const began = performance.now();
      await session.run(feeds, OUTPUTS);
      milliseconds = Math.min(milliseconds, performance.now() - began);
    }
    return { outputs, milliseconds };
  } finally {
    await session.release();
  }
}
