import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { AlignmentDocument } from '../../src/core/alignments/alignment.ts';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { fillInput, inputBytes, inputView } from '../../src/core/images/tensor.ts';
import { decodeImage } from '../../src/engine/images/decodeImage.ts';
import { type EngineRpc, startBuilt } from './builtEngine.ts';

/*
 * npm run bench:classify
 *
 * How much of the machine a classification uses. Parts and whole are measured in turns in the same run, and the medians
 * compared:
 *   inference   bare session.run with pixels in memory, for the best batch and number of threads: core-seconds an image
 *   pixels      decoding and resizing the same files, one after the other: core-seconds an image
 *   possible    images a second if both were spread over the cores without a gap
 *   classify    the engine, from the call to the result: folders listed, files read, outputs stored; the backbone is
 *               loaded before, as `semap classify` does while it aligns labels
 *   pipeline    the image-classification pipeline of Transformers.js on the same model and files, in batches of 8
 * Needs the build (dist/) and the test data.
 */

const root = fileURLToPath(new URL('../../', import.meta.url));
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const ROUNDS = 5;
const IMAGES = 400;
const CORES = os.availableParallelism();

async function main(): Promise<void> {
  const work = await mkdtemp(path.join(os.tmpdir(), 'semap-bench-'));
  try {
    const images = await collect(path.join(work, 'images'));
    console.log(`${images.length} images of caltech101, ${CORES} cores, median of ${ROUNDS} rounds`);
    for (const name of ['squeezenet1.1', 'mobilenetv2']) await compare(name, images, work);
    await rescoring(work, images);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The first 400 images, four of each class in turn, copied into class folders. */
async function collect(folder: string): Promise<string[]> {
  const source = path.join(data, 'images/caltech101');
  const classes = (await readdir(source)).sort();
  const files: string[] = [];
  for (let i = 0; files.length < IMAGES; i++) {
    for (const label of classes) {
      const name = (await readdir(path.join(source, label))).sort()[i];
      if (name === undefined || files.length === IMAGES) continue;
      await mkdir(path.join(folder, label), { recursive: true });
      const file = path.join(folder, label, name);
      await cp(path.join(source, label, name), file);
      files.push(file);
    }
  }
  return files;
}

async function compare(name: string, images: readonly string[], work: string): Promise<void> {
  const model = path.join(data, 'backbones', `${name}.onnx`);
  const { description, alignment } = await withEngine(work, async (engine) => {
    const classes = await engine.call('listClasses', { folder: path.join(work, 'images') });
    const targets = classes.map(({ label }) => ({ name: label }));
    return {
      description: await engine.call('describeBackbone', { backbone: model }),
      alignment: await engine.call('align', { targets, backbone: model, method: 'semap' }),
    };
  });
  const hub = await modelFolder(work, name, model, description);
  const inference = new Map<string, number[]>();
  const pixels: number[] = [];
  const whole: number[] = [];
  const cold: number[] = [];
  const pipeline: number[] = [];
  const tensors = await loadPixels(images.slice(0, 64), description);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [setting, seconds] of await bareRuns(model, description, tensors)) {
      inference.set(setting, [...(inference.get(setting) ?? []), seconds]);
    }
    pixels.push(await decodeAll(images, description));
    whole.push(await classifyAll(work, model, alignment, true));
    cold.push(await classifyAll(work, model, alignment, false));
    pipeline.push(await transformers(hub, images));
  }
  const [best, coreSeconds] = [...inference]
    .map(([setting, values]) => [setting, median(values)] as const)
    .reduce((a, b) => (b[1] < a[1] ? b : a));
  const possible = CORES / (coreSeconds + median(pixels));
  const reached = median(whole);
  console.log(
    [
      `\n${name}`,
      `  inference  ${ms(coreSeconds)} core-ms an image (best: ${best}; ${rate(CORES / coreSeconds)} alone)`,
      ...[...inference].map(([setting, values]) => `               ${setting}: ${ms(median(values))}`),
      `  pixels     ${ms(median(pixels))} core-ms an image (${rate(CORES / median(pixels))} alone)`,
      `  possible   ${rate(possible)}`,
      `  classify   ${rate(reached)}  = ${(reached / possible).toFixed(3)} of what is possible (asked: 0.9)   [${whole.map((x) => x.toFixed(0)).join(' ')}]`,
      `  with the loading of the model: ${rate(median(cold))}  = ${(median(cold) / possible).toFixed(3)}`,
      `  pipeline   ${rate(median(pipeline))}  classify is ${(reached / median(pipeline)).toFixed(2)} x as fast (asked: 2.5)`,
    ].join('\n'),
  );
}

async function withEngine<T>(work: string, use: (engine: EngineRpc) => Promise<T>): Promise<T> {
  const engine = await startBuilt(path.join(root, 'dist'), path.join(work, 'cache'));
  try {
    return await use(engine.rpc);
  } finally {
    await engine.stop();
  }
}

