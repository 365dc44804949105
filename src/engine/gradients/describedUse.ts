import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import { inputDims } from '../../core/images/preprocessing.ts';
import type { GradientGraphOptions } from '../../core/onnx/gradientGraph.ts';
import { givenKind } from '../../core/onnx/scoreReading.ts';

/** How a model is used, where that is described. */
export type DescribedUse = Pick<GradientGraphOptions, 'dims' | 'images' | 'output' | 'scores' | 'rows'>;

/** @param description of a backbone whose batch is one image, unless its graph insists on another */
export function useOf(description: BackboneDescription): DescribedUse {
  const { input, fixedBatch: images = 1, outputName, classesFirst, binary } = description;
  const rows = { classesFirst, binary };
  return { dims: inputDims(input, images), images, output: outputName, scores: givenKind(description), rows };
}
