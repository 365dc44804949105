import { invalidArgument } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { Aggregation, Mapping, SourceWeight } from './mapping.ts';

/** Backbone outputs of images whose target labels are known. */
export interface LabelledOutputs {
  /** Row-major [N, S]; log p where the backbone gives probabilities. */
  readonly logits: Float32Array;
  /** Length N, values 0..T-1. */
  readonly truths: ArrayLike<number>;
  /** S. */
  readonly sourceCount: number;
  /** T. */
  readonly targetCount: number;
  /** Per image the number of its group of near-duplicates, negative for none; absent = there are none. */
  readonly groups?: ArrayLike<number> | undefined;
}

/** @throws {SemapError} `invalid-argument` when the shapes do not fit or a truth is no target. */
export function checkOutputs({ logits, truths, sourceCount, targetCount }: LabelledOutputs): void {
  if (logits.length !== truths.length * sourceCount) {
    throw invalidArgument(
      phrase('{0} logits are not {1} rows of {2}.', logits.length, truths.length, sourceCount),
    );
  }
  for (let i = 0; i < truths.length; i++) {
    const truth = truths[i];
    if (!Number.isInteger(truth) || truth < 0 || truth >= targetCount)
      throw invalidArgument(phrase('Image {0} has label {1}; there are {2} labels.', i, truth, targetCount));
  }
}

/** Softmax of row `i` of [N, S] logits. */
export function probabilities(logits: Float32Array, i: number, sourceCount: number): Float64Array {
  const row = logits.subarray(i * sourceCount, (i + 1) * sourceCount);
  let top = Number.NEGATIVE_INFINITY;
  for (const z of row) top = Math.max(top, z);
  const p = new Float64Array(sourceCount);
  let sum = 0;
  for (let s = 0; s < sourceCount; s++) {
    p[s] = Math.exp(row[s] - top);
    sum += p[s];
  }
  for (let s = 0; s < sourceCount; s++) p[s] /= sum;
  return p;
}

/** Divides each column of a row-major [S, T] matrix by its sum, in place; columns of zeros stay zeros. */
export function normaliseColumns(matrix: Float64Array, targetCount: number): Float64Array {
  for (let t = 0; t < targetCount; t++) {
    let sum = 0;
    for (let at = t; at < matrix.length; at += targetCount) sum += matrix[at];
    if (sum > 0) for (let at = t; at < matrix.length; at += targetCount) matrix[at] /= sum;
  }
  return matrix;
}

/** The sparse mapping of a row-major [S, T] matrix, per target the largest weights first. */
export function sparseMapping(matrix: Float64Array, targetCount: number, aggregation: Aggregation): Mapping {
  const sourceCount = matrix.length / targetCount;
  const targets = Array.from({ length: targetCount }, (_, t) => {
    const sources: SourceWeight[] = [];
    for (let source = 0; source < sourceCount; source++) {
      const weight = matrix[source * targetCount + t];
      if (weight !== 0) sources.push({ source, weight });
    }
    return sources.sort((a, b) => b.weight - a.weight || a.source - b.source);
  });
  return { sourceCount, targets, aggregation };
}

/** Eight hexadecimal digits that stand for an image: FNV-1a of its {@link nameInDataSet}, `classFolder/fileName`. */
export function learnedKey(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
