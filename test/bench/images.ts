/**
 * Milliseconds of one core per image: decoding, and resizing with normalisation to 224 x 224.
 * Run with `npm run bench:images`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'jpeg-js';
import type { RgbImage } from '../../src/core/images/preprocessing.ts';
import { fillInput, inputBytes, inputView } from '../../src/core/images/tensor.ts';
import { decodeImage } from '../../src/engine/images/decodeImage.ts';
import { encodeThumbnail } from '../../src/engine/images/thumbnail.ts';
import { inputSpec } from '../unit/inputSpec.ts';

const usual = {
  size: { shortestEdge: 256 },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;
const SPEC = inputSpec(224, { ...usual, crop: { height: 224, width: 224 } });
const bicubic = inputSpec(224, { ...SPEC.preprocessing, resample: 'bicubic' });

/** Mean time per item in the best of several rounds, in milliseconds: other programs only make a round slower. */
async function measure<T>(items: readonly T[], rounds: number, work: (item: T) => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    for (const item of items) await work(item);
    best = Math.min(best, (performance.now() - start) / items.length);
  }
  return best;
}

async function report(name: string, files: readonly Uint8Array[], rounds: number): Promise<void> {
  const images: RgbImage[] = [];
  for (const file of files) images.push(await decodeImage(file));
  const pixels = images.reduce((sum, image) => sum + image.width * image.height, 0) / images.length;
  const view = inputView(SPEC, new ArrayBuffer(inputBytes(SPEC)));
  const decode = await measure(files, rounds, (file) => decodeImage(file));
  const bilinearFill = await measure(images, rounds, (image) => fillInput(image, SPEC, view));
  const thumbnail = await measure(images.slice(0, 40), rounds, (image) => encodeThumbnail(image, 160));
  const bicubicFill = await measure(images, rounds, (image) => fillInput(image, bicubic, view));
  console.log(
    `${name.padEnd(28)} ${String(files.length).padStart(5)} images  ${Math.round(pixels / 1000)} kpx  ` +
      `decode ${decode.toFixed(2)} ms  bilinear ${bilinearFill.toFixed(2)} ms  bicubic ${bicubicFill.toFixed(2)} ms  ` +
      `decode + bilinear ${(decode + bilinearFill).toFixed(2)} ms  thumbnail ${thumbnail.toFixed(2)} ms`,
  );
}

const data = process.env['SEMAP_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../shared/data');
const folder = path.join(data, 'images/caltech101');
if (existsSync(folder)) {
  const files = readdirSync(folder).flatMap((name) =>
    readdirSync(path.join(folder, name))
      .slice(0, 4)
      .map((file) => readFileSync(path.join(folder, name, file))),
  );
  await report('caltech101', files, 5);
} else {
  console.log(`no caltech101 at ${folder}`);
}

/** Smooth shapes with a little noise: about as hard to code as a photo. */
function synthetic(width: number, height: number): Uint8Array {
  const rgba = new Uint8Array(width * height * 4);
  let noise = 1;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 4; c++, i++) {
        noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
        rgba[i] = 128 + 90 * Math.sin((x * (c + 1)) / 60) * Math.cos(y / 45) + (noise >>> 28);
      }
    }
  }
  return encode({ data: rgba, width, height }, 88).data;
}

await report('synthetic 1600 x 1200 JPEG', [synthetic(1600, 1200)], 15);
