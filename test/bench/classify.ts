import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { WASM_ASSETS } from '../../src/engine/images/wasmCodec.ts';
import { MEMORY_ENVIRONMENT } from '../../src/processes/engineProcess.ts';
import type { BareWork } from './bareLanes.ts';
import { type EngineRpc, startBuilt } from './builtEngine.ts';
import { makePhotographs } from './photographs.ts';
import { type Rates, ratesSince, startOfRates } from './rates.ts';

/*
 * npm run bench:classify [-- PART...] [--rounds N] [--backbone NAME]...
 *
 * How much of the machine a classification uses. Each part compares rivals, every one in a process of its own and in turns,
 * and says medians of images a second, processor time and page faults an image, and the highest memory:
 *   engine     from the call to the result: folders listed, files read, outputs stored; the backbone is loaded before, as
 *              `semap classify` does while it aligns labels
 *   limit      two bare lanes (bareLanes.ts): the same code decodes, resizes and runs, in as many threads, with the same
 *              memory settings, and nothing else is done
 *   sharp      the same lanes with pixels by sharp (libvips, native)
 *   pipeline   the image-classification pipeline of Transformers.js on the same model and files, in batches of 8
 * Parts: small (400 and 1,600 small JPEGs), photographs (100 of 12 megapixels), large (20 of 48), rescoring; without any, all.
 * Needs the build (dist/) and the test data.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const CORES = os.availableParallelism();

type Rival = 'engine' | 'limit' | 'sharp' | 'pipeline';

/** Images, and who is compared on them. */
interface Part {
  readonly images: number;
  readonly rivals: readonly Rival[];
  /** What is asked of the engine, as a share of a rival's images a second. */
  readonly asked: Partial<Record<Rival, number>>;
}

const SMALL: readonly Part[] = [
  { images: 400, rivals: ['engine', 'limit', 'pipeline'], asked: { limit: 0.87, pipeline: 3.2 } },
  { images: 1600, rivals: ['engine', 'limit'], asked: { limit: 0.94 } },
];
const PHOTOGRAPHS: Part = {
  images: 100,
  rivals: ['engine', 'limit', 'sharp', 'pipeline'],
  asked: { sharp: 0.55, pipeline: 2.6 },
};
const LARGE: Part = { images: 20, rivals: ['engine', 'limit'], asked: {} };

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string' }, backbone: { type: 'string', multiple: true } },
});
const backbones = options.backbone ?? ['squeezenet1.1', 'mobilenetv2'];

