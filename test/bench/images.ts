import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { fillInput, inputBytes, inputView, leastScale } from '../../src/core/images/tensor.ts';
import { decodeImage } from '../../src/engine/images/decodeImage.ts';
import { encodeThumbnail, thumbnailScale } from '../../src/engine/images/thumbnail.ts';
import { DISPLAY_P3, withIcc } from '../unit/engine/images/iccProfiles.ts';
import { inputSpec } from '../unit/inputSpec.ts';
import { compareAnswers } from './imageAnswers.ts';
import { makePhotographs } from './photographs.ts';

/*
 * npm run bench:images [-- PART...] [--first N] [--count N] [--backbone NAME]...
 *
 * Parts:
 *   time      processor time of one core for a JPEG, from the bytes of the file to an input of 224 x 224, as sRGB and Display P3, and to a thumbnail,
 *             on photographs of 0.1, 2, 12 and 48 megapixels, baseline and progressive; beside sharp (libvips, native)
 *   answers   whether pictures that were decoded at a fraction of their size are answered as whole ones are: pixels,
 *             answers among the labels of a task, and accuracy, on 1,000 photographs and every backbone of the test data
 * Without any, both. Needs the test data; answers needs the build, too.
 */

const root = path.resolve(import.meta.dirname, '../..');
const data = process.env['SEMAP_TEST_DATA'] ?? path.join(root, '../shared/data');
const SPEC = inputSpec(224, {
  size: { shortestEdge: 256 },
  crop: { height: 224, width: 224 },
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
});
const THUMBNAIL = 192;
const ROUNDS = 5;

/** Width, height, and how many photographs. */
const SIZES = [
  [400, 300, 16],
  [1632, 1224, 8],
  [4000, 3000, 8],
  [8000, 6000, 3],
] as const;

const view = inputView(SPEC, new ArrayBuffer(inputBytes(SPEC)));

const WAYS: Readonly<Record<string, (file: Uint8Array) => Promise<unknown>>> = {
  input: async (file) => fillInput(await decodeImage(file, { least: leastScale(SPEC) }), SPEC, view),
  'input, all pixels': async (file) => fillInput(await decodeImage(file), SPEC, view),
  'input, Display P3': async (file) =>
    fillInput(await decodeImage(inDisplayP3(file), { least: leastScale(SPEC) }), SPEC, view),
  'converted first': async (file) => {
    const { toSrgb, ...image } = await decodeImage(inDisplayP3(file), { least: leastScale(SPEC) });
    toSrgb?.(image.data);
    fillInput(image, SPEC, view);
  },
  'input by sharp': (file) => sharp(file).resize(256, 256, { fit: 'outside' }).raw().toBuffer(),
  thumbnail: async (file) =>
    encodeThumbnail(await decodeImage(file, { least: thumbnailScale(THUMBNAIL) }), THUMBNAIL),
  'thumbnail by sharp': (file) =>
    sharp(file).resize(THUMBNAIL, THUMBNAIL, { fit: 'inside' }).jpeg({ quality: 80 }).toBuffer(),
};

const inP3 = new Map<Uint8Array, Uint8Array>();

/** The file with the profile of phones; of each it is made once. */
function inDisplayP3(file: Uint8Array): Uint8Array {
  const made = inP3.get(file) ?? withIcc(file, DISPLAY_P3);
  inP3.set(file, made);
  return made;
}

/** Milliseconds of processor time: the median over files of the best of some rounds. */
async function processorTime(
  files: readonly Uint8Array[],
  work: (file: Uint8Array) => Promise<unknown>,
): Promise<number> {
  const best = files.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, file] of files.entries()) {
      const before = process.cpuUsage();
      await work(file);
      const { user, system } = process.cpuUsage(before);
      best[i] = Math.min(best[i], (user + system) / 1000);
    }
  }
  return best.sort((a, b) => a - b)[best.length >> 1];
}

async function times(work: string): Promise<void> {
  sharp.concurrency(1);
  sharp.cache(false);
  const source = path.join(data, 'images/imagenette-val');
  const photographs = readdirSync(source).map((name) =>
    path.join(source, name, readdirSync(path.join(source, name))[0]),
  );
  console.log(
    `${'ms of a core'.padEnd(28)}${Object.keys(WAYS)
      .map((way) => way.padStart(20))
      .join('')}`,
  );
  for (const [width, height, count] of SIZES) {
    const folder = path.join(work, `${width}`);
    await makePhotographs(
      Array.from({ length: count }, (_, i) => photographs[i % photographs.length]),
      folder,
      width,
      height,
    );
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => new Uint8Array(readFileSync(path.join(parentPath, name))));
    const progressive = await Promise.all(
      files
        .slice(0, 3)
        .map(
          async (file) =>
            new Uint8Array(await sharp(file).jpeg({ quality: 90, progressive: true }).toBuffer()),
        ),
    );
    for (const [name, set] of [
      ['', files],
      [', progressive', progressive],
    ] as const) {
      const cells: string[] = [];
      for (const way of Object.values(WAYS))
        cells.push((await processorTime(set, way)).toFixed(1).padStart(20));
      console.log(`${`${((width * height) / 1e6).toFixed(1)} MP${name}`.padEnd(28)}${cells.join('')}`);
    }
  }
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    first: { type: 'string', default: '0' },
    count: { type: 'string', default: '1000' },
    backbone: { type: 'string', multiple: true },
  },
});
if (!existsSync(path.join(data, 'images'))) {
  console.log(`No test data at ${data}.`);
} else {
  const wants = (part: string) => positionals.length === 0 || positionals.includes(part);
  const work = await mkdtemp(path.join(os.tmpdir(), 'semap-bench-'));
  try {
    await mkdir(work, { recursive: true });
    if (wants('time')) await times(work);
    if (wants('answers'))
      await compareAnswers(root, data, work, Number(options.first), Number(options.count), options.backbone);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
