import { SemapError } from '../../errors.ts';
import { phrase } from '../../text/text.ts';
import type { Graph } from '../graph.ts';
import { MAX_ELEMENTS, productOf } from '../shapes.ts';

/**
 * Gives the graph's one input a fixed shape.
 * @param dims the whole shape; must agree with what the model fixes, except for the batch in front
 */
export function fixInput(graph: Graph, dims: readonly number[]): Graph {
  if (graph.inputs.length !== 1) {
    const names = graph.inputs.map(({ name }) => `"${name}"`).join(', ');
    throw new SemapError(
      'unsupported-model',
      phrase('The model must have one input; it has {0}.', names || 'none'),
    );
  }
  const [input] = graph.inputs;
  const fits =
    input.dims.length === 0 ||
    (input.dims.length === dims.length &&
      input.dims.every((dim, axis) => axis === 0 || typeof dim === 'string' || dim === dims[axis]));
  if (!fits) {
    throw new SemapError(
      'invalid-argument',
      phrase('The input must have shape [{0}], not [{1}].', input.dims.join(', '), dims.join(', ')),
    );
  }
  if (dims.some((dim) => !Number.isInteger(dim) || dim < 1) || productOf(dims) > MAX_ELEMENTS) {
    throw new SemapError(
      'unsupported-model',
      phrase('An input of shape [{0}] is not of a workable size.', dims.join(', ')),
    );
  }
  return { ...graph, inputs: [{ ...input, dims }] };
}
