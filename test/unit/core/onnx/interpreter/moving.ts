import {
  intsAttribute,
  type Node,
  numberAttribute,
  stringAttribute,
} from '../../../../../src/core/onnx/graph.ts';
import { sliceOf } from '../../../../../src/core/onnx/outputTypes.ts';
import { broadcast, frontAxis, range } from '../../../../../src/core/onnx/shapes.ts';
import { numbersOf } from '../../../../../src/core/onnx/tensor.ts';
import { at, broadcastAt, eachIndex, flatten, generate, size, strides, type Values } from './array.ts';
import type { Operator } from './elementwise.ts';

const ints = (values: Values | undefined) => (values === undefined ? undefined : Array.from(values.data));
const axisOf = (node: Node, rank: number, fallback: number) =>
  frontAxis(numberAttribute(node, 'axis', fallback), rank);

function reshaped(x: Values, dims: readonly number[]): Values {
  return { type: x.type, dims, data: x.data };
}

/** Elements of `x` by their coordinates, each computed of that in the result. */
function moved(x: Values, dims: readonly number[], from: (i: number, axis: number) => number): Values {
  return generate(x.type, dims, (index) => at(x, index.map(from)));
}

function scattered(node: Node, old: number, value: number): number {
  const reduction = stringAttribute(node, 'reduction', 'none');
  return reduction === 'add' ? old + value : value;
}

