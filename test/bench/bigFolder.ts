import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import { encodeModel } from '../../src/core/onnx/protobuf/encode.ts';
import type { NodeProto, TensorProto } from '../../src/core/onnx/protobuf/schema.ts';
import { say } from '../../src/core/text/text.ts';
import { OutputCache } from '../../src/engine/outputs/outputCache.ts';
import { ClassifyRun } from '../../src/host/results/classifyRun.ts';
import type { Engine as HostEngine } from '../../src/host/supervisor/engineClient.ts';
import { type EngineRpc, startBuilt } from './builtEngine.ts';

/**
 * A folder of 100,000 images (hard links of a few) and a backbone of 1,000 labels: how soon the first results come, how
 * soon a cancel is over, whether a resumed run runs an image twice, how soon another mapping is scored, and what memory
 * the engine and the extension host take. The backbone is tiny, so that the time is that of everything around it.
 *
 *     npm run build && npm run bench:bigfolder -- [--images 100000] [--dist FOLDER]
 */

const { values } = parseArgs({
  options: { images: { type: 'string', default: '100000' }, dist: { type: 'string', default: 'dist' } },
});
const COUNT = Number(values.images);
const S = 1000;
const CLASSES = ['cat', 'dog', 'bird', 'fish'];
/** Links that one inode may have differ by file system; ext4 allows 65,000. */
const LINKS_PER_FILE = 1000;
const root = path.resolve(import.meta.dirname, '../..');
const dist = path.resolve(root, values.dist);
const work = mkdtempSync(path.join(os.tmpdir(), 'semap-big-'));

try {
  const folder = makeFolder();
  const model = path.join(work, 'tiny.onnx');
  writeFileSync(model, tinyModel());
  writeFileSync(
    path.join(work, 'tiny.backbone.json'),
    JSON.stringify({
      labels: Array.from({ length: S }, (_, s) => `label ${s}`),
      preprocessing: {
        rescale_factor: 1 / 255,
        image_mean: [0, 0, 0],
        image_std: [1, 1, 1],
        channels: 'rgb',
      },
      output: 'logits',
    }),
  );
  console.log(`${COUNT.toLocaleString('en')} images, ${S} labels, ${os.availableParallelism()} threads`);

  const first = await runOnce(folder, model, Math.floor(COUNT / 4));
  console.log(
    [
      `first results      ${seconds(first.firstResult)} after the call (asked: 2 s); listing began to arrive after ${seconds(first.firstTotal)}`,
      `cancel             ${seconds(first.cancelTook)} at ${first.done} of ${COUNT} images (asked: 0.5 s)`,
      `engine             ${megabytes(first.peak)} at most (asked: 400 MB)`,
    ].join('\n'),
  );
  const second = await runOnce(folder, model);
  console.log(
    [
      `resume             ${second.cached} of ${first.done} images came from the cache, ${second.done - second.cached} were run; together ${second.done}`,
      `whole folder       ${seconds(second.total)}, ${Math.round((second.done - second.cached) / second.total)} images/s; listed after ${seconds(second.listed)}`,
      `engine             ${megabytes(second.peak)} at most (asked: 400 MB)`,
      `extension host     ${megabytes(second.hostGrowth)} for the results of ${second.done} images (asked: 20 MB)`,
    ].join('\n'),
  );
  const third = await runOnce(folder, model);
  console.log(
    `again              ${seconds(third.total)} for ${third.cached} cached images; engine ${megabytes(third.peak)}`,
  );
  await anotherMapping(folder, model);
  await ranking(folder, model);
  await cacheFigures();
} finally {
  rmSync(work, { recursive: true, force: true });
}

interface Figures {
  firstTotal: number;
  firstResult: number;
  listed: number;
  total: number;
  done: number;
  cached: number;
  cancelTook: number;
  /** Bytes. */
  peak: number;
  hostGrowth: number;
}

