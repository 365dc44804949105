import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { uniformOffsets } from '../../src/core/heads/evidence.ts';
import { scoreFloor } from '../../src/core/heads/terms.ts';
import type { LabelSpace } from '../../src/core/labels/labelSpace.ts';
import { plainText } from '../../src/core/labels/labelText.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import { bayesianMapping, bayesianPlusMapping } from '../../src/core/mapping/bayesian.ts';
import { fewLabelsMapping } from '../../src/core/mapping/fewLabels.ts';
import { frequencyMapping } from '../../src/core/mapping/frequency.ts';
import type { LabelledOutputs } from '../../src/core/mapping/labelledOutputs.ts';
import { linearMapping } from '../../src/core/mapping/linear.ts';
import type { Aggregation, Mapping } from '../../src/core/mapping/mapping.ts';
import { learnedMapping } from '../../src/core/mapping/methods.ts';
import { argmax, MappingScorer } from '../../src/core/mapping/scoring.ts';
import {
  conseMapping,
  embeddingOptions,
  randomMapping,
  semap,
  semap1,
  semapK,
} from '../../src/core/mapping/semantic.ts';
import { bootstrapInterval, mcnemarExact } from '../../src/core/metrics/significance.ts';
import { seededRandom, shuffle } from '../../src/core/random.ts';
import { type CosineKind, comparedByEmbeddings } from '../../src/core/similarity/embeddingSimilarity.ts';
import { type Comparison, combined } from '../../src/core/similarity/similarity.ts';
import { comparedBySpelling } from '../../src/core/similarity/strings.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';
import { readNpy } from '../reference/npy.ts';
import { describeBackbones } from './describeBackbones.ts';
import { type MeasuredSet, measure } from './mappingData.ts';

/*
 * npm run bench:mapping [-- --sets a,b --backbones a,b --data FOLDER --out FILE --against FILE]
 *
 * Every mapping with every similarity, on real images and backbones. Needs the build (dist/) and the test data.
 *   all       mean accuracy over sets and backbones on all images, in percent, with a 95% bootstrap interval (images
 *             resampled within each set and backbone)
 *   odd       the same on every second image of each class. What was chosen on images (weights by hand, mappings that
 *             learn from labels) was chosen on the others
 *   p         McNemar's exact test against the first line of the table, over all images of the column that counts
 *             (odd for mappings that learn from labels)
 * Two tables: all classes, and those classes for which there is a CLIP text embedding, as there is of source labels of
 * ImageNet-1k only. Results go to --out as JSON;
 * --against FILE prints what changed since. --data FOLDER is another folder of sets (class folders of images in a folder
 * named after the set), of which all are taken unless --sets names some.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');

const SETS = ['cifar10', 'pacs-photo', 'caltech101'];

/** A mapping by name, from everything that it may use. */
interface Entry {
  readonly name: string;
  /** Learns from the labels of the even images. */
  readonly labelled?: true;
  readonly map: (given: Given) => Mapping | Promise<Mapping>;
}

interface Given {
  readonly set: MeasuredSet;
  readonly S: number;
  readonly wordnet: Comparison;
  readonly strings: Comparison;
  /** CLIP's; only in the second table. */
  readonly clip: Comparison;
  readonly clipPlain: Comparison;
  readonly combined: Comparison;
  /** Outputs of the even images. */
  readonly labelled: LabelledOutputs;
}

const withAggregation = (mapping: Mapping, aggregation: Aggregation) => ({ ...mapping, aggregation });

const entries: readonly Entry[] = [
  { name: 'SeMap, WordNet (default)', map: ({ wordnet }) => semap(wordnet) },
  { name: 'random', map: ({ set, S }) => randomMapping(set.classes.length, S, seededRandom(1)) },
  { name: 'SeMap-1, strings', map: ({ strings }) => semap1(strings) },
  { name: 'SeMap-1, WordNet', map: ({ wordnet }) => semap1(wordnet) },
  { name: 'SeMap-1 one-to-one, WordNet', map: ({ wordnet }) => semap1(wordnet, { shared: false }) },
  { name: 'SeMap-5, WordNet', map: ({ wordnet }) => semapK(wordnet, 5) },
  { name: 'SeMap, WordNet, no offsets', map: ({ wordnet }) => semap(wordnet, { breadth: 0 }) },
  {
    name: 'SeMap, WordNet, alpha 0',
    map: ({ wordnet }) => withAggregation(semap(wordnet), { kind: 'log-mean-exp', alpha: 0 }),
  },
  {
    name: 'SeMap, WordNet, mean logits',
    map: ({ wordnet }) => withAggregation(semap(wordnet), { kind: 'mean-logits' }),
  },
  { name: 'SeMap, WordNet, max', map: ({ wordnet }) => withAggregation(semap(wordnet), { kind: 'max' }) },
  { name: 'SeMap, WordNet, prior matching', map: ({ wordnet, set }) => matched(semap(wordnet), set) },
  {
    name: 'FLM greedy',
    labelled: true,
    map: ({ labelled, wordnet }) => frequencyMapping(labelled, { similarity: wordnet }),
  },
  {
    name: 'FLM Hungarian',
    labelled: true,
    map: ({ labelled, wordnet }) =>
      frequencyMapping(labelled, { assignment: 'hungarian', similarity: wordnet }),
  },
  { name: 'BLM', labelled: true, map: ({ labelled }) => bayesianMapping(labelled) },
  { name: 'BLM+', labelled: true, map: ({ labelled }) => bayesianPlusMapping(labelled) },
  {
    name: 'SeMap + labels',
    labelled: true,
    map: ({ labelled, wordnet }) => fewLabelsMapping(semap(wordnet), labelled),
  },
  { name: 'learned linear', labelled: true, map: ({ labelled }) => linearMapping(labelled) },
];

