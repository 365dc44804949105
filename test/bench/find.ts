/**
 * How honest a search is, and what it finds. Run with `npm run bench:find`; options:
 *   --set NAME (several)  --backbone NAME (several)  --seed N (several)  --labels N|all (several)  --budget MINUTES
 *   --prompts  --results FILE: a line of JSON for each run; what is there is not run again
 *
 * Every set is parted again around the search (half and half): the search gets links to one half, or
 * to N images of each class of it, and never sees the other, on which what it found is classified: "true". Columns, in %:
 *   default   what a person would have had without it: the embedded backbone, zero-shot, true
 *   looked    the best of all ways as it looked while choosing; its bias is this less its true accuracy
 *   said      what the search says of what it recommends, with its interval; and whether the true accuracy lies in it
 *   true      of what is recommended, learned again from all labels of the search and kept
 */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { withPaths } from '../../src/core/alignments/documentPaths.ts';
import type { FindRecord } from '../../src/core/find/findRecord.ts';
import { filesBeside } from '../../src/core/find/keptFiles.ts';
import { seededRandom } from '../../src/core/random.ts';
import { stratifiedSplit } from '../../src/core/training/split.ts';
import { Engine } from '../../src/engine/engine.ts';

const { values } = parseArgs({
  options: {
    set: {
      type: 'string',
      multiple: true,
      default: ['pacs-photo', 'pacs-cartoon', 'cifar10', 'eurosat', 'asl-digits', 'caltech101'],
    },
    backbone: { type: 'string', multiple: true, default: ['squeezenet1.1', 'mobilenetv2'] },
    seed: { type: 'string', multiple: true, default: ['0', '1', '2'] },
    labels: { type: 'string', multiple: true, default: ['5', 'all'] },
    budget: { type: 'string', default: '10' },
    prompts: { type: 'boolean', default: false },
    results: { type: 'string' },
  },
});

const data = process.env['SEMAP_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../shared/data');
if (!existsSync(data)) {
  console.log(`Skipped: no test data at ${data}.`);
  process.exit(0);
}

const scratch = mkdtempSync(path.join(os.tmpdir(), 'semap-bench-find-'));
const modelsFolder = path.join(scratch, 'models');
cpSync(path.resolve(import.meta.dirname, '../../dist/models'), modelsFolder, { recursive: true });
const engine = new Engine();
const heard = () => ({ signal: new AbortController().signal, report: () => {} });
await engine.handlers.start(
  {
    modelsFolder,
    backboneFolders: [path.join(data, 'backbones')],
    cacheFolder: path.join(scratch, 'cache'),
    device: 'cpu',
    threads: 0,
  },
  heard(),
);

/** One search, and what it found on images that it never saw. */
interface Result {
  readonly set: string;
  readonly seed: number;
  readonly labels: string;
  readonly images: number;
  readonly unseen: number;
  readonly tried: number;
  readonly seconds: number;
  readonly recommended: string;
  readonly by: string;
  readonly said: number;
  readonly low: number;
  readonly high: number;
  readonly true: number;
  readonly best: string;
  readonly looked: number;
  readonly bestTrue: number;
  readonly default: number;
}

/** Links to images below a folder, in class folders. */
function linked(folder: string, images: readonly { readonly path: string }[]): string {
  for (const { path: file } of images) {
    const into = path.join(folder, path.basename(path.dirname(file)));
    mkdirSync(into, { recursive: true });
    symlinkSync(file, path.join(into, path.basename(file)));
  }
  return folder;
}

async function trueAccuracy(runFolder: string, id: string, unseen: string): Promise<number> {
  const kept = await engine.handlers.keepReuse({ runFolder, id }, heard());
  const folder = path.join(scratch, 'kept');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const { document, files } = filesBeside(kept, 'kept');
  for (const { file, bytes } of files) writeFileSync(path.join(folder, file), bytes);
  const alignment = withPaths(document, (file) => (path.isAbsolute(file) ? file : path.join(folder, file)));
  const backbone = alignment.backbone.path ?? alignment.backbone.name;
  const result = await engine.handlers.classify({ folders: [unseen], backbone, alignment }, heard());
  return result.accuracy ?? Number.NaN;
}

