import { unsupported } from '../../core/backbones/backboneDescription.ts';
import { chooseOutput } from '../../core/backbones/classOutput.ts';
import { MOST_CHANNELS, OPEN_SIZE } from '../../core/backbones/imageInput.ts';
import { SemapError } from '../../core/errors.ts';
import { buildGradientGraph } from '../../core/onnx/gradientGraph.ts';
import { GradientBlockedError } from '../../core/onnx/gradients/rule.ts';
import type { Graph, GraphRunner } from '../../core/onnx/graph.ts';
import { INPUT_NAME } from '../../core/onnx/passes/input.ts';
import { crossEntropy } from '../../core/onnx/scores.ts';
import { isFloat } from '../../core/onnx/tensor.ts';
import { phrase } from '../../core/text/text.ts';
import type { Promptability } from '../../protocol/backbones.ts';
import type { DescribedUse } from './describedUse.ts';

/**
 * Builds the gradient graph of one image, without running it.
 * @param use what is guessed from the graph where it is absent
 * @throws {SemapError} for models that are not readable or not classifiers at all
 */
export async function checkPromptable(
  model: Graph,
  runner: GraphRunner,
  use: DescribedUse = guessedUse(model),
): Promise<Promptability> {
  try {
    await buildGradientGraph(model, {
      ...use,
      runner,
      sources: [INPUT_NAME],
      after: (b, logits) => ({ loss: crossEntropy(b, logits) }),
    });
    return { promptable: true, blockers: [] };
  } catch (error) {
    if (!(error instanceof GradientBlockedError)) throw error;
    return { promptable: false, blockers: error.blockers };
  }
}

function guessedUse(model: Graph): DescribedUse {
  const { name = '', dims = [], type = 'float32' } = model.inputs[0] ?? {};
  if (model.inputs.length === 1 && dims.length !== 4) {
    throw unsupported(
      phrase('The input "{0}" has the shape [{1}], which is not a batch of images.', name, dims.join(', ')),
    );
  }
  return {
    dims: dims.map((dim, axis) => openDimension(dim, axis, dims, isFloat(type))),
    output: classOutput(model),
  };
}

function openDimension(
  dim: number | string,
  axis: number,
  dims: readonly (number | string)[],
  channelsFirst: boolean,
): number {
  if (typeof dim === 'number') return dim;
  if (axis === 0) return 1;
  const isTold = [dims[1], dims[3]].some((one) => typeof one === 'number' && one <= MOST_CHANNELS);
  const channelAxis = isTold ? -1 : channelsFirst ? 1 : 3;
  return axis === channelAxis ? 3 : OPEN_SIZE;
}

/** The output whose gradient is meant where a model has several: its class scores, or the first if nothing tells. */
export function classOutput({ outputs, declared = [] }: Graph): string {
  if (outputs.length === 1) return outputs[0];
  try {
    const facts = declared.map(({ name, type, dims }) => ({ name, type, shape: dims }));
    return chooseOutput({ facts: { inputs: [], outputs: facts } }, 'The model').place.name;
  } catch (error) {
    if (error instanceof SemapError) return outputs[0];
    throw error;
  }
}