interface BenchEngine {
  readonly rpc: EngineRpc;
  /** Ends it. @returns the most memory that it took so far, in bytes */
  stop(): Promise<number>;
}

async function startEngine(model: string): Promise<BenchEngine> {
  const { rpc, pid, stop } = await startBuilt(dist, path.join(work, 'cache'), 'cpu');
  await rpc.call('describeBackbone', { backbone: model });
  return {
    rpc,
    stop: async () => {
      const peak = peakBytes(pid);
      await stop();
      return peak;
    },
  };
}

/** @param cancelAt cancelled once so many images are done */
async function runOnce(folder: string, model: string, cancelAt = Number.POSITIVE_INFINITY): Promise<Figures> {
  const engine = await startEngine(model);
  const { rpc } = engine;
  const figures: Figures = {
    firstTotal: 0,
    firstResult: 0,
    listed: 0,
    total: 0,
    done: 0,
    cached: 0,
    cancelTook: 0,
    peak: 0,
    hostGrowth: 0,
  };
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const run = new ClassifyRun({
    params: { folders: [folder], backbone: model, alignment: alignment() },
    backbone: 'tiny',
  });
  const started = performance.now();
  const since = () => (performance.now() - started) / 1000;
  let cancelled = 0;
  run.onDidChange(() => {
    const { total, listed, done, cached } = run.progress;
    if (total > 0) figures.firstTotal ||= since();
    if (done > 0) figures.firstResult ||= since();
    if (listed) figures.listed ||= since();
    figures.done = done;
    figures.cached = cached;
    if (done >= cancelAt && cancelled === 0) {
      cancelled = performance.now();
      run.cancel();
    }
  });
  const host: HostEngine = { call: (method, params, options) => rpc.call(method, params, options) };
  await run.start(host);
  if (cancelled > 0) figures.cancelTook = (performance.now() - cancelled) / 1000;
  figures.total = since();
  globalThis.gc?.();
  figures.hostGrowth = process.memoryUsage().heapUsed - before;
  figures.peak = await engine.stop();
  if (run.error) throw run.error;
  return figures;
}

/** The folder under two other mappings, as edits of the alignment ask for. */
async function anotherMapping(folder: string, model: string): Promise<void> {
  const engine = await startEngine(model);
  const times: string[] = [];
  for (const sources of [19, 18, 17]) {
    const document = alignment();
    const targets = document.targets.map((one) => ({ ...one, sources: one.sources.slice(0, sources) }));
    const started = performance.now();
    const { now } = await engine.rpc.call('liveScore', {
      folders: [folder],
      backbone: model,
      alignment: { ...document, targets },
    });
    if (now.images !== COUNT) throw new Error(`${now.images} images were scored.`);
    times.push(seconds((performance.now() - started) / 1000));
  }
  const started = performance.now();
  const { predictions } = await engine.rpc.call('rescore', {
    folders: [folder],
    backbone: model,
    alignment: alignment(),
  });
  console.log(
    `another mapping    ${times.join(', ')}; with ${predictions.length} predictions ${seconds((performance.now() - started) / 1000)}; engine ${megabytes(await engine.stop())}`,
  );
}

async function ranking(folder: string, model: string): Promise<void> {
  const engine = await startEngine(model);
  const started = performance.now();
  const targets = CLASSES.map((name) => ({ name }));
  const { rows } = await engine.rpc.call('rank', {
    folders: [folder],
    targets,
    backbones: [model, 'starter'],
  });
  const problem = rows.find((row) => row.problem)?.problem;
  if (problem) throw new Error(say(problem.message));
  console.log(
    `ranking            ${seconds((performance.now() - started) / 1000)} for ${rows.length} backbones; engine ${megabytes(await engine.stop())}`,
  );
}