async function run(set: string, seed: number, labels: string): Promise<Result> {
  const folder = path.join(data, 'images', set);
  const classes = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const images = classes.flatMap(({ name }, truth) =>
    readdirSync(path.join(folder, name)).map((file) => ({
      path: path.join(folder, name, file),
      truth,
      key: `${name}/${file}`,
    })),
  );
  const { train, validation } = stratifiedSplit(images, 0.5, seed);
  const counts = new Map<number, number>();
  const taught = train.filter(({ truth }) => {
    const count = counts.get(truth) ?? 0;
    counts.set(truth, count + 1);
    return labels === 'all' || count < Number(labels);
  });
  const own = path.join(scratch, 'now');
  rmSync(own, { recursive: true, force: true });
  const seen = linked(path.join(own, 'seen'), taught);
  const unseen = linked(path.join(own, 'unseen'), validation);
  const runFolder = path.join(own, 'run');
  const targets = classes.map(({ name }) => ({ name }));
  const record: FindRecord = await engine.handlers.findReuse(
    {
      folders: [seen],
      targets,
      backbones: ['starter', ...values.backbone],
      budgetMinutes: Number(values.budget),
      seed,
      runFolder,
      ...(values.prompts ? {} : { withoutPrompts: true as const }),
    },
    heard(),
  );
  const recommended = record.points.find(({ id }) => id === record.recommended)!;
  const best = record.points.find(({ searched, way }) => searched !== null && !way.settled)!;
  const figure = recommended.figure!;
  const real = await trueAccuracy(runFolder, recommended.id, unseen);
  return {
    set,
    seed,
    labels,
    images: taught.length,
    unseen: validation.length,
    tried: record.tried,
    seconds: record.seconds,
    recommended: recommended.id,
    by: figure.by,
    said: figure.value,
    low: figure.low,
    high: figure.high,
    true: real,
    best: best.id,
    looked: best.searched!,
    bestTrue: best.id === recommended.id ? real : await trueAccuracy(runFolder, best.id, unseen),
    default: await trueAccuracy(runFolder, 'zero-shot@starter', unseen),
  };
}

const { results: file } = values;
const known: Result[] =
  file && existsSync(file)
    ? readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Result)
    : [];
const asked = values.set.flatMap((set) =>
  values.labels.flatMap((labels) => values.seed.map((seed) => ({ set, seed: Number(seed), labels }))),
);
const pc = (share: number) => (100 * share).toFixed(1).padStart(6);
console.log(
  'set            labels  seed  images  ways  default  looked    said        interval    true  found',
);
const all: Result[] = [];
for (const { set, seed, labels } of asked) {
  const before = known.find((one) => one.set === set && one.seed === seed && one.labels === labels);
  const result = before ?? (await run(set, seed, labels));
  if (!before && file) appendFileSync(file, `${JSON.stringify(result)}\n`);
  all.push(result);
  const { images, tried, looked, said, low, high, recommended } = result;
  const interval = `${pc(low)} to${pc(high)}`;
  console.log(
    `${set.padEnd(14)} ${labels.padStart(6)}  ${String(seed).padStart(4)}  ${String(images).padStart(6)}  ${String(tried).padStart(4)}  ${pc(result.default)}  ${pc(looked)}  ${pc(said)}  ${interval}  ${pc(result.true)}  ${recommended}`,
  );
}

/** Mean and 95% interval (bootstrap over runs, 10,000 draws, seed 1) of differences, in points. */
function interval(differences: readonly number[]): string {
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const random = seededRandom(1);
  const draws = Array.from({ length: 10_000 }, () =>
    mean(differences.map(() => differences[Math.floor(random() * differences.length)])),
  ).sort((a, b) => a - b);
  const points = (value: number) => (100 * value).toFixed(1);
  return `${points(mean(differences))} points (${points(draws[250])} to ${points(draws[9749])})`;
}

for (const labels of values.labels) {
  const own = all.filter((one) => one.labels === labels);
  if (own.length === 0) continue;
  const within = own.filter(({ low, high, true: real }) => low <= real && real <= high).length;
  console.log(
    `\n${labels === 'all' ? 'All labels' : `${labels} labels of each class`}, ${own.length} searches:`,
  );
  console.log(`  found over default   ${interval(own.map((one) => one.true - one.default))}`);
  console.log(`  bias of the best     ${interval(own.map((one) => one.looked - one.bestTrue))}`);
  console.log(`  bias of what is said ${interval(own.map((one) => one.said - one.true))}`);
  console.log(`  true within interval ${within} of ${own.length}`);
}
await engine.close();
rmSync(scratch, { recursive: true, force: true });
