/**
 * What a trained prompt is worth, and what an epoch costs. Run with `npm run bench:training`; options:
 *   --set NAME (several)  --backbone NAME (several)  --seed N (several)  --epochs N  --part accuracy|time|memory (several)
 *   --config NAME (several)  --settings JSON  --results FILE (several)  --tables  --no-starter
 * Accuracy: for every seed a set is parted into 80% to learn from and 20% held out. A training takes its validation images
 * from the former, chooses its epoch by them, and is measured once on the latter. A line of JSON for each run goes to the
 * first `--results`; runs that one of these files has are not done again, so that several machines may share the work.
 * `--tables` only prints what the files have. `--config` names recipes, `watermark-blm+`, or any name beside `--settings`.
 */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gradientName } from '../../src/core/onnx/gradientGraph.ts';
import { INPUT_NAME } from '../../src/core/onnx/passes/input.ts';
import { crossEntropy } from '../../src/core/onnx/scores.ts';
import type { TrainingRecord } from '../../src/core/runs/trainingRecord.ts';
import { type TrainSettings, trainRecipes } from '../../src/core/runs/trainingSettings.ts';
import { RECIPES } from '../../src/core/runs/trainRecipes.ts';
import { stratifiedSplit } from '../../src/core/training/split.ts';
import type { TrainProgress } from '../../src/core/training/trainJob.ts';
import { Engine } from '../../src/engine/engine.ts';
import { openGradientModel } from '../../src/engine/gradients/gradientModel.ts';
import { MicroBatches, microRows } from '../../src/engine/gradients/microBatches.ts';
import { readModel } from '../../src/engine/models/modelFile.ts';
import { loadOrt } from '../../src/engine/models/onnxruntime.ts';
import { accuracyTable, difference, keyOf, readResults, type TrainingResult } from './trainingResults.ts';

const { values } = parseArgs({
  options: {
    set: { type: 'string', multiple: true, default: ['asl-digits', 'eurosat', 'pacs-cartoon'] },
    backbone: { type: 'string', multiple: true, default: ['squeezenet1.1', 'mobilenetv2'] },
    seed: { type: 'string', multiple: true, default: ['0', '1', '2'] },
    part: { type: 'string', multiple: true, default: ['accuracy', 'time', 'memory'] },
    epochs: { type: 'string', default: '20' },
    config: { type: 'string', multiple: true, default: ['semap', 'ilm-vp', 'watermark-blm+'] },
    settings: { type: 'string' },
    results: { type: 'string', multiple: true, default: [] },
    tables: { type: 'boolean', default: false },
    threads: { type: 'string' },
    models: { type: 'string' },
    'no-starter': { type: 'boolean', default: false },
  },
});

const data = process.env['SEMAP_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../shared/data');
if (!existsSync(data)) {
  console.log(`Skipped: no test data at ${data}.`);
  process.exit(0);
}

const scratch = mkdtempSync(path.join(os.tmpdir(), 'semap-bench-training-'));
const modelsFolder = path.join(scratch, 'models');
cpSync(values.models ?? path.resolve(import.meta.dirname, '../../dist/models'), modelsFolder, {
  recursive: true,
});
const engine = new Engine();
await engine.handlers.start(
  {
    modelsFolder,
    backboneFolders: [path.join(data, 'backbones')],
    cacheFolder: path.join(scratch, 'cache'),
    threads: 0,
  },
  { signal: new AbortController().signal, report: () => {} },
);
let count = 0;

const threads = values.threads === undefined ? {} : { threads: Number(values.threads) };

function train(
  folder: string,
  backbone: string,
  settings: TrainSettings,
  report: (progress: TrainProgress) => void = () => {},
  testFolder?: string,
): Promise<TrainingRecord> {
  const runFolder = path.join(scratch, `run-${count++}`);
  const params = {
    folders: [folder],
    testFolder,
    backbone,
    settings: { ...threads, ...settings },
    runFolder,
  };
  return Promise.resolve(engine.handlers.train(params, { signal: new AbortController().signal, report }));
}

