import type { FeatureKind } from '../heads/features.ts';
import type { Head } from '../heads/head.ts';
import type { LinearTerms } from '../heads/headFile.ts';
import { SHARPNESS } from '../heads/settle.ts';
import { DEPTH, type MixtureTerms } from '../heads/terms.ts';
import type { Sketch } from './sketch.ts';

/** What a head is given, as values. */
export interface HeadValues {
  /** Logits [N, S] or penultimate features [N, D], whichever it reads. */
  readonly read: string;
  /** Scores of the mapping [N, T]; any finite number where a target has none. */
  readonly mapped: string;
  /** Per target whether the mapping scores it. */
  readonly carried: readonly boolean[];
}

/** Shortest rows, as `evenOut` and `normalise` have them. */
const LEAST_NORM = 1e-12;
const NO_LENGTH = 1e-6;

/** Scores [N, T] of a head, as `Head.score` gives them; those of targets that it does not know are any finite number. */
export function headScores(s: Sketch, { terms, rows }: Head, values: HeadValues): string {
  return 'projection' in terms ? byTerms(s, terms, rows, values) : byLayer(s, terms, rows, values);
}

/** Per target whether a head can answer with it. @param carried by the mapping */
export function knownTargets({ terms, rows }: Head, carried: readonly boolean[]): boolean[] {
  const falls = 'projection' in terms && terms.trust !== 0;
  // A score that the mapping lacks counts as the floor.
  return carried.map((_, t) => rows[t] >= 0 || falls);
}

/** Rows of [known, width] in the order of the targets, turned: [width, T]; zeros where a target is not known. */
function turned(matrix: Float32Array, width: number, rows: Int32Array): Float32Array {
  const T = rows.length;
  const out = new Float32Array(width * T);
  for (let t = 0; t < T; t++)
    if (rows[t] >= 0) for (let k = 0; k < width; k++) out[k * T + t] = matrix[rows[t] * width + k];
  return out;
}

function product(s: Sketch, values: string, matrix: Float32Array, width: number, rows: Int32Array): string {
  return s.op('MatMul', [values, s.floats(turned(matrix, width, rows), [width, rows.length])]);
}

function byLayer(
  s: Sketch,
  { width, weights, bias }: LinearTerms,
  rows: Int32Array,
  { read }: HeadValues,
): string {
  const T = rows.length;
  const biases = Float32Array.from(rows, (row) => (row >= 0 ? bias[row] : 0));
  return s.op('Add', [product(s, read, weights, width, rows), s.floats(biases, [1, T])]);
}

function byTerms(s: Sketch, terms: MixtureTerms, rows: Int32Array, values: HeadValues): string {
  const { projection, residual, mixing, evidence, trust, bias, weights, offsets, floor } = terms;
  const { mean, directions, kind } = projection;
  const T = rows.length;
  const width = mean.length;
  const d = directions.length / width;
  const centred = s.op('Sub', [evenedOut(s, values.read, kind), s.floats(mean, [1, width])]);
  const sums: string[] = [];
  if (trust !== 0) {
    const isCarried = s.bools(values.carried, [1, T]);
    const mapped = values.carried.every(Boolean)
      ? values.mapped
      : s.op('Where', [isCarried, values.mapped, s.float(floor)]);
    const least = s.op('Sub', [s.reduce('ReduceMax', mapped, [1]), s.float(DEPTH)]);
    sums.push(s.op('Mul', [s.op('Max', [mapped, least]), s.float(trust)]));
  }
  if (residual) sums.push(product(s, normalised(s, centred), residual, width, rows));
  if (mixing) {
    const mixed = mixedIn(s, mixing, terms.targetCount, rows, values);
    if (mixed) sums.push(mixed);
  }
  if (evidence > 0 && d > 0) {
    const turnedDirections = new Float32Array(directions.length);
    for (let k = 0; k < d; k++)
      for (let w = 0; w < width; w++) turnedDirections[w * d + k] = directions[k * width + w];
    const projected = normalised(s, s.op('MatMul', [centred, s.floats(turnedDirections, [width, d])]));
    sums.push(
      product(
        s,
        projected,
        weights.map((weight) => evidence * weight),
        d,
        rows,
      ),
    );
  }
  const added = Float32Array.from(rows, (row) => (row < 0 ? 0 : bias[row] + evidence * offsets[row]));
  sums.push(s.floats(added, [1, T]));
  const scores = sums.reduce((a, b) => s.op('Add', [a, b]));
  // Heads of labels alone may have no part that an image changes; then every image gets the same.
  return evidence > 0 ? s.op('Div', [scores, s.float(SHARPNESS)]) : scores;
}

/** What the mapping's probabilities of the known targets add. */
function mixedIn(
  s: Sketch,
  mixing: Float32Array,
  known: number,
  rows: Int32Array,
  { mapped, carried }: HeadValues,
): string | undefined {
  const T = rows.length;
  const some = [...rows.keys()].filter((t) => rows[t] >= 0 && carried[t]);
  if (some.length === 0) return undefined;
  const shares = s.op('Softmax', [some.length === T ? mapped : s.gather(mapped, some, 1)], { axis: 1 });
  const matrix = new Float32Array(some.length * T);
  for (const [at, from] of some.entries())
    for (let t = 0; t < T; t++) if (rows[t] >= 0) matrix[at * T + t] = mixing[rows[t] * known + rows[from]];
  return s.op('MatMul', [shares, s.floats(matrix, [some.length, T])]);
}

/** See `evenOut`. */
function evenedOut(s: Sketch, read: string, kind: FeatureKind): string {
  const even =
    kind === 'logits'
      ? s.op('Sub', [read, s.reduce('ReduceMean', read, [1])])
      : s.op('Mul', [s.op('Sign', [read]), s.op('Sqrt', [s.op('Abs', [read])])]);
  return s.op('Div', [even, s.op('Max', [norm(s, even), s.float(LEAST_NORM)])]);
}

/** See `normalise`. */
function normalised(s: Sketch, rows: string): string {
  const length = norm(s, rows);
  const isLong = s.op('Greater', [length, s.float(NO_LENGTH)]);
  const scale = s.op('Where', [
    isLong,
    s.op('Div', [s.float(1), s.op('Max', [length, s.float(NO_LENGTH)])]),
    s.float(0),
  ]);
  return s.op('Mul', [rows, scale]);
}

function norm(s: Sketch, rows: string): string {
  return s.op('Sqrt', [s.reduce('ReduceSum', s.op('Mul', [rows, rows]), [1])]);
}

/** Features of several backbones in one row, see `joinFeatures`. */
export function joinedFeatures(s: Sketch, features: readonly string[]): string {
  const scaled = features.map((one) => {
    const sum = s.reduce('ReduceSum', s.op('Abs', [one]), [1]);
    return s.op('Div', [one, s.op('Max', [sum, s.float(1e-30)])]);
  });
  return s.op('Concat', scaled, { axis: 1 });
}

/** Outputs of several backbones in one row, see `joinRows`. */
export function joinedRows(s: Sketch, logits: readonly string[]): string {
  const less = s.float(Math.log(logits.length));
  const rows = logits.map((one) => s.op('Sub', [s.op('LogSoftmax', [one], { axis: 1 }), less]));
  return s.op('Concat', rows, { axis: 1 });
}
