import type { GraphBuilder } from '../builder.ts';
import { range, sameShape } from '../shapes.ts';

/**
 * Adjoint of y = Gather(x, indices, axis) for a list of indices: element j of g along `axis` adds to element indices[j].
 * @param g gradient with `indices` elements along `axis`
 * @param dims shape of x
 */
export function gatherGradient(
  b: GraphBuilder,
  g: string,
  indices: string,
  axis: number,
  dims: readonly number[],
): string {
  const known = b.numbers(indices);
  const size = dims[axis];
  if (known !== undefined) {
    const list = Array.from(known, (index) => (index < 0 ? index + size : index));
    if (sameShape(list, range(size))) return g;
    if (isRun(list)) return placeAt(b, g, axis, list[0], dims);
    if (list.length === size && new Set(list).size === size) {
      const inverse = new Array<number>(size).fill(0);
      for (const [i, position] of list.entries()) inverse[position] = i;
      return b.op('Gather', [g, b.ints(inverse)], { axis });
    }
  }
  const spread = dims.map((_, i) => (i === axis ? b.dims(g)[axis] : 1));
  const positions = b.full(b.reshape(indices, spread), b.dims(g));
  return b.op('ScatterElements', [b.zeros(dims), positions, g], { axis, reduction: 'add' });
}

function isRun(list: readonly number[]): boolean {
  return list.length > 0 && list.every((value, i) => value === list[0] + i);
}

/** g at `start` along `axis` of a tensor of zeros of shape `dims`. */
export function placeAt(
  b: GraphBuilder,
  g: string,
  axis: number,
  start: number,
  dims: readonly number[],
): string {
  const pads = new Array<number>(2 * dims.length).fill(0);
  pads[axis] = start;
  pads[axis + dims.length] = dims[axis] - start - b.dims(g)[axis];
  return b.pad(g, pads);
}

/**
 * Adjoint of taking every `step`-th element along `axis`, from `start`: g is spread out with step - 1 zeros after each
 * element, then put in its place.
 */
export function spreadAt(
  b: GraphBuilder,
  g: string,
  axis: number,
  start: number,
  step: number,
  dims: readonly number[],
): string {
  const given = b.dims(g);
  const rank = given.length;
  const count = given[axis];
  const split = [...given.slice(0, axis + 1), 1, ...given.slice(axis + 1)];
  const pads = new Array<number>(2 * (rank + 1)).fill(0);
  pads[rank + 1 + axis + 1] = step - 1;
  const spread = b.pad(b.reshape(g, split), pads);
  const merged = b.reshape(
    spread,
    given.map((dim, i) => (i === axis ? dim * step : dim)),
  );
  // The last element's zeros may reach past the end.
  const used = Math.min(count * step, dims[axis] - start);
  const cropped = used < count * step ? b.slice(merged, [axis], [0], [used]) : merged;
  return placeAt(b, cropped, axis, start, dims);
}
