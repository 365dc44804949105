import { range } from './shapes.ts';

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
