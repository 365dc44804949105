import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { inputDims } from '../../core/images/preprocessing.ts';
import type { GradientGraphOptions } from '../../core/onnx/gradientGraph.ts';
import { givenKind } from '../../core/onnx/scoreReading.ts';

/** How a model is used, where that is described. */
export type DescribedUse = Pick<GradientGraphOptions, 'dims' | 'images' | 'output' | 'scores' | 'rows'>;

/** @param batch images of a run, unless the graph insists on its own */
export function useOf(description: BackboneDescription, batch = 1): DescribedUse {
  const { input, fixedBatch: images = batch, outputName, classesFirst, binary } = description;
  const rows = { classesFirst, binary };
  return { dims: inputDims(input, images), images, output: outputName, scores: givenKind(description), rows };
}
