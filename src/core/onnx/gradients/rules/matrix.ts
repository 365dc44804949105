import { phrase } from '../../../text/text.ts';
import type { GraphBuilder } from '../../builder.ts';
import { float, numberAttribute, stringAttribute } from '../../graph.ts';
import { broadcast, parseEinsum } from '../../shapes.ts';
import { makeTensor } from '../../tensor.ts';
import { product } from '../product.ts';
import { type RuleTable, UncoveredError } from '../rule.ts';

/** A constant matrix, stored transposed: a plain product with it is faster than a transposing one. */
function constantTransposed(b: GraphBuilder, value: string): string | undefined {
  const tensor = b.tensor(value);
  if (tensor === undefined || tensor.dims.length !== 2) return undefined;
  return b.shared(`transposed ${value}`, () => {
    const [rows, columns] = tensor.dims;
    const from = b.numbers(value)!;
    const to = new Float32Array(rows * columns);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) to[j * rows + i] = from[i * columns + j];
    return b.constant(makeTensor('float32', [columns, rows], to), 'transposed');
  });
}

export const MATRIX_RULES: RuleTable = {
  // Y = A B, stacked over broadcast leading axes; dA = G B', dB = A' G
  MatMul: ({ b, formulation, x, y, full, wants }) => {
    // A vector is a matrix of one row (left) or one column (right).
    const [vectorA, vectorB] = [b.dims(x[0]).length === 1, b.dims(x[1]).length === 1];
    const a = vectorA ? b.reshape(x[0], [1, ...b.dims(x[0])]) : x[0];
    const c = vectorB ? b.reshape(x[1], [...b.dims(x[1]), 1]) : x[1];
    const stack = broadcast(b.dims(a).slice(0, -2), b.dims(c).slice(0, -2));
    const [rows, inner, columns] = [b.dims(a).at(-2)!, b.dims(a).at(-1)!, b.dims(c).at(-1)!];
    if (b.dims(y[0]).includes(0)) throw new UncoveredError(phrase('an empty product'));
    const g = b.reshape(full(), [...stack, rows, columns]);
    const gradients: (string | undefined)[] = [undefined, undefined];
    if (wants(0)) {
      const weight = vectorB ? undefined : constantTransposed(b, c);
      const da =
        weight === undefined ? product(b, formulation, [g, false], [c, true]) : b.op('MatMul', [g, weight]);
      gradients[0] = b.reshape(b.unbroadcast(da, [...stack, rows, inner], b.dims(a)), b.dims(x[0]));
    }
    if (wants(1)) {
      const dc = product(b, formulation, [a, true], [g, false]);
      gradients[1] = b.reshape(b.unbroadcast(dc, [...stack, inner, columns], b.dims(c)), b.dims(x[1]));
    }
    return gradients;
  },

  // Y = alpha op(A) op(B) + beta C; d op(A) = alpha G op(B)', d op(B) = alpha op(A)' G, dC = beta G
  Gemm: ({ b, node, x, y, full, wants }) => {
    const alpha = float(numberAttribute(node, 'alpha', 1));
    const [transA, transB] = [numberAttribute(node, 'transA', 0), numberAttribute(node, 'transB', 0)];
    const g = full();
    const gemm = (left: string, right: string, swapLeft: number, swapRight: number) =>
      b.op('Gemm', [left, right], { transA: swapLeft, transB: swapRight, alpha });
    let da: string | undefined;
    if (wants(0)) da = transA ? gemm(x[1], g, transB, 1) : gemm(g, x[1], 0, 1 - transB);
    let db: string | undefined;
    if (wants(1)) db = transB ? gemm(g, x[0], 1, transA) : gemm(x[0], g, 1 - transA, 0);
    const dc = wants(2)
      ? b.scale(b.unbroadcast(g, b.dims(y[0]), b.dims(x[2])), numberAttribute(node, 'beta', 1))
      : undefined;
    return [da, db, dc];
  },

  // Y[out] = sum over the other letters of A[a] B[b] ...; dA[a] = sum of G[out] B[b] ... over letters not in a
  Einsum: ({ b, node, x, full, wants }) => {
    const ranks = x.map((value) => b.dims(value).length);
    const equation = parseEinsum(stringAttribute(node, 'equation', ''), ranks);
    const g = full();
    return x.map((value, i) => {
      if (!wants(i)) return undefined;
      const others = x.filter((_, j) => j !== i);
      const terms = [equation.output, ...equation.inputs.filter((_, j) => j !== i)];
      const own = equation.inputs[i];
      if (new Set(own).size < own.length) throw new UncoveredError(phrase('a diagonal in Einsum'));
      // A letter that stands in this operand only was summed away: its gradient is the same for every index.
      const present = own.split('').filter((letter) => terms.some((term) => term.includes(letter)));
      const text = `${terms.join(',')}->${present.join('')}`;
      const partial = b.node('Einsum', [g, ...others], { equation: text })[0];
      const dims = b.dims(value);
      const sizeOf = (letter: string) => dims[own.indexOf(letter)];
      const repeated = present.flatMap((letter, axis) =>
        sizeOf(letter) === 1 && b.dims(partial)[axis] !== 1 ? [axis] : [],
      );
      const kept = own.split('').map((letter, axis) => (present.includes(letter) ? dims[axis] : 1));
      return b.reshape(b.sum(partial, repeated), kept);
    });
  },
};