const clipEntries: readonly Entry[] = [
  { name: 'SeMap (paper): CLIP cosine, top-1', map: ({ clipPlain }) => semap1(clipPlain) },
  { name: 'SeMap-1, CLIP centred', map: ({ clip }) => semap1(clip) },
  { name: 'SeMap-5, CLIP centred', map: ({ clip }) => semapK(clip, 5) },
  { name: 'SeMap, CLIP centred', map: ({ clip }) => semap(clip, embeddingOptions) },
  { name: 'ConSE, CLIP', map: ({ clipPlain }) => conseMapping(clipPlain) },
  { name: 'ConSE, CLIP centred', map: ({ clip }) => conseMapping(clip) },
  { name: 'SeMap-1, WordNet + CLIP', map: ({ combined }) => semap1(combined) },
  { name: 'SeMap, WordNet + CLIP', map: ({ combined }) => semap(combined) },
  {
    name: 'SeMap, WordNet + CLIP, prior matching',
    map: ({ combined, set }) => matched(semap(combined), set),
  },
];

/** With the offsets of prior matching over the images of the set. */
function matched(mapping: Mapping, set: MeasuredSet): Mapping {
  const scores = new MappingScorer(mapping).score(set.logits);
  const floor = scoreFloor(scores);
  const finite = scores.map((score) => (Number.isFinite(score) ? score : floor));
  const offsets = uniformOffsets(finite, set.classes.length);
  return { ...mapping, offsets: [...offsets].map((offset, t) => offset + (mapping.offsets?.[t] ?? 0)) };
}

interface Row {
  readonly name: string;
  /** Percent; null for mappings that have seen the labels of half of the images. */
  readonly all: { mean: number; low: number; high: number } | null;
  readonly odd: { mean: number; low: number; high: number };
  readonly p: number;
  /** Accuracy in percent per set and backbone, on the odd images for mappings that learn from labels. */
  readonly cells: Readonly<Record<string, number>>;
}

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      sets: { type: 'string' },
      backbones: { type: 'string', default: 'squeezenet1.1,mobilenetv2' },
      data: { type: 'string' },
      out: { type: 'string', default: path.join(root, 'out/bench/mapping.json') },
      against: { type: 'string' },
    },
  });
  const bytes = brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin')));
  const similarity = new WordNetSimilarity(new WordNet(bytes));
  const backbones = await describeBackbones(options.backbones.split(','));
  const measured: { set: MeasuredSet; backbone: BackboneDescription }[] = [];
  const folder = options.data ?? path.join(data, 'images');
  const sets = options.sets?.split(',') ?? (options.data ? readdirSync(folder).sort() : SETS);
  for (const name of sets) {
    for (const backbone of backbones) {
      const set = await measure(path.join(folder, name), backbone, path.join(root, 'out/bench/outputs'));
      measured.push({ set, backbone });
    }
  }
  const clip = clipEmbeddings();
  const tables = {
    allClasses: await table(measured, similarity, entries),
    classesWithClip: await table(
      measured
        .filter(({ backbone }) => backbone.labelSpace.name === 'imagenet-1k')
        .map(({ set, backbone }) => ({ set: only(set, clip.has), backbone })),
      similarity,
      [...entries, ...clipEntries],
      clip,
    ),
  };
  for (const [title, rows] of Object.entries(tables))
    if (Object.keys(rows[0].cells).length > 0) print(title, rows);
  await printFewLabels(measured, similarity);
  mkdirSync(path.dirname(options.out), { recursive: true });
  writeFileSync(
    options.out,
    `${JSON.stringify({ sets: sets.join(), backbones: options.backbones, tables }, null, 1)}\n`,
  );
  console.log(`\nWritten to ${path.relative(process.cwd(), options.out)}.`);
  if (options.against) compare(tables, JSON.parse(readFileSync(options.against, 'utf8')).tables);
}

