import { type Node, numberAttribute, stringAttribute } from '../../../../../src/core/onnx/graph.ts';
import { range } from '../../../../../src/core/onnx/shapes.ts';
import { generate, type Values } from './array.ts';
import type { Operator } from './elementwise.ts';

/** Where output position `o` lies in the input. */
function coordinate(mode: string, o: number, scale: number, from: number, to: number): number {
  if (mode === 'align_corners') return to === 1 ? 0 : (o * (from - 1)) / (to - 1);
  if (mode === 'asymmetric') return o / scale;
  if (mode === 'pytorch_half_pixel' && to === 1) return 0;
  return (o + 0.5) / scale - 0.5;
}

function nearest(mode: string, x: number): number {
  if (mode === 'floor') return Math.floor(x);
  if (mode === 'ceil') return Math.ceil(x);
  if (mode === 'round_prefer_ceil') return Math.round(x);
  return Math.ceil(x - 0.5);
}

/** Weights of the input positions for one output position. */
function weights(node: Node, x: number, from: number): [number, number][] {
  const inside = (position: number) => Math.min(Math.max(position, 0), from - 1);
  const mode = stringAttribute(node, 'mode', 'nearest');
  if (mode === 'nearest') {
    return [[inside(nearest(stringAttribute(node, 'nearest_mode', 'round_prefer_floor'), x)), 1]];
  }
  const base = Math.floor(x);
  const t = x - base;
  if (mode === 'linear') {
    return [
      [inside(base), 1 - t],
      [inside(base + 1), t],
    ];
  }
  const a = numberAttribute(node, 'cubic_coeff_a', -0.75);
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [
    [inside(base - 1), far(1 + t)],
    [inside(base), near(t)],
    [inside(base + 1), near(1 - t)],
    [inside(base + 2), far(2 - t)],
  ];
}

/** Resampling along one axis. */
function resampleAxis(x: Values, axis: number, to: number, rows: readonly [number, number][][]): Values {
  const dims = x.dims.map((dim, i) => (i === axis ? to : dim));
  const inner = x.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const from = x.dims[axis];
  return generate(x.type, dims, (_, flat) => {
    const low = flat % inner;
    const o = Math.floor(flat / inner) % to;
    const outer = Math.floor(flat / inner / to);
    return rows[o].reduce((sum, [i, w]) => sum + w * x.data[(outer * from + i) * inner + low], 0);
  });
}

export const RESIZE: Readonly<Record<string, Operator>> = {
  Resize: ([x, , scalesInput, sizesInput], node) => {
    const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
    const given = scalesInput !== undefined && scalesInput.data.length > 0 ? scalesInput : undefined;
    let result = x;
    for (const axis of range(x.dims.length)) {
      const from = x.dims[axis];
      const to = given === undefined ? sizesInput.data[axis] : Math.floor(from * given.data[axis]);
      const scale = given === undefined ? to / from : given.data[axis];
      if (to === from && scale === 1) continue;
      const rows = range(to).map((o) => weights(node, coordinate(mode, o, scale, from, to), from));
      result = resampleAxis(result, axis, to, rows);
    }
    return [result];
  },
};
