/**
 * What an epoch of training costs over the steps it consists of, and how long a whole run takes. Run with
 * `npm run bench:epoch`; options: --backbone NAME (several; `starter` is one)  --threads N (several)  --epochs N
 *   --whole  a run of the starter with the defaults, from the call to its end
 * Bare steps: the same graph on the same images with the same micro-batches and threads, rows made beforehand.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { inputDims } from '../../src/core/images/preprocessing.ts';
import { productOf } from '../../src/core/onnx/shapes.ts';
import type { TrainSettings } from '../../src/core/runs/trainingSettings.ts';
import type { StepRows } from '../../src/core/training/mappingInput.ts';
import { resolveSettings } from '../../src/core/training/resolveSettings.ts';
import type { LabelledImage } from '../../src/core/training/split.ts';
import type { TrainProgress } from '../../src/core/training/trainJob.ts';
import { Engine } from '../../src/engine/engine.ts';
import { ImageBatches } from '../../src/engine/training/imageBatches.ts';
import { PromptModel } from '../../src/engine/training/promptModel.ts';

const { values } = parseArgs({
  options: {
    backbone: { type: 'string', multiple: true, default: ['starter', 'squeezenet1.1', 'mobilenetv2'] },
    threads: { type: 'string', multiple: true, default: ['1', '2'] },
    epochs: { type: 'string', default: '4' },
    whole: { type: 'boolean', default: false },
  },
});
const data = process.env['SEMAP_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../shared/data');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'semap-bench-epoch-'));
const cacheFolder = path.join(scratch, 'cache');
const ROUNDS = 3;
const TARGETS = 10;
const signal = new AbortController().signal;
const engine = new Engine();
await engine.handlers.start(
  {
    modelsFolder: path.resolve(import.meta.dirname, '../../dist/models'),
    backboneFolders: [path.join(data, 'backbones')],
    cacheFolder,
    threads: 0,
  },
  { signal, report: () => {} },
);

interface Cost {
  readonly wall: number;
  /** Of all threads. */
  readonly cpu: number;
}

function now(): Cost {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, cpu: (user + system) / 1e6 };
}

const since = (start: Cost, end = now()): Cost => ({ wall: end.wall - start.wall, cpu: end.cpu - start.cpu });
const least = (costs: readonly Cost[]): Cost => ({
  wall: Math.min(...costs.map(({ wall }) => wall)),
  cpu: Math.min(...costs.map(({ cpu }) => cpu)),
});

/** 50 images of each of ten classes, as links. */
function images(): { readonly folder: string; readonly all: readonly LabelledImage[] } {
  const folder = path.join(scratch, 'eurosat');
  const from = path.join(data, 'images', 'eurosat');
  const all: LabelledImage[] = [];
  for (const [truth, name] of readdirSync(from).entries()) {
    mkdirSync(path.join(folder, name), { recursive: true });
    for (const file of readdirSync(path.join(from, name)).slice(0, 50)) {
      symlinkSync(path.join(from, name, file), path.join(folder, name, file));
      all.push({ path: path.join(folder, name, file), key: `${name}/${file}`, truth });
    }
  }
  return { folder, all };
}

const { folder, all } = images();

/** As published with BLM+, so that a step is the network and the mapped loss. */
const SETTINGS: TrainSettings = { prompt: { kind: 'watermark' }, mapping: 'blm+', patience: 0 };