/** Operators that move elements around. */
export const MOVING: Readonly<Record<string, Operator>> = {
  Reshape: ([x, shape]) => {
    const wanted = ints(shape)!.map((dim, i) => (dim === 0 ? x.dims[i] : dim));
    const rest = size(wanted.filter((dim) => dim !== -1));
    const dims = wanted.map((dim) => (dim === -1 ? size(x.dims) / rest : dim));
    return [reshaped(x, dims)];
  },
  Flatten: ([x], node) => {
    const axis = axisOf(node, x.dims.length, 1);
    return [reshaped(x, [size(x.dims.slice(0, axis)), size(x.dims.slice(axis))])];
  },
  Squeeze: ([x, axes]) => {
    const given = ints(axes)?.map((axis) => frontAxis(axis, x.dims.length));
    const dims = x.dims.filter((dim, i) => (given === undefined ? dim !== 1 : !given.includes(i)));
    return [reshaped(x, dims)];
  },
  Unsqueeze: ([x, axes]) => {
    const dims = [...x.dims];
    const rank = dims.length + axes.data.length;
    const places = ints(axes)!.map((axis) => frontAxis(axis, rank));
    for (const axis of places.sort((a, b) => a - b)) dims.splice(axis, 0, 1);
    return [reshaped(x, dims)];
  },
  Transpose: ([x], node) => {
    const permutation = intsAttribute(node, 'perm') ?? range(x.dims.length).reverse();
    const step = strides(x.dims);
    const from = permutation.map((axis) => step[axis]);
    const dims = permutation.map((axis) => x.dims[axis]);
    return [generate(x.type, dims, (index) => x.data[flatten(index, from)])];
  },
  Expand: ([x, shape]) => [
    generate(x.type, broadcast(x.dims, ints(shape)!), (index) => broadcastAt(x, index)),
  ],
  Tile: ([x, repeats]) => {
    const dims = x.dims.map((dim, i) => dim * repeats.data[i]);
    return [moved(x, dims, (i, axis) => i % x.dims[axis])];
  },
  ConstantOfShape: ([shape], node) => {
    const value = node.attributes['value'];
    const fill = value?.kind === 'tensor' ? numbersOf(value.value)[0] : 0;
    const dims = ints(shape)!;
    return [{ type: 'float32', dims, data: new Float64Array(size(dims)).fill(fill) }];
  },
  Concat: (inputs, node) => {
    const axis = axisOf(node, inputs[0].dims.length, 0);
    const total = inputs.reduce((sum, input) => sum + input.dims[axis], 0);
    const dims = inputs[0].dims.map((dim, i) => (i === axis ? total : dim));
    return [
      generate(inputs[0].type, dims, (index) => {
        const local = [...index];
        let k = 0;
        while (local[axis] >= inputs[k].dims[axis]) local[axis] -= inputs[k++].dims[axis];
        return at(inputs[k], local);
      }),
    ];
  },
  Split: ([x, parts], node) => {
    const axis = axisOf(node, x.dims.length, 0);
    const count = node.outputs.length;
    const even = Math.ceil(x.dims[axis] / count);
    const sizes = ints(parts) ?? range(count).map((i) => Math.min(even, x.dims[axis] - i * even));
    let start = 0;
    return sizes.map((length) => {
      const offset = start;
      start += length;
      const dims = x.dims.map((dim, i) => (i === axis ? length : dim));
      return moved(x, dims, (i, a) => (a === axis ? i + offset : i));
    });
  },
  Slice: ([x, starts, ends, axes, steps]) => {
    const first = new Array<number>(x.dims.length).fill(0);
    const step = new Array<number>(x.dims.length).fill(1);
    const dims = [...x.dims];
    (ints(axes) ?? range(starts.data.length)).forEach((given, i) => {
      const axis = frontAxis(given, dims.length);
      const taken = sliceOf(x.dims[axis], starts.data[i], ends.data[i], steps?.data[i] ?? 1);
      first[axis] = taken.start;
      step[axis] = taken.step;
      dims[axis] = taken.count;
    });
    return [moved(x, dims, (i, axis) => first[axis] + i * step[axis])];
  },
  Pad: ([x, pads, fill, axes], node) => {
    const rank = x.dims.length;
    const before = new Array<number>(rank).fill(0);
    const after = new Array<number>(rank).fill(0);
    const list = ints(axes)?.map((axis) => frontAxis(axis, rank)) ?? range(rank);
    list.forEach((axis, i) => {
      before[axis] = pads.data[i];
      after[axis] = pads.data[i + list.length];
    });
    const mode = stringAttribute(node, 'mode', 'constant');
    const dims = x.dims.map((dim, i) => dim + before[i] + after[i]);
    return [
      generate(x.type, dims, (index) => {
        const from = index.map((i, axis) => source(mode, i - before[axis], x.dims[axis]));
        return from.includes(-1) ? (fill?.data[0] ?? 0) : at(x, from);
      }),
    ];
  },
  Gather: ([x, indices], node) => {
    const axis = axisOf(node, x.dims.length, 0);
    const dims = [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)];
    const rank = indices.dims.length;
    return [
      generate(x.type, dims, (index) => {
        const which = at(indices, index.slice(axis, axis + rank));
        return at(x, [...index.slice(0, axis), frontAxis(which, x.dims[axis]), ...index.slice(axis + rank)]);
      }),
    ];
  },
  GatherElements: ([x, indices], node) => {
    const axis = axisOf(node, x.dims.length, 0);
    const value = (index: number[], flat: number) =>
      at(x, index.with(axis, frontAxis(indices.data[flat], x.dims[axis])));
    return [generate(x.type, indices.dims, value)];
  },
  GatherND: ([x, indices]) => {
    const depth = indices.dims.at(-1)!;
    const dims = [...indices.dims.slice(0, -1), ...x.dims.slice(depth)];
    const outer = indices.dims.length - 1;
    return [
      generate(x.type, dims, (index) => {
        const tuple = range(depth).map((k) =>
          frontAxis(at(indices, [...index.slice(0, outer), k]), x.dims[k]),
        );
        return at(x, [...tuple, ...index.slice(outer)]);
      }),
    ];
  },
  ScatterElements: ([x, indices, updates], node) => {
    const axis = axisOf(node, x.dims.length, 0);
    const data = x.data.slice();
    const step = strides(x.dims);
    eachIndex(indices.dims, (index, flat) => {
      const which = frontAxis(indices.data[flat], x.dims[axis]);
      const target = flatten(index.with(axis, which), step);
      data[target] = scattered(node, data[target], updates.data[flat]);
    });
    return [{ ...x, data }];
  },
  ScatterND: ([x, indices, updates], node) => {
    const depth = indices.dims.at(-1)!;
    const outer = indices.dims.length - 1;
    const data = x.data.slice();
    const step = strides(x.dims);
    eachIndex(updates.dims, (index, flat) => {
      const tuple = range(depth).map((k) => frontAxis(at(indices, [...index.slice(0, outer), k]), x.dims[k]));
      const target = flatten([...tuple, ...index.slice(outer)], step);
      data[target] = scattered(node, data[target], updates.data[flat]);
    });
    return [{ ...x, data }];
  },
  DepthToSpace: ([x], node) => {
    const b = numberAttribute(node, 'blocksize', 1);
    const [n, c, h, w] = x.dims;
    const depth = c / b / b;
    const columnsFirst = stringAttribute(node, 'mode', 'DCR') === 'CRD';
    return [
      generate(x.type, [n, depth, h * b, w * b], ([i, k, y, z]) => {
        const block = (y % b) * b + (z % b);
        const channel = columnsFirst ? k * b * b + block : block * depth + k;
        return at(x, [i, channel, Math.floor(y / b), Math.floor(z / b)]);
      }),
    ];
  },
  SpaceToDepth: ([x], node) => {
    const b = numberAttribute(node, 'blocksize', 1);
    const [n, c, h, w] = x.dims;
    return [
      generate(x.type, [n, c * b * b, h / b, w / b], ([i, k, y, z]) => {
        const block = Math.floor(k / c);
        return at(x, [i, k % c, y * b + Math.floor(block / b), z * b + (block % b)]);
      }),
    ];
  },
  Trilu: ([x, k], node) => {
    const upper = numberAttribute(node, 'upper', 1) === 1;
    const shift = k?.data[0] ?? 0;
    return [
      generate(x.type, x.dims, (index, flat) => {
        const distance = index.at(-1)! - index.at(-2)!;
        return (upper ? distance >= shift : distance <= shift) ? x.data[flat] : 0;
      }),
    ];
  },
  CumSum: ([x, axisInput], node) => {
    const axis = frontAxis(axisInput.data[0], x.dims.length);
    const reverse = numberAttribute(node, 'reverse', 0) === 1;
    const exclusive = numberAttribute(node, 'exclusive', 0) === 1;
    return [
      generate(x.type, x.dims, (index) => {
        let sum = 0;
        for (let j = 0; j < x.dims[axis]; j++) {
          const counts = reverse ? j >= index[axis] : j <= index[axis];
          if (!counts || (exclusive && j === index[axis])) continue;
          sum += at(
            x,
            index.map((i, a) => (a === axis ? j : i)),
          );
        }
        return sum;
      }),
    ];
  },
  TopK: ([x, k], node) => {
    const axis = axisOf(node, x.dims.length, -1);
    const sign = numberAttribute(node, 'largest', 1) === 1 ? -1 : 1;
    const dims = x.dims.map((dim, i) => (i === axis ? k.data[0] : dim));
    const order = (index: number[]) => {
      const value = (j: number) =>
        at(
          x,
          index.map((i, a) => (a === axis ? j : i)),
        );
      return range(x.dims[axis]).sort((p, q) => sign * (value(p) - value(q)))[index[axis]];
    };
    const indices = generate('int64', dims, order);
    const values = generate(x.type, dims, (index, flat) =>
      at(
        x,
        index.map((i, a) => (a === axis ? indices.data[flat] : i)),
      ),
    );
    return [values, indices];
  },
};

function source(mode: string, position: number, length: number): number {
  if (position >= 0 && position < length) return position;
  if (mode === 'edge') return position < 0 ? 0 : length - 1;
  if (mode === 'wrap') return ((position % length) + length) % length;
  if (mode === 'reflect') return position < 0 ? -position : 2 * (length - 1) - position;
  return -1;
}