/** Settings by the names of configurations. */
function settingsOf(config: string): TrainSettings {
  if (values.settings !== undefined) return JSON.parse(values.settings) as TrainSettings;
  if (config === 'watermark-blm+') return { prompt: { kind: 'watermark' }, mapping: 'blm+' };
  const recipe = trainRecipes.find((name) => name === config);
  if (recipe === undefined) throw new Error(`No configuration ${config}: give its --settings.`);
  return { recipe, prompt: RECIPES[recipe].prompt };
}

/** A set parted by a seed, as folders of links: what is learned from, and what is held out. */
function parted(set: string, seed: number): { readonly learn: string; readonly held: string } {
  const from = path.join(data, 'images', set);
  const classes = readdirSync(from).sort();
  const images = classes.flatMap((name, truth) =>
    readdirSync(path.join(from, name)).map((file) => ({
      path: path.join(from, name, file),
      truth,
      key: `${name}/${file}`,
    })),
  );
  const { train: learned, validation } = stratifiedSplit(images, 0.2, seed);
  const root = path.join(scratch, `${set}-${seed}`);
  const [learn, held] = [path.join(root, 'learn'), path.join(root, 'held')];
  if (existsSync(root)) return { learn, held };
  for (const [folder, part] of [
    [learn, learned],
    [held, validation],
  ] as const) {
    for (const image of part) {
      const own = path.join(folder, classes[image.truth]);
      mkdirSync(own, { recursive: true });
      symlinkSync(image.path, path.join(own, path.basename(image.path)));
    }
  }
  return { learn, held };
}

async function measured(
  config: string,
  backbone: string,
  set: string,
  seed: number,
): Promise<TrainingResult> {
  const { learn, held } = parted(set, seed);
  const settings = { epochs: Number(values.epochs), seed, patience: 0, ...settingsOf(config) };
  const started = performance.now();
  const record = await train(learn, backbone, settings, () => {}, held);
  const { trainImages, validationImages, testImages = 0, best, testAccuracy, baselines } = record;
  return {
    name: config,
    backbone,
    set,
    seed,
    images: [trainImages, validationImages, testImages],
    best: best!,
    test: testAccuracy!,
    baselines: baselines.map(({ kind, valAccuracy, testAccuracy: test = null }) => [kind, valAccuracy, test]),
    seconds: (performance.now() - started) / 1000,
  };
}

async function accuracy(): Promise<void> {
  const known = readResults(values.results);
  const done = new Set(known.map(keyOf));
  const results = [...known];
  for (const seed of values.tables ? [] : values.seed.map(Number)) {
    for (const backbone of values.backbone) {
      for (const set of values.set) {
        for (const name of values.config) {
          if (done.has(keyOf({ name, backbone, set, seed }))) continue;
          const result = await measured(name, backbone, set, seed);
          results.push(result);
          const line = JSON.stringify(result);
          if (values.results[0] !== undefined) appendFileSync(values.results[0], `${line}\n`);
          console.log(line);
        }
      }
    }
  }
  const names = [...new Set(results.map(({ name }) => name))];
  for (const part of ['held out', 'validation'] as const) {
    console.log(`\nAccuracy in percent, ${part}:\n\n${accuracyTable(results, names, part)}`);
  }
  console.log('\nHeld out, paired over runs:');
  for (const name of names) {
    for (const other of ['mapping-only', 'linear-probe', ...names.filter((one) => one !== name)])
      console.log(difference(results, name, other));
  }
}

/** `perClass` images of each class of a set, as links. */
function subset(set: string, perClass: number): string {
  const folder = path.join(scratch, `${set}-${perClass}`);
  const from = path.join(data, 'images', set);
  for (const name of readdirSync(from)) {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (const file of readdirSync(path.join(from, name)).slice(0, perClass)) {
      symlinkSync(path.join(from, name, file), path.join(folder, name, file));
    }
  }
  return folder;
}

