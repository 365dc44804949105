import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import { uniformOffsets } from '../../src/core/heads/evidence.ts';
import { WordNet } from '../../src/core/labels/wordnet.ts';
import { fewLabelsMapping } from '../../src/core/mapping/fewLabels.ts';
import { linearMapping } from '../../src/core/mapping/linear.ts';
import { MappingScorer } from '../../src/core/mapping/scoring.ts';
import { semap } from '../../src/core/mapping/semantic.ts';
import { bootstrapInterval } from '../../src/core/metrics/significance.ts';
import { seededRandom, shuffle } from '../../src/core/random.ts';
import { WordNetSimilarity } from '../../src/core/similarity/wordnetSimilarity.ts';
import { describeBackbones } from './describeBackbones.ts';
import { measureTapped } from './settleData.ts';
import { type BenchFolder, half, part, Settling, scenarioImages, scenarios } from './settleFolders.ts';
import { speed } from './settleSpeed.ts';

/*
 * npm run bench:settle [-- --part whole,scenarios,labels,many,wrong --seeds 3 --cache DIR --sets a,b --backbones a,b]
 * npm run bench:settle -- --speed 10000,100000
 *
 * What settling a folder is worth, without labels and with a few, on real images and backbones; needs the build and the
 * test data. Outputs are kept in --cache, so only the first run takes minutes. Brackets are 95% bootstrap intervals
 * over the images of each folder; what is drawn at random is drawn --seeds times from seeds 0, 1, ... Columns with a sign
 * are differences from the plain answers of the same images.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');

const FIRST = ['squeezenet1.1', 'mobilenetv2'];
const OTHERS = [
  'mobilenetv3-small',
  'mobilenetv1-0.25-128',
  'mobilenetv2-qdq',
  'squeezenet-int8-nhwc',
  'starter',
];
const KNOWN = ['cifar10', 'pacs-photo', 'caltech101'];
const COUNTS = [5, 10, 20, 50];

const { values: options } = parseArgs({
  options: {
    part: { type: 'string', default: 'whole,scenarios,labels,many,wrong' },
    seeds: { type: 'string', default: '3' },
    cache: { type: 'string', default: path.join(root, 'out/bench/outputs') },
    sets: { type: 'string' },
    backbones: { type: 'string' },
    speed: { type: 'string' },
  },
});
const seeds = Array.from({ length: Number(options.seeds) }, (_, seed) => seed);

const similarity = () =>
  new WordNetSimilarity(
    new WordNet(brotliDecompressSync(readFileSync(path.join(root, 'dist/models/wordnet.bin')))),
  );

const wordnet = similarity();
const names = options.speed ? [] : [...FIRST, ...OTHERS];
const described = new Map((await describeBackbones(names)).map((backbone, at) => [names[at], backbone]));
const folders = new Map<string, BenchFolder>();

async function folderOf(set: string, name: string): Promise<BenchFolder> {
  const key = `${set} ${name}`;
  const known = folders.get(key);
  if (known) return known;
  const backbone = described.get(name);
  if (!backbone) throw new Error(`${name} is not among the backbones.`);
  const { classes, truths, logits, features } = await measureTapped(
    path.join(data, 'images', set),
    backbone,
    options.cache,
  );
  const targets = classes.map((label) => ({ name: label }));
  const mapping = semap(wordnet.compare(targets, backbone.labelSpace));
  const scores = new MappingScorer(mapping).score(logits);
  const folder = {
    set,
    backbone: name,
    truths,
    targetCount: classes.length,
    mapping,
    scores,
    logits,
    features,
  };
  folders.set(key, folder);
  return folder;
}

async function cells(sets: readonly string[], backbones: readonly string[]): Promise<BenchFolder[]> {
  const out: BenchFolder[] = [];
  for (const set of options.sets?.split(',') ?? sets) {
    for (const backbone of options.backbones?.split(',') ?? backbones)
      out.push(await folderOf(set, backbone));
  }
  return out;
}

type Hits = Float64Array;

const figure = (value: number) => (100 * value).toFixed(1);
function accuracy(groups: readonly Hits[]): string {
  const { mean, low, high } = bootstrapInterval(groups);
  return `${figure(mean)} [${figure(low)}, ${figure(high)}]`.padEnd(20);
}
function gain(groups: readonly Hits[], plain: readonly Hits[]): string {
  const { mean, low, high } = bootstrapInterval(
    groups.map((hits, i) => hits.map((hit, k) => hit - plain[i][k])),
  );
  const signed = (value: number) => `${value > 0 ? '+' : ''}${figure(value)}`;
  return `${signed(mean)} [${signed(low)}, ${signed(high)}]`.padEnd(20);
}
const mean = (hits: Hits) => hits.reduce((sum, hit) => sum + hit, 0) / hits.length;
/** Per image the mean over draws, each of the same images. */
const averaged = (draws: readonly Hits[]): Hits =>
  draws[0].map((_, i) => draws.reduce((sum, hits) => sum + hits[i], 0) / draws.length);

