import { readClassOutput } from '../../core/backbones/backboneDescription.ts';
import { SemapError } from '../../core/errors.ts';
import type { Graph } from '../../core/onnx/graph.ts';

/** The output whose gradient is meant where a model has several: its class scores, or the first if nothing tells. */
export function classOutput({ outputs, declared = [] }: Graph): string {
  if (outputs.length === 1) return outputs[0];
  try {
    const facts = declared.map(({ name, type, dims }) => ({ name, type, shape: dims }));
    return readClassOutput({ inputs: [], outputs: facts }, 'The model').name;
  } catch (error) {
    if (error instanceof SemapError) return outputs[0];
    throw error;
  }
}
