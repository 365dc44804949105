import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RgbImage } from '../../../../src/core/images/preprocessing.ts';
import { rgbaOnWhite } from '../../../../src/core/images/rgbImage.ts';
import { type DrawnName, drawn } from './drawnPictures.ts';

/** A file that makeFormats.ts made of a drawn picture. */
export interface FormatFile {
  readonly bytes: Buffer;
  readonly of: DrawnName;
}

const stored: Record<string, { readonly file: string; readonly of: DrawnName }> = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'formats.json'), 'utf8'),
).files;

export const formatFiles: Readonly<Record<string, FormatFile>> = Object.fromEntries(
  Object.entries(stored).map(([name, { file, of }]) => [name, { bytes: Buffer.from(file, 'base64'), of }]),
);

export function formatFile(name: string): Buffer {
  const file = formatFiles[name];
  if (!file) throw new Error(`There is no file ${name}.`);
  return file.bytes;
}

/** What a drawn picture is when it is placed on white. */
export function onWhitePicture(name: DrawnName): RgbImage {
  const { width, height, channels, bytes } = drawn[name];
  const rgba = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const pixel = bytes.subarray(i * channels, (i + 1) * channels);
    const grey = channels < 3;
    const color = grey ? [pixel[0], pixel[0], pixel[0]] : [pixel[0], pixel[1], pixel[2]];
    rgba.set([...color, channels % 2 === 0 ? pixel[channels - 1] : 255], i * 4);
  }
  return rgbaOnWhite(width, height, rgba);
}
