/**
 * Writes formats.json: small files of drawn pictures by the encoders of libavif (avifenc), libheif (heif-enc), libjxl (cjxl)
 * and OpenJPEG (opj_compress). Run by hand: `node --import tsx test/unit/engine/images/makeFormats.ts`.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { type DrawnName, drawn, drawnPng } from './drawnPictures.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'formats-'));
const place = (name: string): string => path.join(folder, name);
for (const [name, picture] of Object.entries(drawn)) {
  writeFileSync(place(`${name}.png`), withChecksums(drawnPng(picture)));
  writeFileSync(place(`${name}16.png`), withChecksums(drawnPng(picture, 16)));
}

function withChecksums(png: Uint8Array): Uint8Array {
  const file = Buffer.from(png);
  for (let at = 8; at < file.length; ) {
    const end = at + 8 + file.readUInt32BE(at);
    file.writeUInt32BE(crc32(file.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return file;
}

interface Made {
  readonly file: string;
  readonly of: DrawnName;
}
const files: Record<string, Made> = {};

/** One file; IN and OUT stand for the picture and the result. */
function make(name: string, of: DrawnName, command: string): void {
  const inputs = (word: string) => word.replace(/^IN(16)?$/, (_, deep) => place(`${of}${deep ?? ''}.png`));
  const [program, ...words] = command.split(' ');
  const all = words.map((word) =>
    word === 'OUT' ? place(name) : word === 'GREY' ? place('grey.png') : inputs(word),
  );
  execFileSync(program, all, { stdio: ['ignore', 'ignore', 'inherit'] });
  files[name] = { file: readFileSync(place(name)).toString('base64'), of };
}

make('rgb.avif', 'rgb', 'avifenc -s 6 -l IN OUT');
make('rgba.avif', 'rgba', 'avifenc -s 6 -l IN OUT');
make('premultiplied.avif', 'rgba', 'avifenc -s 6 -l -p IN OUT');
make('10 bits.avif', 'rgb', 'avifenc -s 6 --min 0 --max 0 -d 10 IN16 OUT');
make('grey.avif', 'grey', 'avifenc -s 6 --min 0 --max 0 -y 400 IN OUT');
for (const turn of [1, 2, 3]) make(`turned ${turn}.avif`, 'rgb', `avifenc -s 6 -l --irot ${turn} IN OUT`);
for (const axis of [0, 1]) make(`mirrored ${axis}.avif`, 'rgb', `avifenc -s 6 -l --imir ${axis} IN OUT`);
make('turned 1 and mirrored 0.avif', 'rgb', 'avifenc -s 6 -l --irot 1 --imir 0 IN OUT');
make('cropped.avif', 'rgb', 'avifenc -s 6 -l --crop 4,6,30,20 IN OUT');
make('grid.avif', 'large', 'avifenc -s 6 --min 0 --max 4 -g 2x2 IN OUT');
make('animated.avif', 'rgb', 'avifenc -s 6 -l IN GREY OUT');
make('Display P3.avif', 'rgb', 'avifenc -s 6 -l --cicp 12/13/0 IN OUT');

const exact = '-L -p chroma=444 --matrix_coefficients=0';
make('rgb.heic', 'rgb', `heif-enc ${exact} IN -o OUT`);
make('tile.heic', 'tile', `heif-enc ${exact} IN -o OUT`);
make('rgba.heic', 'rgba', `heif-enc ${exact} IN -o OUT`);
make('grey.heic', 'grey', `heif-enc -L IN -o OUT`);
make('10 bits.heic', 'rgb', `heif-enc ${exact} -b 10 IN16 -o OUT`);
make('with thumbnail.heic', 'rgb', `heif-enc ${exact} -t 16 IN -o OUT`);
make('two pictures.heic', 'rgb', `heif-enc ${exact} IN GREY -o OUT`);

make('rgb.jxl', 'rgb', 'cjxl -d 0 IN OUT');
make('rgba.jxl', 'rgba', 'cjxl -d 0 IN OUT');
make('16 bits.jxl', 'rgb', 'cjxl -d 0 IN16 OUT');
make('grey.jxl', 'grey', 'cjxl -d 0 IN OUT');
make('grey with alpha.jxl', 'greya', 'cjxl -d 0 IN OUT');
make('container.jxl', 'rgb', 'cjxl -d 0 --container=1 IN OUT');
make('lossy.jxl', 'large', 'cjxl -d 0.5 -p IN OUT');

make('rgb.jp2', 'rgb', 'opj_compress -i IN -o OUT');
make('rgb.j2k', 'rgb', 'opj_compress -i IN -o OUT');
make('rgba.jp2', 'rgba', 'opj_compress -i IN -o OUT');
make('16 bits.jp2', 'rgb', 'opj_compress -i IN16 -o OUT');
make('grey.jp2', 'grey', 'opj_compress -i IN -o OUT');
make('grey with alpha.jp2', 'greya', 'opj_compress -i IN -o OUT');
make('tiles.jp2', 'large', 'opj_compress -i IN -o OUT -t 100,100');
make('lossy.jp2', 'large', 'opj_compress -i IN -o OUT -q 40,50 -I -p RPCL -SOP -EPH');

writeFileSync(path.join(import.meta.dirname, 'formats.json'), `${JSON.stringify({ files }, undefined, 2)}\n`);
rmSync(folder, { recursive: true });
