import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inflateSync } from 'node:zlib';

/** An image file that Pillow made, and the pixels that Pillow read from it; see pillow.py. */
export interface PillowFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

interface Stored {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly deflatedRgb: string;
}

function readFiles(name: string): readonly PillowFile[] {
  const { files }: { files: Record<string, Stored> } = JSON.parse(
    readFileSync(path.join(import.meta.dirname, name), 'utf8'),
  );
  return Object.entries(files).map(([name, entry]) => ({
    name,
    bytes: Buffer.from(entry.file, 'base64'),
    width: entry.width,
    height: entry.height,
    rgb: inflateSync(Buffer.from(entry.deflatedRgb, 'base64')),
  }));
}

export const pillowFiles = readFiles('pillow.json');

/** TIFF files that tifffile made, and the pixels that they must give; see tifffile.py. */
export const tiffFiles = readFiles('tifffile.json');
