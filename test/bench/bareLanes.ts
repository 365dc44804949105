import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { InferenceSession } from 'onnxruntime-node';
import type sharp from 'sharp';
import type { InputSpec } from '../../src/core/images/preprocessing.ts';
import {
  fillInput,
  type InputArray,
  inputBytes,
  inputView,
  leastScale,
} from '../../src/core/images/tensor.ts';
import { decodeImage } from '../../src/engine/images/decodeImage.ts';
import { type Rates, ratesSince, startOfRates } from './rates.ts';

/*
 * What worker threads reach side by side with nothing around them: read, decode, resize, session.run. Bundled by
 * classify.ts and run in a process of its own with one argument, a JSON file of `BareWork`; prints `Rates` as JSON.
 */

/** What the lanes do. */
export interface BareWork {
  readonly model: string;
  readonly input: InputSpec;
  readonly files: readonly string[];
  readonly lanes: number;
  /** Who makes pixels of a file: the code of the engine, or sharp (libvips, native), which also resizes. */
  readonly pixels: 'ours' | 'sharp';
  /** `package.json` of whoever has onnxruntime-node and sharp. */
  readonly modules: string;
}

/** Images that every lane runs before it is timed. */
const WARM = 20;

interface LaneData extends BareWork {
  readonly next: Int32Array;
}

async function starter(work: BareWork): Promise<Rates> {
  const next = new Int32Array(new SharedArrayBuffer(4));
  const data: LaneData = { ...work, next };
  const lanes = Array.from(
    { length: work.lanes },
    () => new Worker(new URL(import.meta.url), { workerData: data }),
  );
  const answers = () =>
    Promise.all(
      lanes.map(
        (lane) =>
          new Promise((resolve, reject) => {
            lane.once('message', resolve);
            lane.once('error', reject);
          }),
      ),
    );
  await answers();
  const start = startOfRates();
  const done = answers();
  for (const lane of lanes) lane.postMessage('go');
  await done;
  return ratesSince(start, work.files.length);
}

async function lane({ model, input, files, pixels, modules, next }: LaneData): Promise<void> {
  const require = createRequire(modules);
  const ort: typeof import('onnxruntime-node') = require('onnxruntime-node');
  // As the engine makes its sessions.
  const session = await ort.InferenceSession.create(model, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: 4,
    enableCpuMemArena: false,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const view = inputView(input, new ArrayBuffer(inputBytes(input)));
  const fill = pixels === 'sharp' ? sharpFill(require('sharp'), input, view) : ownFill(input, view);
  const one = async (file: string) => {
    await fill(file);
    await run(ort, session, input, view);
  };
  for (let i = 0; i < WARM; i++) await one(files[i % files.length]);
  parentPort!.once('message', async () => {
    for (let i = Atomics.add(next, 0, 1); i < files.length; i = Atomics.add(next, 0, 1)) await one(files[i]);
    parentPort!.postMessage('done');
  });
  parentPort!.postMessage('ready');
}

function ownFill(input: InputSpec, view: InputArray) {
  const least = leastScale(input);
  return async (file: string) => fillInput(await decodeImage(readFileSync(file), { least }), input, view);
}

/** Shortest edge and crop by sharp, which decodes a JPEG at the size that it needs; then normalized. */
function sharpFill(library: typeof sharp, input: InputSpec, view: InputArray) {
  library.concurrency(1);
  library.cache(false);
  const { width, height, preprocessing } = input;
  const { size, mean, std, rescaleFactor } = preprocessing;
  const shortest = size && 'shortestEdge' in size ? size.shortestEdge : undefined;
  return async (file: string) => {
    let picture = library(file);
    if (shortest !== undefined) {
      const { width: w = 1, height: h = 1 } = await library(file).metadata();
      const ratio = shortest / Math.min(w, h);
      const [toWidth, toHeight] = [Math.round(w * ratio), Math.round(h * ratio)];
      picture = picture.resize(toWidth, toHeight, { fit: 'fill' }).extract({
        left: (toWidth - width) >> 1,
        top: (toHeight - height) >> 1,
        width,
        height,
      });
    } else picture = picture.resize(width, height, { fit: 'fill' });
    const rgb = await picture.removeAlpha().toColourspace('srgb').raw().toBuffer();
    const plane = width * height;
    for (let c = 0; c < 3; c++) {
      const scale = rescaleFactor / std[c];
      const shift = mean[c] / std[c];
      for (let i = 0; i < plane; i++) view[c * plane + i] = rgb[3 * i + c] * scale - shift;
    }
  };
}

async function run(
  ort: typeof import('onnxruntime-node'),
  session: InferenceSession,
  { height, width }: InputSpec,
  view: InputArray,
): Promise<void> {
  const [name] = session.inputNames;
  const [output] = session.outputNames;
  const feed = new ort.Tensor('float32', view as Float32Array, [1, 3, height, width]);
  const { [output]: result } = await session.run({ [name]: feed }, [output]);
  (result.data as Float32Array).slice();
  result.dispose();
}

if (!isMainThread) await lane(workerData as LaneData);
else {
  const rates = await starter(JSON.parse(readFileSync(process.argv[2], 'utf8')));
  console.log(JSON.stringify(rates));
  process.exit(0);
}