async function table(
  measured: readonly { set: MeasuredSet; backbone: BackboneDescription }[],
  similarity: WordNetSimilarity,
  methods: readonly Entry[],
  clip?: ClipEmbeddings,
): Promise<Row[]> {
  const hits = methods.map(() => [] as { key: string; hits: Uint8Array; odd: boolean[] }[]);
  for (const { set, backbone } of measured) {
    const given = prepare(set, backbone, similarity, clip);
    const odd = oddOnes(set.truths);
    for (const [m, method] of methods.entries()) {
      const scores = new MappingScorer(await method.map(given)).score(set.logits);
      const T = set.classes.length;
      const right = Uint8Array.from(set.truths, (truth, i) => (argmax(scores, i * T, T) === truth ? 1 : 0));
      hits[m].push({ key: `${set.name} ${backbone.name}`, hits: right, odd });
    }
  }
  return methods.map((method, m): Row => {
    const own = hits[m];
    const part = (cell: (typeof own)[number]) => cell.hits.filter((_, i) => cell.odd[i]);
    const counted = (cell: (typeof own)[number]) => (method.labelled ? part(cell) : cell.hits);
    const reference = hits[0].flatMap((cell) => [...counted(cell)]);
    return {
      name: method.name,
      all: method.labelled ? null : percent(own.map((cell) => cell.hits)),
      odd: percent(own.map(part)),
      p: mcnemarExact(
        reference,
        own.flatMap((cell) => [...counted(cell)]),
      ),
      cells: Object.fromEntries(own.map((cell) => [cell.key, percent([counted(cell)]).mean])),
    };
  });
}

function prepare(
  set: MeasuredSet,
  backbone: BackboneDescription,
  similarity: WordNetSimilarity,
  clip?: ClipEmbeddings,
): Given {
  const { labelSpace } = backbone;
  const targets = set.classes.map((name) => ({ name }));
  const S = labelSpace.labels.length;
  const even = oddOnes(set.truths).flatMap((odd, i) => (odd ? [] : [i]));
  const logits = new Float32Array(even.length * S);
  even.forEach((i, k) => {
    logits.set(set.logits.subarray(i * S, (i + 1) * S), k * S);
  });
  const wordnet = similarity.compare(targets, labelSpace);
  const encoder = (kind: CosineKind) =>
    clip?.compare(set.classes, labelSpace, kind) ?? comparedBySpelling(targets, labelSpace);
  return {
    set,
    S,
    wordnet,
    strings: comparedBySpelling(targets, labelSpace),
    clip: encoder('centred'),
    clipPlain: encoder('plain'),
    combined: combined(wordnet, encoder('centred')),
    labelled: { logits, truths: even.map((i) => set.truths[i]), sourceCount: S, targetCount: targets.length },
  };
}

/** Mappings that learn from so many images of each label, in percent on all other images: the mean over sets and backbones. */
async function printFewLabels(
  measured: readonly { set: MeasuredSet; backbone: BackboneDescription }[],
  similarity: WordNetSimilarity,
): Promise<void> {
  const counts = [1, 3, 5, 10];
  const methods = ['semap-labels', 'linear', 'blm+'] as const;
  const means = new Map<string, number[][]>(
    ['semap', ...methods].map((name) => [name, counts.map(() => [])]),
  );
  for (const { set, backbone } of measured) {
    const targets = set.classes.map((name) => ({ name }));
    const comparison = similarity.compare(targets, backbone.labelSpace);
    const semantic = semap(comparison);
    const S = backbone.labelSpace.labels.length;
    const T = targets.length;
    const order = shuffle([...set.truths.keys()], seededRandom(1));
    for (const [at, count] of counts.entries()) {
      const seen = new Array<number>(T).fill(0);
      const learned = new Set(order.filter((i) => ++seen[set.truths[i]] <= count));
      const rest = order.filter((i) => !learned.has(i));
      if (seen.some((images) => images <= count)) continue;
      const rowsOf = (images: readonly number[]) =>
        Float32Array.from(images.flatMap((i) => [...set.logits.subarray(i * S, (i + 1) * S)]));
      const [logits, others] = [rowsOf([...learned]), rowsOf(rest)];
      const outputs = {
        logits,
        truths: [...learned].map((i) => set.truths[i]),
        sourceCount: S,
        targetCount: T,
      };
      for (const [name, lists] of means) {
        const context = { semantic, similarity: comparison, seed: 1, unused: backbone.labelSpace.background };
        const method = methods.find((one) => one === name);
        const mapping = method ? await learnedMapping(method, outputs, context) : semantic;
        const scores = new MappingScorer(mapping).score(others);
        lists[at].push(
          rest.filter((i, row) => argmax(scores, row * T, T) === set.truths[i]).length / rest.length,
        );
      }
    }
  }
  console.log(
    `\nImages of each label to learn from${counts.map((count) => String(count).padStart(8)).join('')}`,
  );
  for (const [name, lists] of means) {
    const cells = lists.map((list) =>
      ((100 * list.reduce((a, b) => a + b, 0)) / list.length).toFixed(1).padStart(8),
    );
    console.log(`${name.padEnd(34)}${cells.join('')}`);
  }
}

