import { joinRows } from '../mapping/joinedScorer.ts';
import type { GraphBuilder } from '../onnx/builder.ts';
import type { LossValues } from '../onnx/gradientGraph.ts';
import { logSoftmax, softCrossEntropy } from '../onnx/scores.ts';
import { type MappingInput, mappedScores, type ScoreForm } from './mappingInput.ts';

/** Keeps the logarithm of a sum that vanished finite. */
const LEAST = 1e-38;

/** Every image [N, C, H, W] with each of several prompts, the graph input `prompt` [K, C, H, W]: [K N, C, H, W]. */
export function promptedImages(b: GraphBuilder, images: string, prompts: number): string {
  const [rows, ...plane] = b.dims(images);
  const added = b.reshape(b.input('prompt', 'float32', [prompts, ...plane]), [prompts, 1, ...plane]);
  return b.reshape(b.add(b.reshape(images, [1, rows, ...plane]), added), [prompts * rows, ...plane]);
}

/**
 * Loss of what several prompts say together, and the scores; inputs `mapping` [K, S, T], `shares` [K, T], `offsets` [T],
 * `sharpness` [], `truths` [N, T] and `weights` [N]. Of each prompt the log-probabilities of the sources are mapped, as
 * those of several backbones are; a target's score is the sum of the prompts' scores, each times its share.
 *
 * @param logits [K N, S]: those of all images under the first prompt, then under the second, ...
 * @returns as `logits` rows [N, K S], as `joinRows` makes them
 */
export function stackedLoss(
  b: GraphBuilder,
  logits: string,
  form: ScoreForm,
  { prompts, targets }: { readonly prompts: number; readonly targets: number },
): LossValues {
  const [all, sources] = b.dims(logits);
  const rows = all / prompts;
  const likely = b.reshape(logSoftmax(b, logits), [prompts, rows, sources]);
  const mapping = b.input('mapping', 'float32', [prompts, sources, targets]);
  const said =
    form === 'linear'
      ? b.op('MatMul', [likely, mapping])
      : b.op('Log', [b.op('Max', [b.op('MatMul', [b.op('Exp', [likely]), mapping]), b.scalarOf(LEAST)])]);
  const shares = b.reshape(b.input('shares', 'float32', [prompts, targets]), [prompts, 1, targets]);
  const scores = b.add(b.sum(b.mul(said, shares), [0], false), b.input('offsets', 'float32', [targets]));
  const loss = softCrossEntropy(b, b.mul(scores, b.input('sharpness', 'float32', [])));
  const joined = b.transpose(b.sub(likely, b.scalarOf(Math.log(prompts))), [1, 0, 2]);
  return { loss, values: { scores, logits: b.reshape(joined, [rows, prompts * sources]) } };
}

/**
 * The rows and scores of {@link stackedLoss}, computed here.
 * @param logits of each prompt, row-major [N, S]
 */
export function stackedScores(
  logits: readonly Float32Array[],
  sources: number,
  input: MappingInput & { readonly shares: Float32Array },
): { readonly rows: Float32Array; readonly scores: Float32Array } {
  const K = logits.length;
  const T = input.offsets.length;
  const count = logits[0].length / sources;
  const rows = new Float32Array(count * K * sources);
  const scores = new Float32Array(count * T);
  for (let i = 0; i < count; i++) {
    const own = logits.map((z) => z.subarray(i * sources, (i + 1) * sources));
    joinRows(own, rows.subarray(i * K * sources, (i + 1) * K * sources));
    for (let t = 0; t < T; t++) scores[i * T + t] = input.offsets[t];
  }
  for (let k = 0; k < K; k++) {
    const matrix = input.matrix.subarray(k * sources * T, (k + 1) * sources * T);
    const likely = new Float32Array(count * sources);
    for (let i = 0; i < count; i++)
      for (let s = 0; s < sources; s++)
        likely[i * sources + s] = rows[(i * K + k) * sources + s] + Math.log(K);
    const said = mappedScores(likely, sources, { ...input, matrix, offsets: new Float32Array(T) });
    for (let at = 0; at < said.length; at++) scores[at] += input.shares[k * T + (at % T)] * said[at];
  }
  return { rows, scores };
}
