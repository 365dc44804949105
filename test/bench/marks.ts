import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import { documentOf } from '../../src/core/alignments/alignmentBuilding.ts';
import { qualityOfRecall, recallOfMark } from '../../src/core/alignments/expectedQuality.ts';
import { expectedRecalls, type RecallSigns, recallSigns } from '../../src/core/alignments/expectedRecall.ts';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { accuracyByLabels } from '../../src/core/estimates/byLabels.ts';
import type { ExpectedAccuracy } from '../../src/core/estimates/expectedAccuracy.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import { logistic, logit } from '../../src/core/logistic.ts';
import { argmax, MappingScorer } from '../../src/core/mapping/scoring.ts';
import { semap } from '../../src/core/mapping/semantic.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';
import { describeBackbones } from './describeBackbones.ts';
import { measure } from './mappingData.ts';

/*
 * npm run bench:marks [-- --backbones a,b --data FOLDER ... --kinds FILE]
 *
 * How often marks are right: expected recalls against those that are seen, by mark, kind of set and backbone, and expected
 * accuracies of whole sets. Then the weights of the marks fitted anew: on one half of the sets, tried on the other, and on
 * all. --data names further folders of sets (class folders in a folder named after the set); --kinds is a JSON object from
 * set names to kinds, of which each half gets its share. Needs the build (dist/) and the test data.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');

/** Sets of the test data whose classes are labels; imagenette's are source labels. */
const SETS: Readonly<Record<string, string>> = {
  cifar10: 'objects',
  'pacs-photo': 'objects',
  'pacs-cartoon': 'drawings',
  caltech101: 'objects',
  eurosat: 'scenes',
  'asl-digits': 'signs',
};
const MARKS = Object.keys(recallOfMark);

/** A label on a backbone. */
interface Row {
  readonly set: string;
  readonly kind: string;
  readonly backbone: string;
  readonly signs: RecallSigns | number;
  readonly expected: number;
  readonly seen: number;
  /** So that a set of 100 labels does not decide alone. */
  readonly weight: number;
}

/** A set on a backbone. */
interface WholeSet extends ExpectedAccuracy {
  readonly seen: number;
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      backbones: { type: 'string', default: 'mobilenetv2,squeezenet1.1,mobilenetv3-small' },
      data: { type: 'string', multiple: true, default: [] },
      kinds: { type: 'string' },
    },
  });
  const kinds = options.kinds ? JSON.parse(readFileSync(options.kinds, 'utf8')) : {};
  const folders = [
    ...Object.keys(SETS).map((name) => path.join(data, 'images', name)),
    ...options.data.flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name))),
  ];
  const bytes = brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin')));
  const similarity = new WordNetSimilarity(new WordNet(bytes));
  const rows: Row[] = [];
  const sets: WholeSet[] = [];
  for (const backbone of await describeBackbones(options.backbones.split(',')))
    for (const folder of folders) {
      const name = path.basename(folder);
      const kind = SETS[name] ?? kinds[name] ?? 'other';
      const one = await measuredRows(folder, kind, backbone, similarity);
      rows.push(...one.rows);
      sets.push(one.whole);
    }
  const expected = ({ expected: recall }: Row) => recall;
  print('by kind', rows, ({ kind }) => kind, expected);
  print('by backbone', rows, ({ backbone }) => backbone, expected);
  const tried = new Map(halves(rows).flatMap(([one, other]) => triedOn(other, fitted(one))));
  print(
    'fitted on one half of the sets, tried on the other',
    rows,
    ({ kind }) => kind,
    (row) => tried.get(row)!,
  );
  wholeSets(sets);
  console.log(
    '\nFitted on all:',
    JSON.stringify(fitted(rows), (_, value) => (typeof value === 'number' ? round(value) : value)),
  );
}

async function measuredRows(
  folder: string,
  kind: string,
  backbone: BackboneDescription,
  similarity: WordNetSimilarity,
): Promise<{ readonly rows: readonly Row[]; readonly whole: WholeSet }> {
  const {
    name: set,
    classes,
    truths,
    logits,
  } = await measure(folder, backbone, path.join(root, 'out/bench/outputs'));
  const { labelSpace } = backbone;
  const targets = classes.map((name) => ({ name }));
  const matrix = similarity.compare(targets, labelSpace);
  const mapping = semap(matrix);
  const method = { name: 'semap', similarity: 'wordnet' } as const;
  const document = documentOf({ targets, labelSpace, backbone, method, mapping, similarity: matrix });
  const T = classes.length;
  const scores = new MappingScorer(mapping).score(logits);
  const expected = expectedRecalls(document);
  const signs = recallSigns(document);
  const right = truths.map((truth, i) => argmax(scores, i * T, T) === truth);
  const seenOf = (own: readonly number[]) => own.filter((i) => right[i]).length / own.length;
  const rows = classes.map((_, t) => ({
    set,
    kind,
    backbone: backbone.name,
    signs: signs[t],
    expected: expected[t],
    seen: seenOf([...truths.keys()].filter((i) => truths[i] === t)),
    weight: 1 / Math.sqrt(T),
  }));
  return { rows, whole: { ...accuracyByLabels(document.targets), seen: seenOf([...truths.keys()]) } };
}

