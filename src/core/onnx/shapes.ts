import { type SemapError, unsupportedModel } from '../errors.ts';
import { listed, phrase, say, type Text } from '../text/text.ts';

/** No tensor of an image classifier has so many axes. */
const MAX_RANK = 64;
/** Lists that are built number by number: far more than an image has pixels along an edge, or a model classes. */
const MAX_LIST = 2 ** 24;
/** A gigabyte of floats. */
export const MAX_ELEMENTS = 2 ** 28;

/** Shapes that do not fit together, such as in a graph that is damaged. */
export class ShapeError extends RangeError {
  readonly text: Text;

  constructor(text: Text) {
    super(say(text));
    this.text = text;
  }
}

/** A shape as texts write it. */
export const shapeText = (dims: readonly number[]): string => `[${dims.join(', ')}]`;

/** @throws SemapError `unsupported-model` for more axes than any tensor has */
export function checkRank(rank: number, name: string): void {
  if (rank <= MAX_RANK) return;
  throw unsupportedModel(phrase('"{0}" has {1} dimensions; the limit is {2}.', name, rank, MAX_RANK));
}

/** Shape of the result of numpy broadcasting. */
export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    shape.forEach((dim, i) => {
      const axis = rank - shape.length + i;
      if (dim === 1) return;
      if (result[axis] !== 1 && result[axis] !== dim)
        throw new ShapeError(phrase('cannot broadcast {0}', listed(shapes.map(shapeText))));
      result[axis] = dim;
    });
  }
  return result;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** Number of elements; 1 for a scalar. */
export function productOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A possibly negative axis counted from the front. */
export function frontAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/**
 * The numbers 0 to count - 1.
 * @throws SemapError `unsupported-model` for a count beyond what a graph can mean, which a damaged attribute may hold
 */
export function range(count: number): number[] {
  if (count > MAX_LIST) throw tooMany(count, MAX_LIST);
  return Array.from({ length: count }, (_, i) => i);
}

/** Row-major coordinates of a flat index. */
export function unravel(index: number, dims: readonly number[]): number[] {
  const result: number[] = [];
  let rest = index;
  for (const dim of [...dims].reverse()) {
    result.unshift(rest % dim);
    rest = Math.floor(rest / dim);
  }
  return result;
}

/** The extent of a convolution or pooling window of `kernel` taps, `dilation` apart. */
export function windowExtent(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** So many floats of one value. @throws SemapError `unsupported-model` for more than a gigabyte of them */
export function filled(count: number, value: number): Float32Array {
  if (count > MAX_ELEMENTS) throw tooMany(count, MAX_ELEMENTS);
  return new Float32Array(count).fill(value);
}

function tooMany(count: number, limit: number): SemapError {
  return unsupportedModel(phrase('The graph asks for {0} numbers at once; the limit is {1}.', count, limit));
}

/** An Einsum equation with one letter per axis: no spaces, no ellipsis, an explicit output. */
export interface EinsumEquation {
  readonly inputs: readonly string[];
  readonly output: string;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * Reads an equation for operands of the given ranks. `...` becomes fresh letters (aligned at the right, as broadcasting
 * does); without `->` the output is the letters that stand once, in alphabetical order, after the ellipsis.
 */
export function parseEinsum(text: string, ranks: readonly number[]): EinsumEquation {
  const [left, right] = text.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const fresh = LETTERS.split('').filter((letter) => !text.includes(letter));
  const hidden = terms.map((term, i) => (term.includes('...') ? ranks[i] - (term.length - 3) : 0));
  const longest = Math.max(0, ...hidden);
  const ellipsis = fresh.slice(0, longest).join('');
  const inputs = terms.map((term, i) => term.replace('...', ellipsis.slice(longest - hidden[i])));
  if (right !== undefined) return { inputs, output: right.replace('...', ellipsis) };
  const counts = new Map<string, number>();
  for (const letter of left.replaceAll(/[.,]/g, '')) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  const single = [...counts].filter(([, count]) => count === 1).map(([letter]) => letter);
  return { inputs, output: ellipsis + single.sort().join('') };
}

/** The sizes of an equation's letters; size 1 gives way to any other. */
export function einsumSizes(
  equation: EinsumEquation,
  shapes: readonly (readonly number[])[],
): Map<string, number> {
  const sizes = new Map<string, number>();
  equation.inputs.forEach((term, i) => {
    for (const axis of range(term.length)) {
      const known = sizes.get(term[axis]);
      if (known === undefined || known === 1) sizes.set(term[axis], shapes[i][axis]);
    }
  });
  return sizes;
}
