import { SemapError } from '../../core/errors.ts';
import { buildGradientGraph, gradientName } from '../../core/onnx/gradientGraph.ts';
import { formulationFor } from '../../core/onnx/gradients/rule.ts';
import type { Graph } from '../../core/onnx/graph.ts';
import { INPUT_NAME } from '../../core/onnx/passes/input.ts';
import { crossEntropy } from '../../core/onnx/scores.ts';
import { productOf } from '../../core/onnx/shapes.ts';
import { phrase } from '../../core/text/text.ts';
import type { RawGradient, RawGradientRequest } from '../../protocol/backbones.ts';
import type { Ort } from '../models/onnxruntime.ts';
import { GradientSession } from './gradientSession.ts';
import { MicroBatches, microRows } from './microBatches.ts';
import { OrtRunner } from './ortRunner.ts';
import { classOutput } from './promptable.ts';

/** Loss and gradient of a model at given inputs. */
export async function rawGradient(
  ort: Ort,
  model: Graph,
  request: RawGradientRequest,
  threads: number,
): Promise<RawGradient> {
  const { dims, data, targets } = request;
  const rows = dims[0];
  if (targets.length !== rows) {
    throw new SemapError(
      'invalid-argument',
      phrase('There are {0} targets for {1} inputs.', targets.length, rows),
    );
  }
  const batch = fixedBatch(model) ?? microRows(rows, productOf(dims.slice(2)), model);
  const graph = await buildGradientGraph(model, {
    dims: [batch, ...dims.slice(1)],
    runner: new OrtRunner(ort),
    output: classOutput(model),
    formulation: formulationFor('cpu'),
    sources: [INPUT_NAME],
    after: (b, logits) => ({ loss: crossEntropy(b, logits) }),
  });
  const classes = graph.outputs.get('logits')!.dims[1];
  const wrong = targets.find((target) => !Number.isInteger(target) || target < 0 || target >= classes);
  if (wrong !== undefined) {
    throw new SemapError(
      'invalid-argument',
      phrase("Target {0} is not one of the model's {1} classes.", wrong, classes),
      { hint: phrase('Targets are numbered from 0 to {0}.', classes - 1) },
    );
  }
  const session = await GradientSession.open(
    ort,
    { ...graph, model: graph.bytes },
    { provider: 'cpu', threads },
  );
  try {
    const steps = new MicroBatches(session, batch, {
      inputs: [INPUT_NAME, 'labels', 'weights'],
      outputs: ['logits'],
    });
    const weights = new Float32Array(rows).fill(1 / rows);
    const gradient = gradientName(INPUT_NAME);
    const feeds = { [INPUT_NAME]: data, labels: Int32Array.from(targets), weights };
    const run = await steps.run(feeds, ['loss', 'logits', gradient]);
    return { gradient: run[gradient], logits: run['logits'], loss: run['loss'][0] };
  } finally {
    await session.release();
  }
}

function fixedBatch(model: Graph): number | undefined {
  const first = model.inputs.length === 1 ? model.inputs[0].dims[0] : undefined;
  return typeof first === 'number' ? first : undefined;
}