/** Seconds of wall and of CPU time that the gradient benchmark's step takes: the model alone, gradient at its input. */
async function bareStep(file: string, batch: number, edge: number, cores: number): Promise<[number, number]> {
  const ort = await loadOrt();
  const model = await readModel(file);
  const rows = microRows(batch, edge * edge, model);
  const { session } = await openGradientModel(ort, {
    model: async () => model,
    sha256: file,
    composition: 'bench',
    cacheFolder: path.join(scratch, 'bare'),
    threads: cores,
    dims: [rows, 3, edge, edge],
    sources: [INPUT_NAME],
    after: (b, logits) => ({ loss: crossEntropy(b, logits) }),
  });
  const rowNames = { inputs: [INPUT_NAME, 'labels', 'weights'], outputs: ['logits'] };
  const steps = new MicroBatches(session, rows, rowNames);
  const x = Float32Array.from({ length: batch * 3 * edge * edge }, (_, i) => Math.sin(i * 12.9898) * 1.7);
  const labels = Int32Array.from({ length: batch }, (_, i) => i);
  const weights = new Float32Array(batch).fill(1 / batch);
  const times: number[] = [];
  const used: number[] = [];
  for (let round = 0; round < 11; round++) {
    const started = performance.now();
    const cpu = process.cpuUsage();
    await steps.run({ [INPUT_NAME]: x, labels, weights }, ['loss', gradientName(INPUT_NAME)]);
    if (round === 0) continue;
    times.push((performance.now() - started) / 1000);
    used.push(cpuSince(cpu));
  }
  await steps.release();
  const median = (list: number[]) => list.sort((a, b) => a - b)[5];
  return [median(times), median(used)];
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** On a machine with other work, CPU time is what to look at: with one thread it is the wall time of an idle one. */
async function time(): Promise<void> {
  const folder = subset('eurosat', 50);
  const cores = values.threads === undefined ? os.availableParallelism() : Number(values.threads);
  const epochsOf = async (backbone: string, epochs: number) => {
    const ends: { readonly seconds: number; readonly cpu: number }[] = [];
    const started = performance.now();
    const cpu = process.cpuUsage();
    const record = await train(
      folder,
      backbone,
      { prompt: { kind: 'watermark' }, epochs, patience: 0, threads: cores },
      (progress) => {
        if (progress.kind === 'epoch') ends.push({ seconds: progress.metrics.seconds, cpu: cpuSince(cpu) });
      },
    );
    return { record, ends, whole: (performance.now() - started) / 1000, cpu: cpuSince(cpu) };
  };
  if (!values['no-starter']) {
    const { record, whole, cpu } = await epochsOf('starter', 20);
    console.log(
      `starter, ${record.trainImages} + ${record.validationImages} images, 20 epochs, ${cores} threads: ${whole.toFixed(0)} s with everything (${cpu.toFixed(0)} s of CPU time); the bar is 120.`,
    );
  }
  for (const backbone of values.backbone) {
    const file = path.join(data, 'backbones', `${backbone}.onnx`);
    const before = await bareStep(file, 16, 224, cores);
    const { record, ends } = await epochsOf(backbone, 4);
    const after = await bareStep(file, 16, 224, cores);
    const steps = Math.ceil(record.trainImages / 16);
    const ratio = (of: 'seconds' | 'cpu', at: 0 | 1) => {
      // The first epoch decodes the images; of the others the least disturbed counts, as of the steps.
      const epoch = Math.min(...ends.slice(2).map((end, i) => end[of] - ends[i + 1][of]));
      const bare = steps * Math.min(before[at], after[at]);
      return `${epoch.toFixed(2)} s for ${bare.toFixed(2)} s, ratio ${(epoch / bare).toFixed(2)}`;
    };
    console.log(
      `${backbone}, ${cores} threads: an epoch (${steps} steps, ${record.validationImages} images validate) against its bare steps: wall ${ratio('seconds', 0)}; CPU ${ratio('cpu', 1)}; the bar is 1.15.`,
    );
  }
}

async function memory(): Promise<void> {
  const folder = subset('eurosat', 4);
  const sizes: number[] = [];
  await train(
    folder,
    'starter',
    { prompt: { kind: 'low-rank' }, epochs: 200, patience: 0, validation: 0.25 },
    (progress) => {
      if (progress.kind === 'epoch') sizes.push(process.memoryUsage().rss / 2 ** 20);
    },
  );
  const at = (epoch: number) => `${sizes[epoch].toFixed(0)} MB at ${epoch}`;
  console.log(`resident memory over 200 epochs: ${[5, 50, 100, 150, 200].map(at).join(', ')}`);
}

try {
  if (values.part.includes('accuracy')) await accuracy();
  if (values.part.includes('time')) await time();
  if (values.part.includes('memory')) await memory();
} finally {
  await engine.close();
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(0);