/**
 * Images a second of one classification with nothing stored, in a fresh engine.
 * @param loaded whether the backbone was loaded before, as `semap classify` does while it aligns
 */
async function classifyAll(
  work: string,
  model: string,
  alignment: AlignmentDocument,
  loaded: boolean,
): Promise<number> {
  await rm(path.join(work, 'cache/outputs'), { recursive: true, force: true });
  return withEngine(work, async (engine) => {
    if (loaded) await engine.call('loadBackbone', { backbone: model });
    const started = performance.now();
    const result = await engine.call('classify', {
      folders: [path.join(work, 'images')],
      backbone: model,
      alignment,
    });
    if (result.images !== IMAGES) throw new Error(`${result.images} images were classified.`);
    return (result.images * 1000) / (performance.now() - started);
  });
}

async function loadPixels(files: readonly string[], { input }: BackboneDescription): Promise<Float32Array[]> {
  return Promise.all(
    files.map(async (file) => {
      const view = inputView(input, new ArrayBuffer(inputBytes(input)));
      fillInput(await decodeImage(await readFile(file)), input, view);
      return view as Float32Array;
    }),
  );
}

/** Core-seconds an image of bare runs, per setting. */
async function bareRuns(
  model: string,
  { input, inputName }: BackboneDescription,
  tensors: readonly Float32Array[],
): Promise<Map<string, number>> {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const ort = await import('onnxruntime-node');
  const found = new Map<string, number>();
  for (const threads of new Set([1, CORES])) {
    const session = await ort.InferenceSession.create(model, { intraOpNumThreads: threads });
    for (const batch of [1, 8]) {
      const feeds = batches(tensors, batch).map((pixels) => ({
        [inputName]: new ort.Tensor('float32', pixels, [batch, 3, input.height, input.width]),
      }));
      await session.run(feeds[0]);
      const seconds = await timed(() => runAll(session, feeds));
      found.set(`batch ${batch}, ${threads} threads`, (seconds * threads) / (feeds.length * batch));
    }
    await session.release();
  }
  return found;
}

async function runAll(session: InferenceSession, feeds: readonly Record<string, Tensor>[]): Promise<void> {
  for (const feed of feeds) await session.run(feed);
}

function batches(tensors: readonly Float32Array[], size: number): Float32Array[] {
  const found: Float32Array[] = [];
  for (let i = 0; i + size <= tensors.length; i += size) {
    const whole = new Float32Array(size * tensors[0].length);
    tensors.slice(i, i + size).forEach((tensor, k) => {
      whole.set(tensor, k * tensor.length);
    });
    found.push(whole);
  }
  return found;
}

/** Core-seconds an image of reading, decoding and resizing, on one thread. */
async function decodeAll(files: readonly string[], { input }: BackboneDescription): Promise<number> {
  const view = inputView(input, new ArrayBuffer(inputBytes(input)));
  const seconds = await timed(async () => {
    for (const file of files) fillInput(await decodeImage(await readFile(file)), input, view);
  });
  return seconds / files.length;
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

/** Images a second of the pipeline, loading not counted, in a process of its own. */
async function transformers(folder: string, images: readonly string[]): Promise<number> {
  const script = fileURLToPath(new URL('./transformersPipeline.mjs', import.meta.url));
  const list = path.join(path.dirname(folder), 'images.json');
  await writeFile(list, JSON.stringify(images));
  const { stdout } = await promisify(execFile)(process.execPath, [script, folder, list]);
  return Number(stdout.trim().split('\n').at(-1));
}

/** 10,000 cached images under another mapping. */
async function rescoring(work: string, images: readonly string[]): Promise<void> {
  const model = path.join(data, 'backbones/mobilenetv2.onnx');
  const folder = path.join(work, 'many');
  const classes = [...new Set(images.map((file) => path.basename(path.dirname(file))))];
  for (let i = 0; i < 10_000; i++) {
    const source = images[i % images.length];
    const label = path.basename(path.dirname(source));
    if (i < images.length) await mkdir(path.join(folder, label), { recursive: true });
    await cp(source, path.join(folder, label, `${i}.jpg`), { mode: 1 });
  }
  await withEngine(work, async (engine) => {
    const targets = classes.map((label) => ({ name: label }));
    const alignments = await Promise.all(
      (['semap', 'semap-1', 'semap-k'] as const).map((method) =>
        engine.call('align', { targets, backbone: model, method }),
      ),
    );
    console.log('\nrescoring: filling the cache with 10,000 images, which takes a minute or two');
    await engine.call('classify', { folders: [folder], backbone: model, alignment: alignments[0] });
    for (const alignment of alignments) {
      const started = performance.now();
      const { seconds, predictions, method } = await engine.call('rescore', {
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

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function ms(seconds: number): string {
  return (seconds * 1000).toFixed(2);
}

function rate(imagesPerSecond: number): string {
  return `${imagesPerSecond.toFixed(0)} images/s`;
}

await main();
