import { phrase } from '../../../text/text.ts';
import type { GraphBuilder } from '../../builder.ts';
import { numberAttribute } from '../../graph.ts';
import { frontAxis } from '../../shapes.ts';
import type { DataType } from '../../tensor.ts';
import { type RuleTable, UncoveredError } from '../rule.ts';
import { above, below } from './activation.ts';

const RANGES: Partial<Record<DataType, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

/** A scale or zero point per tensor as it is, per channel with its axis in place. */
function alongAxis(b: GraphBuilder, value: string, axis: number, rank: number): string {
  const dims = b.dims(value);
  if (dims.length === 0 || dims[0] === 1) return b.reshape(value, []);
  const shape = new Array<number>(rank).fill(1);
  shape[frontAxis(axis, rank)] = dims[0];
  return b.reshape(value, shape);
}

/**
 * Quantisation by the straight-through estimator: rounding counts as the identity, saturation as the clipping it is.
 * (A staircase with clipped ends, smoothed over one step, has exactly this slope.) A gradient with respect to a
 * quantised value is one with respect to its integer, taken as a real number.
 */
export const QUANTISATION_RULES: RuleTable = {
  // q = clip(round(x / s) + z); dx = g / s where x / s + z is within the type's range, ends included
  QuantizeLinear: ({ b, node, x, y, g }) => {
    const rank = b.dims(x[0]).length;
    const axis = numberAttribute(node, 'axis', 1);
    const bounds = RANGES[b.typeOf(y[0]).type];
    if (bounds === undefined) throw new UncoveredError(phrase('type {0}', b.typeOf(y[0]).type));
    if (numberAttribute(node, 'block_size', 0) !== 0)
      throw new UncoveredError(phrase('blocked quantization'));
    const scale = b.scalar(x[1]);
    const zero = x[2] ? b.scalar(x[2]) : 0;
    // Pixels and rectified values are often exactly at an end, which belongs to the range: a hair of room around it.
    const room = 1 / 1024;
    if (scale !== undefined && zero !== undefined) {
      const low = (bounds[0] - zero - room) * scale;
      const high = (bounds[1] - zero + room) * scale;
      const inside = b.mul(above(b, x[0], low), below(b, x[0], high));
      return [b.mul(b.scale(g, 1 / scale), inside)];
    }
    const perChannel = alongAxis(b, x[1], axis, rank);
    const offset = x[2] ? alongAxis(b, b.cast(x[2], 'float32'), axis, rank) : b.scalarOf(0);
    const level = b.add(b.div(x[0], perChannel), offset);
    const inside = b.mul(above(b, level, bounds[0] - room), below(b, level, bounds[1] + room));
    return [b.mul(b.div(g, perChannel), inside)];
  },

  // q = x / s + z with s chosen so that nothing saturates; dx = g / s. How s itself follows x is left out.
  DynamicQuantizeLinear: ({ b, g, y, gradient }) => {
    for (const ofScale of [1, 2]) gradient(ofScale);
    return [b.div(g, y[1])];
  },

  // x = (q - z) s; dq = g s
  DequantizeLinear: ({ b, node, x, g }) => {
    if (numberAttribute(node, 'block_size', 0) !== 0)
      throw new UncoveredError(phrase('blocked quantization'));
    const scale = b.scalar(x[1]);
    if (scale !== undefined) return [b.scale(g, scale)];
    return [b.mul(g, alongAxis(b, x[1], numberAttribute(node, 'axis', 1), b.dims(x[0]).length))];
  },
};
