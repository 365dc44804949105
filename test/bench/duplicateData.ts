import { readFileSync } from 'node:fs';
import path from 'node:path';
import { encode } from 'jpeg-js';
import type { BackboneDescription } from '../../src/core/backbones/backboneDescription.ts';
import { type ImageFacts, lookOf } from '../../src/core/images/imageFacts.ts';
import type { RgbImage } from '../../src/core/images/preprocessing.ts';
import { resize } from '../../src/core/images/resample.ts';
import { fillInput, inputBytes, inputView } from '../../src/core/images/tensor.ts';
import { readFeatures } from '../../src/engine/features/features.ts';
import { decodeImage } from '../../src/engine/images/decodeImage.ts';
import { Lane, specOf } from '../../src/engine/inference/lane.ts';
import { appendOf } from '../../src/engine/models/addedOutputs.ts';
import { classFolders, keptValues, PIXELS_VERSION } from './mappingData.ts';

/** What people and programs do to a picture that stays the same to the eye. */
export const VARIANTS: Readonly<Record<string, (image: RgbImage) => RgbImage | Promise<RgbImage>>> = {
  'JPEG 50': (image) => compressed(image, 50),
  'half size': (image) => scaled(image, 0.5),
  'crop 5%': (image) => cropped(image, 0.05),
  '15% lighter': (image) => lit(image, 1.15),
  '20% darker': (image) => lit(image, 0.8),
  mirrored,
  'crop 10%': (image) => cropped(image, 0.1),
  'all a little': async (image) => compressed(cropped(lit(scaled(image, 0.7), 1.08), 0.03), 70),
};

function compressed({ width, height, data }: RgbImage, quality: number): Promise<RgbImage> {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < 3; c++) rgba[4 * i + c] = data[3 * i + c];
  return decodeImage(encode({ data: rgba, width, height }, quality).data);
}

function scaled(image: RgbImage, by: number): RgbImage {
  const side = (pixels: number) => Math.max(1, Math.round(by * pixels));
  return resize(image, { width: side(image.width), height: side(image.height) }, { filter: 'bicubic' });
}

function cropped(image: RgbImage, share: number): RgbImage {
  const [left, top] = [image.width, image.height].map((side) => Math.round((share * side) / 2));
  const window = { left, top, width: image.width - 2 * left, height: image.height - 2 * top };
  return resize(image, { width: image.width, height: image.height, window }, { filter: 'bilinear' });
}

function lit(image: RgbImage, by: number): RgbImage {
  return { ...image, data: image.data.map((value) => Math.min(255, Math.round(value * by))) };
}

function mirrored(image: RgbImage): RgbImage {
  const { width } = image;
  const data = new Uint8Array(image.data.length);
  for (let i = 0; i < data.length / 3; i++) {
    const from = 3 * (i - (i % width) + width - 1 - (i % width));
    for (let c = 0; c < 3; c++) data[3 * i + c] = image.data[from + c];
  }
  return { ...image, data };
}

/** What is known of one picture. */
export interface Measured {
  /** Index of the picture that it was made from, which is itself where `variant` is undefined. */
  readonly of: number;
  readonly variant: string | undefined;
  readonly features: Float32Array;
  readonly logits: Float32Array;
  readonly facts: ImageFacts;
}

/** Variants are made of so many pictures of a folder. */
const CHANGED = 80;

/** The pictures of a folder, and made ones behind them; kept in `cache`. */
export async function measurePictures(
  folder: string,
  backbone: BackboneDescription,
  cache: string,
): Promise<readonly Measured[]> {
  const { files } = classFolders(folder);
  const step = Math.max(1, Math.floor(files.length / CHANGED));
  const names = Object.keys(VARIANTS);
  const list = [
    ...files.map((_, of) => ({ of, variant: undefined })),
    ...files.flatMap((_, of) => (of % step === 0 ? names.map((variant) => ({ of, variant })) : [])),
  ];
  const S = backbone.labelSpace.labels.length;
  const values = await keptValues(
    cache,
    `${path.basename(folder)}-${backbone.name}-pictures-`,
    [PIXELS_VERSION, 'pictures', backbone.sha256, backbone.input, files, names, step],
    () => run(files, list, backbone, cache),
  );
  const width = values.length / list.length;
  return list.map(({ of, variant }, i) => {
    const row = values.subarray(i * width, (i + 1) * width);
    const [pixelsWide, pixelsHigh, spread, detail, ...codes] = row.subarray(0, FACTS);
    return {
      of,
      variant,
      facts: { width: pixelsWide, height: pixelsHigh, spread, detail, shape: String.fromCharCode(...codes) },
      logits: row.subarray(FACTS, FACTS + S),
      features: row.subarray(FACTS + S),
    };
  });
}

const FACTS = 4 + 32;

async function run(
  files: readonly string[],
  list: readonly Pick<Measured, 'of' | 'variant'>[],
  backbone: BackboneDescription,
  cache: string,
): Promise<Float32Array> {
  const { features } = await readFeatures(cache, backbone);
  if (!features) throw new Error(`${backbone.name} has no penultimate features.`);
  const lane = await Lane.open(backbone.path, {
    threads: 1,
    provider: 'cpu',
    append: appendOf(backbone, features.tap),
  });
  const { input } = backbone;
  const width = FACTS + backbone.labelSpace.labels.length + features.width;
  const values = new Float32Array(list.length * width);
  try {
    await lane.prepare(specOf(backbone, features.tap));
    for (const [i, { of, variant }] of list.entries()) {
      const whole = await decodeImage(readFileSync(files[of]));
      const image = variant === undefined ? whole : await VARIANTS[variant](whole);
      const buffer = new ArrayBuffer(inputBytes(input));
      const { spread, detail, shape } = lookOf(fillInput(image, input, inputView(input, buffer)));
      const { scores, features: own } = await lane.run([buffer]);
      const codes = Array.from(shape, (code) => code.charCodeAt(0));
      values.set([image.width, image.height, spread, detail, ...codes], i * width);
      values.set(scores, i * width + FACTS);
      values.set(own!, i * width + width - features.width);
    }
  } finally {
    await lane.close();
  }
  return values;
}
