/** Shape of the result of numpy broadcasting. */
export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    shape.forEach((dim, i) => {
      const axis = rank - shape.length + i;
      if (dim === 1) return;
      if (result[axis] !== 1 && result[axis] !== dim) {
        throw new RangeError(`shapes ${shapes.map((s) => `[${s}]`).join(' and ')} do not broadcast`);
      }
      result[axis] = dim;
    });
  }
  return result;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

export function productOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A possibly negative axis counted from the front. */
export function frontAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The numbers 0 to count - 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** The extent of a convolution or pooling window of `kernel` taps, `dilation` apart. */
export function windowExtent(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}
