import {
  intsAttribute,
  type Node,
  numberAttribute,
  stringAttribute,
} from '../../../../../src/core/onnx/graph.ts';
import { range } from '../../../../../src/core/onnx/shapes.ts';
import { at, eachIndex, flatten, generate, strides as stepsOf, type Values } from './array.ts';
import type { Operator } from './elementwise.ts';

function geometry(node: Node, spatial: readonly number[], kernelOfWeights?: readonly number[]) {
  const rank = spatial.length;
  const fill = (name: string, length: number, value: number) =>
    intsAttribute(node, name) ?? new Array<number>(length).fill(value);
  const kernel = intsAttribute(node, 'kernel_shape') ?? kernelOfWeights!;
  const strides = fill('strides', rank, 1);
  const dilations = fill('dilations', rank, 1);
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET');
  if (auto === 'NOTSET') return { kernel, strides, dilations, pads: fill('pads', 2 * rank, 0) };
  // SAME: as many outputs as strides fit into the input; an odd element of padding goes after (UPPER) or before.
  const totals = spatial.map((length, i) => {
    const reach = (kernel[i] - 1) * dilations[i] + 1;
    return auto === 'VALID'
      ? 0
      : Math.max(0, (Math.ceil(length / strides[i]) - 1) * strides[i] + reach - length);
  });
  const before = totals.map((total) =>
    auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2),
  );
  return { kernel, strides, dilations, pads: [...before, ...totals.map((total, i) => total - before[i])] };
}

/** Positions per axis; with ceil_mode a window may hang over the end, but must not begin behind it. */
function outputs(node: Node, input: readonly number[], g: ReturnType<typeof geometry>): number[] {
  const rank = input.length;
  const ceil = numberAttribute(node, 'ceil_mode', 0) === 1;
  return input.map((length, i) => {
    const room = length + g.pads[i] + g.pads[i + rank] - (g.kernel[i] - 1) * g.dilations[i] - 1;
    if (!ceil) return Math.floor(room / g.strides[i]) + 1;
    const count = Math.ceil(room / g.strides[i]) + 1;
    return (count - 1) * g.strides[i] >= length + g.pads[i] ? count - 1 : count;
  });
}

/** Calls `visit` with the input position of each tap of the window at `out`, inside of the input or not. */
function eachTap(
  g: ReturnType<typeof geometry>,
  out: readonly number[],
  visit: (tap: number[], position: number[]) => void,
): void {
  eachIndex(g.kernel, (tap) => {
    visit(
      tap,
      tap.map((k, i) => out[i] * g.strides[i] + k * g.dilations[i] - g.pads[i]),
    );
  });
}

const isInside = (position: readonly number[], size: readonly number[]) =>
  position.every((p, i) => p >= 0 && p < size[i]);

