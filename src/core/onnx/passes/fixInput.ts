import { SemapError } from '../../errors.ts';
import type { Graph } from '../graph.ts';
import { MAX_ELEMENTS, productOf } from '../shapes.ts';

/**
 * Gives the graph's one input a fixed shape.
 * @param dims the whole shape; must agree with what the model fixes, except for the batch in front
 */
export function fixInput(graph: Graph, dims: readonly number[]): Graph {
  if (graph.inputs.length !== 1) {
    const names = graph.inputs.map(({ name }) => `"${name}"`).join(', ');
    throw new SemapError('unsupported-model', `The model must have one input; it has ${names || 'none'}.`);
  }
  const [input] = graph.inputs;
  const fits =
    input.dims.length === 0 ||
    (input.dims.length === dims.length &&
      input.dims.every((dim, axis) => axis === 0 || typeof dim === 'string' || dim === dims[axis]));
  if (!fits) {
    throw new SemapError(
      'invalid-argument',
      `The input must have shape [${input.dims.join(', ')}], not [${dims.join(', ')}].`,
    );
  }
  if (dims.some((dim) => !Number.isInteger(dim) || dim < 1) || productOf(dims) > MAX_ELEMENTS) {
    throw new SemapError(
      'unsupported-model',
      `An input of shape [${dims.join(', ')}] is not of a workable size.`,
    );
  }
  return { ...graph, inputs: [{ ...input, dims }] };
}
