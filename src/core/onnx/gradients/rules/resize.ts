import { phrase, verbatim } from '../../../text/text.ts';
import type { GraphBuilder } from '../../builder.ts';
import { type Node, stringAttribute } from '../../graph.ts';
import { range } from '../../shapes.ts';
import { type RuleTable, UncoveredError } from '../rule.ts';

/**
 * Resampling is linear and works along one axis after the other: y = R1 x along axis 1, R2 along axis 2, ... The
 * gradient multiplies by each R transposed. R itself is what the operator makes of the identity matrix, so every mode,
 * coordinate rule and antialiasing comes out as the model's own runtime has it.
 */
export const RESIZE_RULES: RuleTable = {
  Resize: ({ b, node, x, y, full }) => {
    if (stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize')
      throw new UncoveredError(verbatim('tf_crop_and_resize'));
    if (stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch') !== 'stretch')
      throw new UncoveredError(verbatim('keep_aspect_ratio_policy'));
    const [from, to] = [b.dims(x[0]), b.dims(y[0])];
    let g = full();
    for (const axis of range(from.length)) {
      const scale = axisScale(b, node, axis);
      if (from[axis] === to[axis] && (scale === undefined || scale === 1)) continue;
      const basis = resampledBasis(b, node, from[axis], to[axis], scale);
      g = multiplyAlong(b, g, axis, basis);
    }
    return [g];
  },
};

/** The scale the model gives for an axis; undefined when it gives sizes. */
function axisScale(b: GraphBuilder, node: Node, axis: number): number | undefined {
  const scales = b.numbers(node.inputs[2]);
  if (scales === undefined || scales.length === 0) return undefined;
  const axes = node.attributes['axes'];
  if (axes?.kind !== 'ints') return scales[axis];
  const position = axes.value.indexOf(axis);
  return position < 0 ? 1 : scales[position];
}

/** The identity matrix of an axis takes its square in memory. */
const MAX_BASIS = 4096;

/** R' as [to, from]: row o holds the weights with which output o sees the inputs. */
function resampledBasis(
  b: GraphBuilder,
  node: Node,
  from: number,
  to: number,
  scale: number | undefined,
): string {
  if (from > MAX_BASIS) throw new UncoveredError(phrase('an axis of {0} elements', from));
  const identity = new Float32Array(from * from);
  for (let i = 0; i < from; i++) identity[i * from + i] = 1;
  const { axes: _, ...attributes } = node.attributes;
  const basis = b.floats(identity, [1, 1, from, from]);
  const inputs =
    scale === undefined
      ? [basis, '', '', b.ints([1, 1, from, to])]
      : [basis, '', b.floats([1, 1, 1, scale], [4])];
  const [resampled] = b.node('Resize', inputs, attributes, {
    types: [{ type: 'float32', dims: [1, 1, from, to] }],
  });
  return b.transpose(b.reshape(resampled, [from, to]), [1, 0]);
}

/** g with its `axis` multiplied from [to] to [from] by a matrix [to, from]. */
function multiplyAlong(b: GraphBuilder, g: string, axis: number, matrix: string): string {
  const last = b.dims(g).length - 1;
  const swap = range(last + 1);
  swap[axis] = last;
  swap[last] = axis;
  return b.transpose(b.op('MatMul', [b.transpose(g, swap), matrix]), swap);
}
