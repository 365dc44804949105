import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { fillInput, inputBytes, inputView, leastScale } from '../../src/core/images/tensor.ts';
import { decodeImage } from '../../src/engine/images/decodeImage.ts';

/** The images of one folder of class folders, and one backbone's outputs for them. */
export interface MeasuredSet {
  readonly name: string;
  readonly classes: readonly string[];
  readonly truths: readonly number[];
  /** Row-major [N, S]; log p where the backbone gives probabilities. */
  readonly logits: Float32Array;
}

/** To be raised whenever the same image and preprocessing give other pixels than before. */
export const PIXELS_VERSION = 4;
const BATCH = 8;
/** Keeps log p finite. */
const LEAST = 1e-30;
const TENSOR = { float32: Float32Array, uint8: Uint8Array, int8: Int8Array };

/**
 * Runs a backbone over a folder of class folders; outputs are kept in `cache` by model, preprocessing and folder.
 */
export async function measure(
  folder: string,
  backbone: BackboneDescription,
  cache: string,
): Promise<MeasuredSet> {
  const set = classFolders(folder);
  const logits = keptValues(cache, '', [PIXELS_VERSION, backbone.sha256, backbone.input, set.files], () =>
    run(set.files, backbone),
  );
  return { name: path.basename(folder), classes: set.classes, truths: set.truths, logits: await logits };
}

/** The images of a folder of class folders, in the order of their names, and the index of each one's class. */
export function classFolders(folder: string) {
  const classes = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const files = classes.flatMap((label) =>
    readdirSync(path.join(folder, label))
      .sort()
      .map((file) => path.join(folder, label, file)),
  );
  return { classes, files, truths: files.map((file) => classes.indexOf(path.basename(path.dirname(file)))) };
}

/** What `make` gave before for the same key, from `cache`; else what it gives now. */
export async function keptValues(
  cache: string,
  name: string,
  key: unknown,
  make: () => Promise<Float32Array>,
): Promise<Float32Array> {
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex');
  const kept = path.join(cache, `${name}${hash.slice(0, 24)}.f32`);
  if (!existsSync(kept)) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(kept, new Uint8Array((await make()).buffer));
  }
  const bytes = readFileSync(kept);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

async function run(files: readonly string[], backbone: BackboneDescription): Promise<Float32Array> {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const ort = await import('onnxruntime-node');
  const { input, inputName, outputName, output, labelSpace } = backbone;
  const { type } = input;
  if (type === 'float16') throw new Error('The benchmark runs no float16 inputs.');
  const session = await ort.InferenceSession.create(backbone.path);
  const bytes = inputBytes(input);
  const S = labelSpace.labels.length;
  const logits = new Float32Array(files.length * S);
  const batch = backbone.fixedBatch ?? BATCH;
  for (let at = 0; at < files.length; at += batch) {
    const part = files.slice(at, at + batch);
    const images = backbone.fixedBatch ?? part.length;
    const pixels = new ArrayBuffer(images * bytes);
    for (const [i, file] of part.entries()) {
      const view = inputView(input, pixels, i * bytes);
      fillInput(await decodeImage(readFileSync(file), { least: leastScale(input) }), input, view);
    }
    const dims =
      input.layout === 'nchw'
        ? [images, 3, input.height, input.width]
        : [images, input.height, input.width, 3];
    const result = await session.run({
      [inputName]: new ort.Tensor(type, new TENSOR[type as keyof typeof TENSOR](pixels), dims),
    });
    const values = result[outputName].data as Float32Array;
    for (let k = 0; k < part.length * S; k++) {
      logits[at * S + k] = output === 'logits' ? values[k] : Math.log(Math.max(LEAST, values[k]));
    }
  }
  await session.release();
  return logits;
}