/** Costs of the steps of an epoch, and of the forward passes that validate it, each by themselves. */
async function bareCosts(
  name: string,
  threads: number,
): Promise<{ readonly steps: Cost; readonly forward: Cost }> {
  const backbone = await engine.handlers.describeBackbone({ backbone: name }, { signal, report: () => {} });
  const settings = resolveSettings({ ...SETTINGS, threads }, backbone, os.availableParallelism());
  const { batch } = settings;
  const form = 'log-sum-exp' as const;
  const model = await PromptModel.open({ backbone, cacheFolder, batch, threads, form, targets: TARGETS }, 0);
  const batches = new ImageBatches(
    { backbone, settings },
    { input: model.input, batch, frame: 0, targets: TARGETS },
    ({ path: file }) => console.log(`cannot read ${file}`),
  );
  const rows: StepRows[] = [];
  for (let start = 0; start < all.length; start += batch) {
    const indices = Array.from({ length: Math.min(batch, all.length - start) }, (_, i) => start + i);
    const made = (await batches.rows(all, indices, 1)).rows;
    const kept = new Float32Array(new SharedArrayBuffer(made.images.byteLength));
    kept.set(made.images);
    rows.push({ ...made, images: kept });
  }
  await batches.close();
  const S = backbone.labelSpace.labels.length;
  const matrix = Float32Array.from({ length: S * TARGETS }, (_, i) => (i % 7 === 0 ? 0.5 : 0));
  const mapping = { form, matrix, offsets: new Float32Array(TARGETS), sharpness: 1 };
  const prompt = { added: new Float32Array(productOf(inputDims(backbone.input, 1))) };
  const training = rows.slice(0, Math.ceil(400 / batch));
  const validation = rows.slice(0, Math.ceil(100 / batch));
  const steps: Cost[] = [];
  const forward: Cost[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const first = now();
    for (const one of training) await model.step(one, prompt, mapping);
    const between = now();
    for (const one of validation) await model.forward(one, prompt, mapping);
    // The first run is slower.
    if (round === 0) continue;
    steps.push(since(first, between));
    forward.push(since(between));
  }
  await model.close();
  return { steps: least(steps), forward: least(forward) };
}

function train(backbone: string, settings: TrainSettings, report: (progress: TrainProgress) => void) {
  const runFolder = path.join(scratch, `run-${performance.now()}`);
  return engine.handlers.train({ folders: [folder], backbone, settings, runFolder }, { signal, report });
}

async function epochCost(backbone: string, threads: number): Promise<Cost> {
  const ends: Cost[] = [];
  await train(backbone, { ...SETTINGS, threads, epochs: Number(values.epochs) }, (progress) => {
    if (progress.kind === 'epoch') ends.push(now());
  });
  // The first epoch decodes the images.
  return least(ends.slice(2).map((end, i) => since(ends[i + 1], end)));
}

try {
  console.log(
    'backbone        threads  clock  epoch  bare steps  ratio  steps and validation  ratio  (seconds; 400 + 100 images, least disturbed)',
  );
  for (const backbone of values.backbone) {
    for (const threads of values.threads.map(Number)) {
      const before = await bareCosts(backbone, threads);
      const epoch = await epochCost(backbone, threads);
      const after = await bareCosts(backbone, threads);
      const steps = least([before.steps, after.steps]);
      const forward = least([before.forward, after.forward]);
      for (const clock of ['wall', 'cpu'] as const) {
        const both = steps[clock] + forward[clock];
        const cells = [epoch[clock].toFixed(2).padStart(6), steps[clock].toFixed(2).padStart(11)];
        cells.push((epoch[clock] / steps[clock]).toFixed(2).padStart(6), both.toFixed(2).padStart(21));
        cells.push((epoch[clock] / both).toFixed(2).padStart(6));
        console.log(
          `${backbone.padEnd(15)} ${String(threads).padStart(7)}  ${clock.padEnd(5)} ${cells.join(' ')}`,
        );
      }
    }
  }
  if (values.whole) {
    const start = now();
    const record = await train('starter', { prompt: { kind: 'watermark' }, patience: 0 }, () => {});
    const { wall, cpu } = since(start);
    console.log(
      `starter, defaults without patience, best of epoch ${record.best!.epoch} of 20, ${record.settings.threads} threads: ${wall.toFixed(1)} s, ${cpu.toFixed(1)} s of processor time, best ${(100 * record.best!.valAccuracy).toFixed(1)}%`,
    );
  }
} finally {
  await engine.close();
  rmSync(scratch, { recursive: true, force: true });
}
process.exit(0);
