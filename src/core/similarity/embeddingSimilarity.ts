import { SemapError } from '../errors.ts';
import type { LabelSpace } from '../labels/labelSpace.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import { phrase } from '../text/text.ts';
import type { Similarity, SimilarityMatrix } from './similarity.ts';

/** Text embeddings of the labels of one side, row-major [count, size], of any length. */
export interface Embeddings {
  readonly size: number;
  readonly values: Float32Array;
}

/** How two embeddings are compared. */
export type CosineKind =
  /** As they are: "SeMap (paper)". */
  | 'plain'
  /** After subtracting the mean of the source vectors from both sides, which removes the hubs of CLIP's text space. */
  | 'centred';

/** Rows scaled to unit length; rows of zeros stay zeros. */
export function unitRows({ size, values }: Embeddings): Float32Array {
  const unit = values.slice();
  for (let at = 0; at < unit.length; at += size) {
    const row = unit.subarray(at, at + size);
    let square = 0;
    for (const value of row) square += value * value;
    const norm = Math.sqrt(square) || 1;
    for (let k = 0; k < size; k++) row[k]! /= norm;
  }
  return unit;
}

/**
 * The embedding of each label over an ensemble of templates: the normalised mean of the normalised outputs.
 * @param perTemplate the embeddings of the same labels under each template.
 */
export function ensemble(perTemplate: readonly Embeddings[]): Embeddings {
  const [first] = perTemplate;
  if (!first) throw new SemapError('invalid-argument', phrase('There is no prompt template.'));
  const sum = new Float32Array(first.values.length);
  for (const embeddings of perTemplate) {
    unitRows(embeddings).forEach((value, at) => {
      sum[at]! += value;
    });
  }
  return { size: first.size, values: unitRows({ size: first.size, values: sum }) };
}

/** Cosines [T, S] of target and source embeddings. */
export function cosines(targets: Embeddings, sources: Embeddings, kind: CosineKind): Float32Array {
  if (targets.size !== sources.size) {
    throw new SemapError(
      'invalid-argument',
      phrase('Target embeddings have {0} numbers, source embeddings {1}.', targets.size, sources.size),
    );
  }
  const size = sources.size;
  let left = unitRows(targets);
  let right = unitRows(sources);
  const rows = left.length / size;
  const columns = right.length / size;
  if (kind === 'centred') {
    const mean = new Float64Array(size);
    for (let at = 0; at < right.length; at++) mean[at % size]! += right[at]! / columns;
    left = unitRows({ size, values: left.map((value, at) => value - mean[at % size]!) });
    right = unitRows({ size, values: right.map((value, at) => value - mean[at % size]!) });
  }
  const values = new Float32Array(rows * columns);
  for (let t = 0; t < rows; t++) {
    for (let s = 0; s < columns; s++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += left[t * size + k]! * right[s * size + k]!;
      values[t * columns + s] = sum;
    }
  }
  return values;
}

/** Similarity by a text encoder, over embeddings that were computed or cached before. */
export class EmbeddingSimilarity implements Similarity {
  readonly name: string;
  readonly #targets: Embeddings;
  readonly #sources: Embeddings;
  readonly #kind: CosineKind;

  /**
   * @param name as written into documents: `clip`, `clip-plain`, `minilm`.
   * @param targets row t belongs to target t of the labels that will be compared.
   * @param sources row s belongs to source s.
   */
  constructor(name: string, targets: Embeddings, sources: Embeddings, kind: CosineKind = 'centred') {
    this.name = name;
    this.#targets = targets;
    this.#sources = sources;
    this.#kind = kind;
  }

  compare(targets: readonly TargetLabel[], sources: LabelSpace): SimilarityMatrix {
    const values = cosines(this.#targets, this.#sources, this.#kind);
    const [rows, columns] = [targets.length, sources.labels.length];
    if (values.length !== rows * columns) {
      throw new SemapError(
        'invalid-argument',
        phrase(
          'The embeddings give {0} similarities; {1} x {2} labels need {3}.',
          values.length,
          rows,
          columns,
          rows * columns,
        ),
      );
    }
    const none = targets.map(() => []);
    return { rows, columns, values, descendants: none, senses: none };
  }

  explain(targets: readonly TargetLabel[], sources: LabelSpace, t: number, s: number): string {
    const { size, values } = this.#targets;
    const one = { size, values: values.subarray(t * size, (t + 1) * size) };
    const row = cosines(one, this.#sources, this.#kind);
    const value = row[s]!;
    const rank = row.reduce((count, other) => count + (other > value ? 1 : 0), 1);
    const names = `"${targets[t]!.name}" and "${sources.labels[s]!.name}"`;
    return `The text encoder puts ${names} at a cosine of ${value.toFixed(2)}: rank ${rank} of ${row.length} source labels.`;
  }
}
