import { invalidArgument } from '../errors.ts';
import type { LabelSpace } from '../labels/labelSpace.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import { phrase } from '../text/text.ts';
import type { Comparison } from './similarity.ts';

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
    for (let k = 0; k < size; k++) row[k] /= norm;
  }
  return unit;
}

/**
 * The embedding of each label over an ensemble of templates: the normalised mean of the normalised outputs.
 * @param perTemplate the embeddings of the same labels under each template.
 */
export function ensemble(perTemplate: readonly Embeddings[]): Embeddings {
  const [first] = perTemplate;
  if (!first) throw invalidArgument(phrase('There is no prompt template.'));
  const sum = new Float32Array(first.values.length);
  for (const embeddings of perTemplate) {
    unitRows(embeddings).forEach((value, at) => {
      sum[at] += value;
    });
  }
  return { size: first.size, values: unitRows({ size: first.size, values: sum }) };
}

/** Cosines [T, S] of target and source embeddings. */
export function cosines(targets: Embeddings, sources: Embeddings, kind: CosineKind): Float32Array {
  if (targets.size !== sources.size) {
    throw invalidArgument(
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
    for (let at = 0; at < right.length; at++) mean[at % size] += right[at] / columns;
    left = unitRows({ size, values: left.map((value, at) => value - mean[at % size]) });
    right = unitRows({ size, values: right.map((value, at) => value - mean[at % size]) });
  }
  const values = new Float32Array(rows * columns);
  for (let t = 0; t < rows; t++) {
    for (let s = 0; s < columns; s++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += left[t * size + k] * right[s * size + k];
      values[t * columns + s] = sum;
    }
  }
  return values;
}

/** Labels of both sides with their embeddings: row t belongs to target t, row s to source s. */
export interface EmbeddedLabels {
  readonly targets: readonly TargetLabel[];
  readonly sources: LabelSpace;
  readonly targetEmbeddings: Embeddings;
  readonly sourceEmbeddings: Embeddings;
}

/**
 * Compares labels by the embeddings of a text encoder.
 * @param name as written into documents: `clip`, `minilm`
 * @throws {SemapError} `invalid-argument` where the embeddings are not those of the labels
 */
export function comparedByEmbeddings(
  name: string,
  { targets, sources, targetEmbeddings, sourceEmbeddings }: EmbeddedLabels,
  kind: CosineKind = 'centred',
): Comparison {
  const values = cosines(targetEmbeddings, sourceEmbeddings, kind);
  const [rows, columns] = [targets.length, sources.labels.length];
  if (values.length !== rows * columns) {
    throw invalidArgument(
      phrase(
        'The embeddings give {0} similarities; {1} x {2} labels need {3}.',
        values.length,
        rows,
        columns,
        rows * columns,
      ),
    );
  }
  return {
    name,
    rows,
    columns,
    values,
    explain: (t, s) => {
      const row = values.subarray(t * columns, (t + 1) * columns);
      const rank = row.reduce((count, other) => count + (other > row[s] ? 1 : 0), 1);
      return [
        phrase(
          'The text encoder gives "{0}" and "{1}" a cosine of {2}: rank {3} of {4} source labels.',
          targets[t].name,
          sources.labels[s].name,
          row[s].toFixed(2),
          rank,
          columns,
        ),
      ];
    },
  };
}