/** Every second image of each class. */
function oddOnes(truths: readonly number[]): boolean[] {
  const seen = new Map<number, number>();
  return truths.map((truth) => {
    const count = seen.get(truth) ?? 0;
    seen.set(truth, count + 1);
    return count % 2 === 1;
  });
}

/** The set without the classes that `keep` refuses, images and all. */
function only(set: MeasuredSet, keep: (label: string) => boolean): MeasuredSet {
  const classes = set.classes.filter(keep);
  const images = set.truths.flatMap((truth, i) => (keep(set.classes[truth]) ? [i] : []));
  const S = set.logits.length / set.truths.length;
  const logits = new Float32Array(images.length * S);
  images.forEach((i, k) => {
    logits.set(set.logits.subarray(i * S, (i + 1) * S), k * S);
  });
  const truths = images.map((i) => classes.indexOf(set.classes[set.truths[i]]));
  return { name: set.name, classes, truths, logits };
}

interface ClipEmbeddings {
  readonly has: (label: string) => boolean;
  readonly compare: (labels: readonly string[], sources: LabelSpace, kind: CosineKind) => Comparison;
}

/** CLIP ViT-B/32 text embeddings of ImageNet's classes and of many target names, prompts "a {name}". */
function clipEmbeddings(): ClipEmbeddings {
  const file = (name: string) => path.join(data, 'embeddings', name);
  const sources = readNpy(file('imagenet1k_clip-vit-b32_a-x.npy'));
  const known = readNpy(file('targets_clip-vit-b32_a-x.npy'));
  const names: string[] = JSON.parse(readFileSync(file('targets_clip-vit-b32_a-x.names.json'), 'utf8'));
  const places = new Map(names.map((name, i) => [plainText(name), i]));
  const size = sources.shape[1];
  const placeOf = (label: string) =>
    places.get(plainText(label)) ?? places.get(plainText(label).replace(/s$/, ''));
  return {
    has: (label) => placeOf(label) !== undefined,
    compare: (labels, space, kind) => {
      const values = new Float32Array(labels.length * size);
      labels.forEach((label, t) => {
        const at = placeOf(label)! * size;
        values.set(known.data.subarray(at, at + size), t * size);
      });
      const both = { targetEmbeddings: { size, values }, sourceEmbeddings: { size, values: sources.data } };
      const targets = labels.map((name) => ({ name }));
      return comparedByEmbeddings('clip', { targets, sources: space, ...both }, kind);
    },
  };
}

function percent(groups: readonly Uint8Array[]): { mean: number; low: number; high: number } {
  const { mean, low, high } = bootstrapInterval(groups);
  const round = (share: number) => Math.round(share * 1000) / 10;
  return { mean: round(mean), low: round(low), high: round(high) };
}

function print(title: string, rows: readonly Row[]): void {
  const cells = Object.keys(rows[0].cells);
  console.log(`\n${title}: ${cells.join(', ')}`);
  console.log(
    `${'mapping'.padEnd(40)}${'all'.padEnd(20)}${'odd'.padEnd(20)}${'p'.padEnd(10)}per set and backbone`,
  );
  const interval = (value: Row['all']) =>
    (value ? `${value.mean.toFixed(1)} [${value.low.toFixed(1)}, ${value.high.toFixed(1)}]` : '').padEnd(20);
  for (const { name, all, odd, p, cells: own } of rows) {
    const each = cells.map((cell) => own[cell].toFixed(0).padStart(3)).join(' ');
    console.log(`${name.padEnd(40)}${interval(all)}${interval(odd)}${p.toPrecision(2).padEnd(10)}${each}`);
  }
}

function compare(
  now: Readonly<Record<string, readonly Row[]>>,
  then: Readonly<Record<string, readonly Row[]>>,
): void {
  console.log('\nChanges:');
  for (const [title, rows] of Object.entries(now)) {
    for (const row of rows) {
      const old = then[title]?.find((other) => other.name === row.name);
      const change = old ? row.odd.mean - old.odd.mean : 0;
      if (Math.abs(change) >= 0.1) {
        console.log(
          `  ${title}, ${row.name}: ${old!.odd.mean.toFixed(1)} -> ${row.odd.mean.toFixed(1)} (odd images)`,
        );
      }
    }
  }
}

await main();
