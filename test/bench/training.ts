/**
 * What a trained prompt is worth, and what an epoch costs. Run with `npm run bench:training`; options:
 *   --set NAME (several)  --backbone NAME (several)  --seed N (several)  --epochs N  --prompt KIND  --mapping KIND
 *   --rate X  --augment flip,crop  --batch N  --part accuracy|time|memory (several)  --no-recipe  --no-starter
 * Accuracy: prompt + BLM+ against the mapping alone and against ILM-VP's recipe (padding, greedy FLM refreshed each
 * epoch, Adam .01) at the same number of image passes, both on the run's validation images.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { gradientName } from '../../src/core/onnx/gradientGraph.ts';
import { INPUT_NAME } from '../../src/core/onnx/passes/input.ts';
import { crossEntropy } from '../../src/core/onnx/scores.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { TrainingRecord } from '../../src/core/runs/trainingRecord.ts';
import type { PromptKind, TrainMapping, TrainSettings } from '../../src/core/runs/trainingSettings.ts';
import type { TrainProgress } from '../../src/core/training/trainJob.ts';
import { Engine } from '../../src/engine/engine.ts';
import { openGradientModel } from '../../src/engine/gradients/gradientModel.ts';
import { MicroBatches, microRows } from '../../src/engine/gradients/microBatches.ts';
import { readModel } from '../../src/engine/models/modelFile.ts';
import { loadOrt } from '../../src/engine/models/onnxruntime.ts';

const { values } = parseArgs({
  options: {
    set: { type: 'string', multiple: true, default: ['asl-digits', 'eurosat', 'pacs-cartoon'] },
    backbone: { type: 'string', multiple: true, default: ['squeezenet1.1'] },
    seed: { type: 'string', multiple: true, default: ['0', '1', '2'] },
    part: { type: 'string', multiple: true, default: ['accuracy', 'time', 'memory'] },
    epochs: { type: 'string', default: '20' },
    prompt: { type: 'string', default: 'watermark' },
    mapping: { type: 'string', default: 'blm+' },
    rate: { type: 'string' },
    batch: { type: 'string' },
    augment: { type: 'string' },
    threads: { type: 'string' },
    models: { type: 'string' },
    'no-recipe': { type: 'boolean', default: false },
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
): Promise<TrainingRecord> {
  const runFolder = path.join(scratch, `run-${count++}`);
  const params = { folders: [folder], backbone, settings: { ...threads, ...settings }, runFolder };
  return Promise.resolve(engine.handlers.train(params, { signal: new AbortController().signal, report }));
}

const percent = (share: number | null | undefined) =>
  share === null || share === undefined ? '    -' : `${(100 * share).toFixed(1).padStart(5)}`;

const ILM_VP: TrainSettings = {
  prompt: { kind: 'padding' },
  mapping: 'flm',
  recipe: 'ilm-vp',
  augment: { flip: false, crop: false },
};

/** Mean and 95% interval (bootstrap over runs, 10,000 draws, seed 1) of differences in points. */
function interval(differences: readonly number[]): string {
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const random = seededRandom(1);
  const draws = Array.from({ length: 10_000 }, () =>
    mean(differences.map(() => differences[Math.floor(random() * differences.length)])),
  ).sort((a, b) => a - b);
  const points = (value: number) => (100 * value).toFixed(1);
  return `${points(mean(differences))} points (95% interval ${points(draws[250])} to ${points(draws[9749])}, ${differences.length} runs)`;
}

async function accuracy(): Promise<void> {
  const epochs = Number(values.epochs);
  const optional = {
    ...(values.rate === undefined ? {} : { learningRate: Number(values.rate) }),
    ...(values.batch === undefined ? {} : { batch: Number(values.batch) }),
    ...(values.augment === undefined
      ? {}
      : { augment: { flip: values.augment.includes('flip'), crop: values.augment.includes('crop') } }),
  };
  const overMapping: number[] = [];
  const overRecipe: number[] = [];
  console.log(
    `${values.prompt} + ${values.mapping}, ${epochs} epochs, no early stop; accuracy on validation images in %\n` +
      'backbone        set             seed  images  zero-shot  mapping  linear  probe  ILM-VP  prompt (epoch)  last  seconds',
  );
  for (const backbone of values.backbone) {
    for (const set of values.set) {
      for (const seed of values.seed.map(Number)) {
        const folder = path.join(data, 'images', set);
        const common = { epochs, seed, patience: 0 };
        let last = 0;
        const started = performance.now();
        const record = await train(
          folder,
          backbone,
          {
            ...common,
            ...optional,
            prompt: { kind: values.prompt as PromptKind },
            mapping: values.mapping as TrainMapping,
          },
          (progress) => {
            if (progress.kind === 'epoch') last = progress.metrics.valAccuracy;
          },
        );
        const seconds = (performance.now() - started) / 1000;
        const recipe = values['no-recipe']
          ? undefined
          : await train(folder, backbone, { ...common, ...ILM_VP });
        const of = (kind: string) => record.baselines.find((one) => one.kind === kind)?.valAccuracy;
        const own = record.best!.valAccuracy;
        overMapping.push(own - of('mapping-only')!);
        if (recipe) overRecipe.push(own - recipe.best!.valAccuracy);
        console.log(
          [
            backbone.padEnd(14),
            set.padEnd(15),
            String(seed).padStart(4),
            `${record.trainImages}+${record.validationImages}`.padStart(7),
            percent(of('zero-shot')).padStart(10),
            percent(of('mapping-only')).padStart(8),
            percent(of('linear-mapping')).padStart(7),
            percent(of('linear-probe')).padStart(6),
            percent(recipe?.best?.valAccuracy).padStart(7),
            `${percent(own)} (${record.best!.epoch})`.padStart(15),
            percent(last).padStart(5),
            seconds.toFixed(0).padStart(8),
          ].join(' '),
        );
      }
    }
  }
  console.log(`Over the mapping alone (BLM+): ${interval(overMapping)}; the bar is 8.`);
  if (overRecipe.length > 0) console.log(`Over ILM-VP's recipe: ${interval(overRecipe)}; the bar is 5.`);
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
  const rows = microRows(batch, edge * edge);
  const { session } = await openGradientModel(ort, {
    model: () => readModel(file),
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