/** What the cache takes on disk and in memory, and how long it takes to open. */
async function cacheFigures(): Promise<void> {
  const folder = path.join(work, 'figures');
  const cache = new OutputCache(folder, S);
  const logits = Float32Array.from({ length: S }, (_, s) => s);
  const image = (i: number) => ({
    path: `/data/photos/class ${i % 100}/IMG_${i}.jpg`,
    bytes: i,
    modified: i + 0.5,
    changed: i + 0.75,
    inode: i,
    digest: String(i).padStart(16, 'x'),
  });
  for (let i = 0; i < COUNT; i++) {
    cache.add(image(i), logits);
    if (i % 500 === 499) await cache.flush();
  }
  await cache.close();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const started = performance.now();
  const again = new OutputCache(folder, S);
  await again.refresh();
  const opened = (performance.now() - started) / 1000;
  globalThis.gc?.();
  const held = process.memoryUsage().heapUsed - before;
  if (!again.find(image(COUNT - 1))) throw new Error('The cache has lost an image.');
  console.log(
    `cache              opened in ${seconds(opened)}, ${Math.round(held / COUNT)} bytes of memory an image, ${S * 4 + 112} on disk`,
  );
  await again.close();
}

function makeFolder(): string {
  const folder = path.join(work, 'images');
  const bases: string[] = [];
  for (let i = 0; i < Math.ceil(COUNT / LINKS_PER_FILE); i++) {
    const base = path.join(work, `base${i}.ppm`);
    const pixels = Buffer.alloc(32 * 32 * 3, (i * 37) % 256);
    writeFileSync(base, Buffer.concat([Buffer.from('P6\n32 32\n255\n'), pixels]));
    bases.push(base);
  }
  for (const label of CLASSES) mkdirSync(path.join(folder, label), { recursive: true });
  for (let i = 0; i < COUNT; i++) {
    const link = path.join(folder, CLASSES[i % CLASSES.length], `image-${String(i).padStart(6, '0')}.ppm`);
    linkSync(bases[Math.floor(i / LINKS_PER_FILE)], link);
  }
  return folder;
}

/** The mean of each channel, times a matrix to S scores. */
function tinyModel(): Uint8Array {
  const node = (opType: string, input: string[], output: string): NodeProto => ({
    opType,
    input,
    output: [output],
    name: output,
  });
  const weights: TensorProto = {
    name: 'w',
    dims: BigInt64Array.from([3n, BigInt(S)]),
    dataType: 1,
    floatData: Float32Array.from({ length: 3 * S }, (_, i) => Math.sin(i)),
  };
  const dim = (...sizes: (number | string)[]) => ({
    tensorType: {
      elemType: 1,
      shape: { dim: sizes.map((d) => (typeof d === 'number' ? { dimValue: BigInt(d) } : { dimParam: d })) },
    },
  });
  return encodeModel({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: {
      name: 'tiny',
      node: [
        node('GlobalAveragePool', ['image'], 'pooled'),
        node('Flatten', ['pooled'], 'flat'),
        node('MatMul', ['flat', 'w'], 'scores'),
      ],
      initializer: [weights],
      input: [{ name: 'image', type: dim('N', 3, 32, 32) }],
      output: [{ name: 'scores', type: dim('N', S) }],
    },
  });
}

function alignment(): AlignmentDocument {
  return {
    version: 1,
    backbone: { name: 'tiny', sha256: '', labelSpace: 'tiny', sourceCount: S },
    method: { name: 'semap', similarity: 'wordnet' },
    aggregation: { kind: 'log-mean-exp', alpha: 1 },
    targets: CLASSES.map((label, t) => ({
      label,
      expected: 'good',
      sources: Array.from({ length: 20 }, (_, k) => {
        const index = t * 20 + k;
        return { label: `label ${index}`, index, weight: 1, similarity: 1 };
      }),
    })),
  };
}

/** The most that was resident at any time; Linux tells it. */
function peakBytes(pid: number): number {
  const file = `/proc/${pid}/status`;
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1] ?? 0) * 1024;
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