function matched({ scores, targetCount: T }: BenchFolder): Float32Array {
  const finite = scores.map((score) => Math.max(-1e4, score));
  const offsets = uniformOffsets(finite, T);
  return finite.map((score, at) => score + offsets[at % T]);
}

interface Unlabelled {
  readonly plain: Hits;
  readonly prior: Hits;
  readonly settled: Hits;
  readonly balanced: Hits;
  readonly evidence: number;
}

async function unlabelled(folder: BenchFolder): Promise<Unlabelled> {
  const settling = new Settling(folder);
  const settled = await settling.scores();
  const balanced = await settling.scores([], undefined, true);
  return {
    plain: settling.hits(folder.scores),
    prior: settling.hits(matched(folder)),
    settled: settling.hits(settled.scores),
    balanced: settling.hits(balanced.scores),
    evidence: settled.evidence,
  };
}

const HEADER = `${'default'.padEnd(20)}${'prior matching'.padEnd(20)}${'settled'.padEnd(20)}balanced`;
function line(name: string, results: readonly Unlabelled[]): void {
  const of = (which: 'plain' | 'prior' | 'settled' | 'balanced') => results.map((one) => one[which]);
  const plain = of('plain');
  const gains = (['prior', 'settled', 'balanced'] as const).map((which) => gain(of(which), plain));
  console.log(`${name.padEnd(44)}${accuracy(plain)}${gains.join('')}`);
}

async function whole(): Promise<void> {
  console.log(`\nWhole folders\n${''.padEnd(44)}${HEADER}`);
  const groups: [string, BenchFolder[]][] = [
    [`known sets, ${FIRST.length} backbones`, await cells(KNOWN, FIRST)],
    ['known sets, other backbones', await cells(KNOWN, OTHERS)],
    ['pacs-cartoon, all backbones', await cells(['pacs-cartoon'], [...FIRST, ...OTHERS])],
    ['eurosat, asl-digits, all backbones', await cells(['eurosat', 'asl-digits'], [...FIRST, ...OTHERS])],
  ];
  for (const [name, list] of groups) {
    const results: Unlabelled[] = [];
    for (const folder of list) results.push(await unlabelled(folder));
    line(name, results);
    for (const [i, folder] of list.entries()) {
      const { plain, prior, settled, balanced, evidence } = results[i];
      const each = [plain, prior, settled, balanced].map((hits) => figure(mean(hits)).padStart(6)).join('');
      console.log(`    ${`${folder.set} ${folder.backbone}`.padEnd(36)}${each}   e ${evidence.toFixed(2)}`);
    }
  }
}

async function scenarioTable(): Promise<void> {
  for (const [name, sets] of [
    ['known sets', KNOWN],
    ['eurosat, asl-digits', ['eurosat', 'asl-digits']],
  ] as const) {
    console.log(`\nScenarios, ${name}, all backbones, seeds ${seeds.join(', ')}\n${''.padEnd(44)}${HEADER}`);
    for (const scenario of scenarios) {
      const results: Unlabelled[] = [];
      for (const folder of await cells(sets, [...FIRST, ...OTHERS])) {
        for (const seed of seeds) {
          results.push(await unlabelled(part(folder, scenarioImages(folder, scenario, seed))));
        }
      }
      line(scenario, results);
    }
  }
}

/** Today's mapping of few labels, and a linear probe. */
async function learned(
  folder: BenchFolder,
  images: readonly number[],
  features: boolean,
): Promise<Float32Array> {
  const { truths, logits, mapping, targetCount } = part(folder, images);
  if (!features) {
    const outputs = { logits, truths, sourceCount: mapping.sourceCount, targetCount };
    return new MappingScorer(await fewLabelsMapping(mapping, outputs)).score(folder.logits);
  }
  const sourceCount = folder.features.length / folder.truths.length;
  const outputs = { logits: part(folder, images).features, truths, sourceCount, targetCount };
  return new MappingScorer(linearMapping(outputs)).score(folder.features);
}

async function labels(): Promise<void> {
  const list = await cells(['cifar10', 'pacs-photo', 'eurosat'], [...FIRST, ...OTHERS.slice(0, 2)]);
  await labelTable('cifar10, pacs-photo, eurosat, four backbones', list);
  await labelTable(
    'eurosat alone',
    list.filter(({ set }) => set === 'eurosat'),
  );
  const others = await cells(['cifar10', 'pacs-photo', 'eurosat'], OTHERS.slice(2));
  await labelTable('the same sets, three other backbones', others);
}

const LABELLED = [
  'SeMap + labels',
  'linear probe',
  'settled, random',
  'settled, proposed',
  'the same, all others',
];