/** Every second set, a kind after the other, and the others; both ways. */
function halves(rows: readonly Row[]): [Row[], Row[]][] {
  const sets = [...new Set(rows.toSorted((a, b) => (a.kind < b.kind ? -1 : 1)).map(({ set }) => set))];
  const [one, other] = [0, 1].map((half) => rows.filter(({ set }) => sets.indexOf(set) % 2 === half));
  return [
    [one, other],
    [other, one],
  ];
}

/** Weights of the two models, in the order of {@link features}. */
interface Fitted {
  readonly named: readonly number[];
  readonly other: readonly number[];
}

const features = ({ named, win, own, best }: RecallSigns) => (named ? [1, win, own, best] : [1, win, best]);

function fitted(rows: readonly Row[]): Fitted {
  const of = (named: boolean) =>
    regression(
      rows.flatMap(({ signs, seen, weight }) =>
        typeof signs === 'number' || signs.named !== named ? [] : [{ x: features(signs), y: seen, weight }],
      ),
    );
  return { named: of(true), other: of(false) };
}

function triedOn(rows: readonly Row[], weights: Fitted): [Row, number][] {
  return rows.map((row) => {
    if (typeof row.signs === 'number') return [row, row.signs];
    return [row, logistic(dot(features(row.signs), row.signs.named ? weights.named : weights.other))];
  });
}

/** Logistic regression on shares by gradient steps, drawn towards 0 but for its bias. */
function regression(
  points: readonly { readonly x: readonly number[]; readonly y: number; readonly weight: number }[],
): number[] {
  const mean = points.reduce((sum, { weight }) => sum + weight, 0) / points.length;
  let weights = points[0].x.map(() => 0);
  for (let step = 0; step < 20_000; step++) {
    const gradient = weights.map((value, k) => (k === 0 ? 0 : PULL * value));
    for (const { x, y, weight } of points) {
      const error = ((logistic(dot(x, weights)) - y) * weight) / mean;
      for (let k = 0; k < x.length; k++) gradient[k] += error * x[k];
    }
    weights = weights.map((value, k) => value - gradient[k] / points.length);
  }
  return weights;
}
const PULL = 0.3;

const dot = (a: readonly number[], b: readonly number[]) =>
  a.reduce((sum, value, k) => sum + value * b[k], 0);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const round = (value: number) => Math.round(value * 100) / 100;

/** Expected and seen recalls in percent, and how many labels, by group and mark. */
function print(
  title: string,
  rows: readonly Row[],
  group: (row: Row) => string,
  expected: (row: Row) => number,
): void {
  console.log(`\n${title}: expected / seen recall in percent (labels)`);
  console.log(''.padEnd(22) + [...MARKS, 'all'].map((mark) => mark.padEnd(16)).join(''));
  const line = (name: string, own: readonly Row[]) => {
    const cells = [...MARKS, 'all'].map((mark) => {
      const part = own.filter((row) => mark === 'all' || qualityOfRecall(expected(row)) === mark);
      if (part.length === 0) return '';
      const percent = (of: (row: Row) => number) => (100 * mean(part.map(of))).toFixed(0).padStart(3);
      return `${percent(expected)} / ${percent(({ seen }) => seen)} (${part.length})`;
    });
    console.log(name.padEnd(22) + cells.map((cell) => cell.padEnd(16)).join(''));
  };
  for (const name of [...new Set(rows.map(group))].sort())
    line(
      name,
      rows.filter((row) => group(row) === name),
    );
  line('all', rows);
}

/** What is expected of whole sets by their labels alone: how far it is off, and how often within its range. */
function wholeSets(sets: readonly WholeSet[]): void {
  const gaps = sets
    .map(({ accuracy, seen }) => Math.abs(logit(seen, LEAST) - logit(accuracy, LEAST)))
    .sort((a, b) => a - b);
  const off = mean(sets.map(({ accuracy, seen }) => Math.abs(accuracy - seen)));
  const within = mean(sets.map(({ low, high, seen }) => (seen >= low && seen <= high ? 1 : 0)));
  console.log(
    `\nWhole sets (${sets.length}): off by ${round(100 * off)} on the mean; ${round(100 * within)}% within their range;` +
      ` four of five within ${round(gaps[Math.floor(0.8 * gaps.length)])} of the logit`,
  );
}

/** As the product keeps shares from being certain. */
const LEAST = 0.01;

await main();