async function main(): Promise<void> {
  const wants = (part: string) => positionals.length === 0 || positionals.includes(part);
  const work = await mkdtemp(path.join(os.tmpdir(), 'semap-bench-'));
  try {
    await bundleLanes(work);
    if (wants('small')) {
      for (const part of SMALL) {
        const folder = path.join(work, `small-${part.images}`);
        await collect(folder, part.images);
        for (const name of backbones) await compare(name, `${part.images} small JPEGs`, folder, part, work);
      }
    }
    for (const [name, part, width, height] of [
      ['photographs', PHOTOGRAPHS, 4000, 3000],
      ['large', LARGE, 8000, 6000],
    ] as const) {
      if (!wants(name)) continue;
      const folder = path.join(work, name);
      const sources = await collect(path.join(work, 'sources'), part.images);
      await makePhotographs(sources, folder, width, height);
      await rm(path.join(work, 'sources'), { recursive: true });
      const what = `${part.images} photographs of ${(width * height) / 1e6} megapixels`;
      await compare(backbones[0], what, folder, part, work);
    }
    if (wants('rescoring')) await rescoring(work);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Images of caltech101, one of each class in turn and all again where that is not enough, copied into class folders. */
async function collect(folder: string, count: number): Promise<string[]> {
  const source = path.join(data, 'images/caltech101');
  const classes = (await readdir(source)).sort();
  const names = await Promise.all(
    classes.map(async (label) => (await readdir(path.join(source, label))).sort()),
  );
  const all = Array.from({ length: Math.max(...names.map(({ length }) => length)) }, (_, i) =>
    names.flatMap((of, k) => (of[i] === undefined ? [] : [path.join(classes[k], of[i])])),
  ).flat();
  const files: string[] = [];
  for (let i = 0; i < count; i++) {
    const name = all[i % all.length];
    const { dir, base } = path.parse(name);
    await mkdir(path.join(folder, dir), { recursive: true });
    const file = path.join(folder, dir, i < all.length ? base : `${Math.floor(i / all.length)}-${base}`);
    await cp(path.join(source, name), file);
    files.push(file);
  }
  return files;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => path.join(parentPath, name));
}

async function compare(name: string, what: string, folder: string, part: Part, work: string): Promise<void> {
  const model = path.join(data, 'backbones', `${name}.onnx`);
  const { description, alignment } = await withEngine(work, async ({ rpc }) => {
    const classes = await rpc.call('listClasses', { folder });
    const targets = classes.map(({ label }) => ({ name: label }));
    return {
      description: await rpc.call('describeBackbone', { backbone: model }),
      alignment: await rpc.call('align', { targets, backbone: model, method: 'semap' }),
    };
  });
  const files = await filesIn(folder);
  const hub = await modelFolder(work, name, model, description);
  const run: Record<Rival, () => Promise<Rates>> = {
    engine: () => classifyAll(work, folder, files.length, model, alignment),
    limit: () => bareLanes(work, { model, input: description.input, files, pixels: 'ours' }),
    sharp: () => bareLanes(work, { model, input: description.input, files, pixels: 'sharp' }),
    pipeline: () => transformers(hub, files),
  };
  const found = new Map(part.rivals.map((rival) => [rival, [] as Rates[]]));
  const rounds = Number(options.rounds ?? 5);
  for (let round = 0; round < rounds; round++)
    for (const rival of part.rivals) found.get(rival)!.push(await run[rival]());
  console.log(`\n${what}, ${name}, ${CORES} cores, median of ${rounds} rounds`);
  const speed = (rival: Rival) => median(found.get(rival)!.map(({ perSecond }) => perSecond));
  for (const [rival, rates] of found) {
    const of = (key: keyof Rates, digits: number) => median(rates.map((one) => one[key])).toFixed(digits);
    // In turns: each round is compared with itself, whatever else the machine does meanwhile.
    const ratio = median(rates.map((one, i) => found.get('engine')![i].perSecond / one.perSecond));
    const asked = part.asked[rival] === undefined ? '' : ` (asked: ${part.asked[rival]})`;
    // Processor time tells the same where all cores are busy, and less of what else runs on the machine.
    const byTime = median(rates.map((one, i) => one.cpu / found.get('engine')![i].cpu));
    const against =
      rival === 'engine'
        ? ''
        : `  engine is at ${ratio.toFixed(3)} of it${asked}, ${byTime.toFixed(3)} by processor time`;
    console.log(
      `  ${rival.padEnd(9)} ${speed(rival).toFixed(1).padStart(6)} images/s  ${of('cpu', 2)} CPU ms  ${of('faults', 0)} page faults  ${of('peak', 0)} MB${against}  [${rates.map(({ perSecond }) => perSecond.toFixed(1)).join(' ')}]`,
    );
  }
}

/** The code of the lanes as one file, with the codecs that it loads beside it. */
async function bundleLanes(work: string): Promise<void> {
  await build({
    entryPoints: [path.join(root, 'test/bench/bareLanes.ts')],
    outfile: path.join(work, 'bareLanes.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
    },
  });
  for (const asset of WASM_ASSETS) {
    const name = path.basename(asset);
    await copyFile(path.join(root, 'dist', name), path.join(work, name));
  }
}

async function bareLanes(work: string, what: Omit<BareWork, 'lanes' | 'modules'>): Promise<Rates> {
  const order = path.join(work, 'bareLanes.json');
  const whole: BareWork = { ...what, lanes: CORES, modules: path.join(root, 'package.json') };
  await writeFile(order, JSON.stringify(whole));
  return ratesOf([path.join(work, 'bareLanes.mjs'), order], {
    ...MEMORY_ENVIRONMENT,
    ORT_DISABLE_TELEMETRY: '1',
  });
}

/** What a process prints in its last line. */
async function ratesOf(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Rates> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}

async function withEngine<T>(
  work: string,
  use: (engine: { rpc: EngineRpc; pid: number }) => Promise<T>,
): Promise<T> {
  const engine = await startBuilt(path.join(root, 'dist'), path.join(work, 'cache'));
  try {
    return await use(engine);
  } finally {
    await engine.stop();
  }
}

/** One classification with nothing stored, in a fresh engine that has loaded the backbone. */
async function classifyAll(
  work: string,
  folder: string,
  count: number,
  model: string,
  alignment: AlignmentDocument,
): Promise<Rates> {
  await rm(path.join(work, 'cache/outputs'), { recursive: true, force: true });
  return withEngine(work, async ({ rpc, pid }) => {
    await rpc.call('loadBackbone', { backbone: model });
    const start = startOfRates(pid);
    const { images } = await rpc.call('classify', { folders: [folder], backbone: model, alignment });
    const rates = ratesSince(start, images, pid);
    if (images !== count) throw new Error(`${images} images were classified.`);
    return rates;
  });
}

/** The model as a local folder that Transformers.js can load. */
async function modelFolder(
  work: string,
  name: string,
  model: string,
  { input, labelSpace }: BackboneDescription,
): Promise<string> {
  const folder = path.join(work, 'hub', name);
  await mkdir(path.join(folder, 'onnx'), { recursive: true });
  await cp(model, path.join(folder, 'onnx/model.onnx'));
  const id2label = Object.fromEntries(labelSpace.labels.map((label, i) => [i, label.name]));
  await writeFile(path.join(folder, 'config.json'), JSON.stringify({ model_type: 'mobilenet_v2', id2label }));
  const { mean, std, rescaleFactor } = input.preprocessing;
  const preprocessor = {
    image_processor_type: 'ViTImageProcessor',
    do_resize: true,
    size: { shortest_edge: 256 },
    resample: 2,
    do_center_crop: true,
    crop_size: { height: input.height, width: input.width },
    do_rescale: true,
    rescale_factor: rescaleFactor,
    do_normalize: true,
    image_mean: mean,
    image_std: std,
  };
  await writeFile(path.join(folder, 'preprocessor_config.json'), JSON.stringify(preprocessor));
  return folder;
}

/** The pipeline, loading not counted. */
async function transformers(folder: string, images: readonly string[]): Promise<Rates> {
  const script = fileURLToPath(new URL('./transformersPipeline.mjs', import.meta.url));
  const list = path.join(path.dirname(folder), 'images.json');
  await writeFile(list, JSON.stringify(images));
  return ratesOf([script, folder, list]);
}

/** 10,000 cached images under another mapping. */
async function rescoring(work: string): Promise<void> {
  const model = path.join(data, 'backbones/mobilenetv2.onnx');
  const folder = path.join(work, 'many');
  await collect(folder, 10_000);
  await withEngine(work, async ({ rpc }) => {
    const classes = await rpc.call('listClasses', { folder });
    const targets = classes.map(({ label }) => ({ name: label }));
    const alignments = await Promise.all(
      (['semap', 'semap-1', 'semap-k'] as const).map((method) =>
        rpc.call('align', { targets, backbone: model, method }),
      ),
    );
    console.log('\nrescoring: filling the cache with 10,000 images, which takes a minute or two');
    await rpc.call('classify', { folders: [folder], backbone: model, alignment: alignments[0] });
    for (const alignment of alignments) {
      const started = performance.now();
      const { seconds, predictions, method } = await rpc.call('rescore', {
        folders: [folder],
        backbone: model,
        alignment,
      });
      console.log(
        `  ${method.name}: ${predictions.length} images of 1,000 logits in ${(seconds * 1000).toFixed(0)} ms in the engine, ${(performance.now() - started).toFixed(0)} ms with all predictions sent (asked: 100)`,
      );
    }
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

await main();
