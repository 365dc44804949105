import { existsSync, readFileSync } from 'node:fs';
import { seededRandom } from '../../src/core/random.ts';

/** A line of a file of results: one training, chosen by its validation images and measured once on images held out. */
export interface TrainingResult {
  /** Of its settings. */
  readonly name: string;
  readonly backbone: string;
  readonly set: string;
  readonly seed: number;
  /** To learn from, to choose the epoch by, held out. */
  readonly images: readonly [number, number, number];
  readonly best: { readonly epoch: number; readonly valAccuracy: number };
  /** Held out, in [0, 1]. */
  readonly test: number;
  /** Kind, and accuracy on validation and on held-out images. */
  readonly baselines: readonly (readonly [string, number | null, number | null])[];
  readonly seconds: number;
}

/** What a result is of, which no file has twice. */
export function keyOf({
  name,
  backbone,
  set,
  seed,
}: Pick<TrainingResult, 'name' | 'backbone' | 'set' | 'seed'>): string {
  return [name, backbone, set, seed].join(' ');
}

/** Results of files, also of several machines; of equal keys the first counts. */
export function readResults(files: readonly string[]): TrainingResult[] {
  const found = new Map<string, TrainingResult>();
  for (const file of files.filter((one) => existsSync(one))) {
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const result = JSON.parse(line) as TrainingResult;
      if (!found.has(keyOf(result))) found.set(keyOf(result), result);
    }
  }
  return [...found.values()];
}

const BASELINES = ['zero-shot', 'mapping-only', 'linear-mapping', 'linear-probe'] as const;

/** Accuracies by name of what has them, and by run (backbone, set, seed). */
type Accuracies = Map<string, Map<string, number>>;

function accuraciesOf(results: readonly TrainingResult[], part: 'validation' | 'held out'): Accuracies {
  const all: Accuracies = new Map();
  const put = (name: string, run: string, accuracy: number | null) => {
    if (accuracy === null) return;
    const own = all.get(name) ?? new Map<string, number>();
    all.set(name, own.set(run, accuracy));
  };
  for (const result of results) {
    const { name, backbone, set, seed, best, test, baselines } = result;
    const run = `${backbone} ${set} ${seed}`;
    put(name, run, part === 'validation' ? best.valAccuracy : test);
    for (const [kind, validation, held] of baselines)
      put(kind, run, part === 'validation' ? validation : held);
  }
  return all;
}

const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;

/** Mean accuracy of every way for each backbone and set, over its seeds; `n` says how many where it is not all of them. */
export function accuracyTable(
  results: readonly TrainingResult[],
  names: readonly string[],
  part: 'validation' | 'held out',
): string {
  const all = accuraciesOf(results, part);
  const columns = [...BASELINES, ...names];
  const places = [...new Set(results.map(({ backbone, set }) => `${backbone} ${set}`))].sort();
  const runs = [...new Set(results.map((one) => `${one.backbone} ${one.set} ${one.seed}`))];
  const cell = (column: string, place: string) => {
    const of = runs.filter((run) => run.startsWith(place));
    const values = of.flatMap((run) => all.get(column)?.get(run) ?? []);
    if (values.length === 0) return '-';
    const figure = (100 * mean(values)).toFixed(1);
    return values.length === of.length ? figure : `${figure} (n=${values.length})`;
  };
  const rows = [...places, ''].map((place) => [
    place === '' ? 'mean' : place,
    ...columns.map((column) => cell(column, place)),
  ]);
  const lines = [['', ...columns], ['---', ...columns.map(() => '---:')], ...rows];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/** What one way has over another on the same runs: mean of the paired differences, with its 95% interval. */
export function difference(results: readonly TrainingResult[], way: string, other: string): string {
  const all = accuraciesOf(results, 'held out');
  const [own, theirs] = [way, other].map((name) => all.get(name) ?? new Map<string, number>());
  const differences = [...own].flatMap(([run, accuracy]) => {
    const beside = theirs.get(run);
    return beside === undefined ? [] : [accuracy - beside];
  });
  if (differences.length === 0) return `${way} over ${other}: no runs of both`;
  const [low, high] = bootstrapInterval(differences);
  const points = (value: number) => (100 * value).toFixed(1);
  return `${way} over ${other}: ${points(mean(differences))} points (95% interval ${points(low)} to ${points(high)}, ${differences.length} runs)`;
}

/** 95% interval of a mean: percentiles of 10,000 means of runs drawn with replacement, seed 1. */
function bootstrapInterval(values: readonly number[]): [low: number, high: number] {
  const random = seededRandom(1);
  const draws = Array.from({ length: 10_000 }, () =>
    mean(values.map(() => values[Math.floor(random() * values.length)])),
  ).sort((a, b) => a - b);
  return [draws[250], draws[9749]];
}
