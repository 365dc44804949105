/**
 * What a backbone's scores are. Probabilities become logits as log p; `sigmoid` are probabilities of each label for itself
 * (multi-label), which become ln p / (1 - p).
 */
export const OUTPUT_KINDS = ['logits', 'probabilities', 'sigmoid'] as const;
export type OutputKind = (typeof OUTPUT_KINDS)[number];

/** Where a graph has its class scores, and how they are read. */
export interface ScoreReading {
  /** A graph output, or a value inside the graph. */
  readonly outputName: string;
  readonly output: OutputKind;
  /** It is no output of the graph: loading makes it one. */
  readonly inner?: true | undefined;
  /** What is at `outputName` comes before the sigmoid, and is logits already. */
  readonly cut?: true | undefined;
  /** Images come after the classes: [S, N]. */
  readonly classesFirst?: true | undefined;
  /** One number for each image, which speaks of the second of two labels. The first one's logit is 0. */
  readonly binary?: true | undefined;
}

/** What the values are that a run gives. */
export function givenKind({ output, cut }: Pick<ScoreReading, 'output' | 'cut'>): OutputKind {
  return cut ? 'logits' : output;
}

/** The smallest probability that is told apart from zero; keeps log p finite. */
export const LEAST_PROBABILITY = 1e-30;
/** The largest below one in float32. */
export const MOST_PROBABILITY = 1 - 2 ** -24;

/** Rounding of quantized probabilities. */
const SLACK = 2e-3;

/** How values of a run become logits. */
export interface RowForm extends Pick<ScoreReading, 'classesFirst' | 'binary'> {
  /** Undefined = the values as they are. */
  readonly kind: OutputKind | undefined;
}

/**
 * Logits [n, S] of what a run gave for a batch. What is no probability where it should be one becomes -Infinity; NaN stays.
 * @param values of the whole batch, row-major; may be changed
 * @param count n, at most `batch`; the rest was filled up
 */
export function scoreRows(
  values: Float32Array,
  batch: number,
  count: number,
  { kind, classesFirst, binary }: RowForm,
): Float32Array {
  const size = values.length / batch;
  // A copy of its own: what is handed over must not be onnxruntime's memory.
  const rows = classesFirst && batch > 1 ? turned(values, batch, count) : values.slice(0, size * count);
  if (kind === 'probabilities' && !binary) logarithms(rows);
  else if (kind === 'sigmoid' || kind === 'probabilities') oddsOf(rows);
  return binary ? bothOf(rows) : rows;
}

function turned(values: Float32Array, batch: number, count: number): Float32Array {
  const size = values.length / batch;
  const rows = new Float32Array(size * count);
  for (let i = 0; i < count; i++) for (let s = 0; s < size; s++) rows[i * size + s] = values[s * batch + i];
  return rows;
}

function logarithms(rows: Float32Array): void {
  for (let i = 0; i < rows.length; i++) {
    rows[i] = rows[i] < -1e-3 ? Number.NEGATIVE_INFINITY : Math.log(Math.max(rows[i], LEAST_PROBABILITY));
  }
}

/** ln p / (1 - p). */
function oddsOf(rows: Float32Array): void {
  for (let i = 0; i < rows.length; i++) {
    const p = Math.min(Math.max(rows[i], LEAST_PROBABILITY), MOST_PROBABILITY);
    rows[i] =
      rows[i] < -SLACK || rows[i] > 1 + SLACK ? Number.NEGATIVE_INFINITY : Math.log(p) - Math.log1p(-p);
  }
}

/** The logits of two labels, of which the second has these: a softmax over them gives its probability. */
function bothOf(rows: Float32Array): Float32Array {
  const both = new Float32Array(rows.length * 2);
  for (let i = 0; i < rows.length; i++) both[2 * i + 1] = rows[i];
  return both;
}