interface Taught {
  readonly plain: Hits;
  /** By line of {@link LABELLED} and count. */
  readonly lines: readonly (readonly Hits[])[];
}

const taught = new Map<BenchFolder, Promise<Taught>>();

function teach(folder: BenchFolder, counts: readonly number[]): Promise<Taught> {
  const known = taught.get(folder) ?? taughtAnew(folder, counts);
  taught.set(folder, known);
  return known;
}

async function taughtAnew(folder: BenchFolder, counts: readonly number[]): Promise<Taught> {
  const settling = new Settling(folder);
  const pool = half(folder, false);
  const others = half(folder, true);
  const all = [...folder.truths.keys()];
  const asked = await settling.proposed(Math.max(...counts), pool);
  const askedOfAll = await settling.proposed(Math.max(...counts), all);
  const lines: Hits[][] = LABELLED.map(() => []);
  for (const count of counts) {
    const drawn: Hits[][] = [[], [], []];
    for (const seed of seeds) {
      const images = shuffle([...pool], seededRandom(seed + 1)).slice(0, count);
      drawn[0].push(settling.hits(await learned(folder, images, false), others));
      drawn[1].push(settling.hits(await learned(folder, images, true), others));
      drawn[2].push(settling.hits((await settling.scores(images)).scores, others));
    }
    for (const [m, hits] of drawn.entries()) lines[m].push(averaged(hits));
    lines[3].push(settling.hits((await settling.scores(asked.slice(0, count))).scores, others));
    const known = new Set(askedOfAll.slice(0, count));
    const rest = all.filter((image) => !known.has(image));
    lines[4].push(settling.hits((await settling.scores([...known])).scores, rest));
  }
  return { plain: settling.hits(folder.scores, others), lines };
}

async function labelTable(title: string, list: readonly BenchFolder[], counts = COUNTS): Promise<void> {
  if (list.length === 0) return;
  const results: Taught[] = [];
  for (const folder of list) results.push(await teach(folder, counts));
  const head = counts.map((count) => `${count} labels`.padEnd(20)).join('');
  console.log(
    `\nLabels: ${title}; seeds ${seeds.join(', ')}; default ${accuracy(results.map(({ plain }) => plain)).trim()}\n` +
      'Labels are those of images of one half, the others are measured; last line: of any images, all others are.\n' +
      `${''.padEnd(28)}${head}`,
  );
  LABELLED.forEach((name, m) => {
    const groups = counts.map((_, k) => accuracy(results.map(({ lines }) => lines[m][k])));
    console.log(`${name.padEnd(28)}${groups.join('')}`);
  });
  for (const [c, { plain, lines }] of results.entries()) {
    const each = lines[3].map((hits) => figure(mean(hits)).padStart(6)).join('');
    const name = `${list[c].set} ${list[c].backbone}`;
    console.log(`    ${name.padEnd(36)}${figure(mean(plain)).padStart(6)} ->${each}`);
  }
}

async function many(): Promise<void> {
  await labelTable(
    'caltech101 (102 targets), all backbones',
    await cells(['caltech101'], [...FIRST, ...OTHERS]),
    [20, 50, 100, 200],
  );
}

async function wrong(): Promise<void> {
  const list = await cells(['cifar10', 'pacs-photo', 'eurosat'], [...FIRST, ...OTHERS.slice(0, 2)]);
  const amiss = [0, 1, 2, 4];
  const rows = amiss.map(() => [] as Hits[]);
  for (const folder of list) {
    const settling = new Settling(folder);
    const others = half(folder, true);
    const images = await settling.proposed(20, half(folder, false));
    for (const [k, count] of amiss.entries()) {
      const drawn: Hits[] = [];
      for (const seed of seeds) {
        const random = seededRandom(seed + 1);
        const given = images.map((image) => folder.truths[image]);
        for (const at of shuffle([...images.keys()], random).slice(0, count)) {
          const step = 1 + Math.floor(random() * (folder.targetCount - 1));
          given[at] = (given[at] + step) % folder.targetCount;
        }
        drawn.push(settling.hits((await settling.scores(images, given)).scores, others));
      }
      rows[k].push(averaged(drawn));
    }
  }
  console.log(`\nWrong ones among 20 proposed labels (12 folders, seeds ${seeds.join(', ')})`);
  amiss.forEach((count, k) => {
    console.log(`${String(count).padEnd(28)}${accuracy(rows[k])}`);
  });
}

if (options.speed) {
  for (const count of options.speed.split(',')) await speed(Number(count));
} else {
  const parts = { whole, scenarios: scenarioTable, labels, many, wrong };
  for (const name of options.part.split(',')) {
    const run = (parts as Record<string, (() => Promise<void>) | undefined>)[name];
    if (!run) throw new Error(`No part is called ${name}: ${Object.keys(parts).join(', ')}.`);
    await run();
  }
}