export const WINDOWS: Readonly<Record<string, Operator>> = {
  Conv: ([x, w, bias], node) => {
    const spatial = x.dims.slice(2);
    const g = geometry(node, spatial, w.dims.slice(2));
    const group = numberAttribute(node, 'group', 1);
    const perGroup = w.dims[0] / group;
    const dims = [x.dims[0], w.dims[0], ...outputs(node, spatial, g)];
    return [
      generate(x.type, dims, ([n, m, ...out]) => {
        let sum = bias?.data[m] ?? 0;
        const first = Math.floor(m / perGroup) * w.dims[1];
        eachTap(g, out, (tap, position) => {
          if (!isInside(position, spatial)) return;
          for (let c = 0; c < w.dims[1]; c++)
            sum += at(x, [n, first + c, ...position]) * at(w, [m, c, ...tap]);
        });
        return sum;
      }),
    ];
  },
  ConvTranspose: ([x, w, bias], node) => {
    const rank = x.dims.length - 2;
    const g = geometry(node, x.dims.slice(2), w.dims.slice(2));
    const group = numberAttribute(node, 'group', 1);
    const extra = intsAttribute(node, 'output_padding') ?? new Array<number>(rank).fill(0);
    const spatial = range(rank).map(
      (i) =>
        (x.dims[i + 2] - 1) * g.strides[i] +
        extra[i] +
        (g.kernel[i] - 1) * g.dilations[i] +
        1 -
        g.pads[i] -
        g.pads[i + rank],
    );
    const dims = [x.dims[0], w.dims[1] * group, ...spatial];
    const result = generate(x.type, dims, ([, m]) => bias?.data[m] ?? 0);
    const step = stepsOf(dims);
    const perGroup = x.dims[1] / group;
    eachIndex(x.dims, ([n, c, ...from], flat) => {
      const first = Math.floor(c / perGroup) * w.dims[1];
      eachTap(g, from, (tap, position) => {
        if (!isInside(position, spatial)) return;
        for (let m = 0; m < w.dims[1]; m++) {
          result.data[flatten([n, first + m, ...position], step)] += x.data[flat] * at(w, [c, m, ...tap]);
        }
      });
    });
    return [result];
  },
  MaxPool: ([x], node) => {
    const spatial = x.dims.slice(2);
    const g = geometry(node, spatial);
    const dims = [...x.dims.slice(0, 2), ...outputs(node, spatial, g)];
    const step = stepsOf(x.dims);
    const indices = generate('int64', dims, ([n, c, ...out]) => {
      let best = -1;
      eachTap(g, out, (_, position) => {
        if (!isInside(position, spatial)) return;
        const flat = flatten([n, c, ...position], step);
        if (best < 0 || x.data[flat] > x.data[best]) best = flat;
      });
      return best;
    });
    return [{ type: x.type, dims, data: indices.data.map((flat) => x.data[flat]) }, indices];
  },
  AveragePool: ([x], node) => {
    const rank = x.dims.length - 2;
    const spatial = x.dims.slice(2);
    const g = geometry(node, spatial);
    const dims = [...x.dims.slice(0, 2), ...outputs(node, spatial, g)];
    const includePad = numberAttribute(node, 'count_include_pad', 0) === 1;
    return [
      generate(x.type, dims, ([n, c, ...out]) => {
        let sum = 0;
        let count = 0;
        eachTap(g, out, (_, position) => {
          const padded = position.every((p, i) => p < spatial[i] + g.pads[i + rank]);
          if (isInside(position, spatial)) sum += at(x, [n, c, ...position]);
          if (isInside(position, spatial) || (includePad && padded)) count++;
        });
        return sum / count;
      }),
    ];
  },
  GlobalAveragePool: ([x]) => [overSpace(x, (values) => values.reduce((a, b) => a + b, 0) / values.length)],
  GlobalMaxPool: ([x]) => [overSpace(x, (values) => Math.max(...values))],
  GlobalLpPool: ([x], node) => {
    const p = numberAttribute(node, 'p', 2);
    return [
      overSpace(x, (values) => values.reduce((sum, value) => sum + Math.abs(value) ** p, 0) ** (1 / p)),
    ];
  },
  LRN: ([x], node) => {
    const n = numberAttribute(node, 'size', 5);
    const [alpha, beta, bias] = [
      numberAttribute(node, 'alpha', 1e-4),
      numberAttribute(node, 'beta', 0.75),
      numberAttribute(node, 'bias', 1),
    ];
    return [
      generate(x.type, x.dims, (index, flat) => {
        const c = index[1];
        let sum = 0;
        const [from, to] = [c - Math.floor((n - 1) / 2), c + Math.ceil((n - 1) / 2)];
        for (let k = Math.max(0, from); k <= Math.min(x.dims[1] - 1, to); k++) {
          sum += at(x, [index[0], k, ...index.slice(2)]) ** 2;
        }
        return x.data[flat] / (bias + (alpha / n) * sum) ** beta;
      }),
    ];
  },
};

function overSpace(x: Values, combine: (values: number[]) => number): Values {
  const area = x.dims.slice(2).reduce((product, dim) => product * dim, 1);
  const dims = [...x.dims.slice(0, 2), ...x.dims.slice(2).map(() => 1)];
  return generate(x.type, dims, (_, flat) =>
    combine(Array.from(x.data.subarray(flat * area, (flat + 1) * area))),
  );
}
