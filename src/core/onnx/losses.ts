import type { GraphBuilder } from './builder.ts';
import { makeTensor } from './tensor.ts';

/**
 * Cross-entropy of class scores, as graph inputs `labels` (int32 [N]) and `weights` (float32 [N]; 1/N each for the mean,
 * 0 for rows that only fill a batch up): sum over i of weights_i (ln sum_t e^score_it - score_i,label_i).
 * @param scores [N, T]
 * @returns the loss, without dimensions
 */
export function crossEntropy(b: GraphBuilder, scores: string): string {
  const [rows, classes] = b.dims(scores);
  const labels = b.reshape(b.input('labels', 'int32', [rows]), [rows, 1]);
  const weights = b.reshape(b.input('weights', 'float32', [rows]), [rows, 1]);
  const columns = b.constant(
    makeTensor(
      'int32',
      [1, classes],
      Int32Array.from({ length: classes }, (_, i) => i),
    ),
  );
  const target = b.mul(b.cast(b.op('Equal', [labels, columns]), 'float32'), weights);
  return b.neg(b.sum(b.mul(logSoftmax(b, scores), target), [0, 1], false));
}

/** LogSoftmax over the last of two axes in plain operators: some providers have no kernel for it, and N x T is small. */
function logSoftmax(b: GraphBuilder, scores: string): string {
  const shifted = b.sub(scores, b.op('ReduceMax', [scores, b.ints([1])], { keepdims: 1 }));
  return b.sub(shifted, b.op('Log', [b.sum(b.op('Exp', [shifted]), [1])]));
}

/**
 * Target scores of a mapping matrix M, a graph input `mapping` (float32 [S, T], not negative):
 * score_t = ln sum_s M_st e^z_s, computed relative to the largest logit. With M_st = |S_t|^-alpha on the sources of t
 * this is log-mean-exp aggregation. A target without sources gets the lowest score and no gradient; so do sources
 * more than 87 below the image's largest logit, where e^z underflows.
 */
export function logSumExpMapping(b: GraphBuilder, logits: string, targets: number): string {
  const mapping = b.input('mapping', 'float32', [b.dims(logits)[1], targets]);
  const largest = b.op('ReduceMax', [logits, b.ints([1])], { keepdims: 1 });
  const mass = b.op('MatMul', [b.op('Exp', [b.sub(logits, largest)]), mapping]);
  return b.add(b.op('Log', [b.op('Max', [mass, b.scalarOf(1e-38)])]), largest);
}

/** Target scores z W with a graph input `mapping` W (float32 [S, T]): mean logits, BLM, a linear mapping. */
export function linearMapping(b: GraphBuilder, logits: string, targets: number): string {
  return b.op('MatMul', [logits, b.input('mapping', 'float32', [b.dims(logits)[1], targets])]);
}
