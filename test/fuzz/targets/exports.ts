import assert from 'node:assert/strict';
import { parquetReadObjects } from 'hyparquet';
import type { ExportSource } from '../../../src/core/exports/exportedRun.ts';
import { formats } from '../../../src/core/exports/formats.ts';
import { ENGLISH } from '../../../src/core/text/text.ts';
import { xmlTags } from '../../../src/core/text/xmlTags.ts';
import { jsonSource } from '../../../src/files/jsonSource.ts';
import { damageJson } from '../damage/json.ts';
import { type FuzzTarget, orRefusal } from '../target.ts';

const looks = { duplicateGroup: 1, odd: false, blank: false, tiny: true, width: 8, height: 9 };
const predictions: readonly object[] = [
  { path: '/photos/cat/1.jpg', label: 'cat', confidence: 0.9, truth: 'cat', split: 'train', ...looks },
  { path: '/photos/2 "&<\u202e.jpg', label: 'dog', confidence: 0.4, plain: 'cat', plainConfidence: 0.5 },
  { path: '/photos/3.jpg', label: 'dog', confidence: 1, given: 'dog' },
  { path: '/photos/4.jpg', label: '', said: 'none', answer: '=dog', confidence: 0.3, given: null },
  { path: '/elsewhere/5.jpg', label: 'mammal', said: 'kind', sense: 'x', answer: 'dog', confidence: 0.7 },
  { path: 'C:\\6.jpg', label: 'cat', confidence: 0, fired: [{ label: 'tabby', share: 0.5 }] },
];
const seeds: readonly unknown[] = [
  { folders: ['/photos'], images: 6, settled: {}, skipped: [], predictions, backbone: { name: 'tiny' } },
  { images: 2, predictions: predictions.slice(0, 2), seconds: 1, cancelled: true },
  { predictions: [] },
];

/** What was printed of a classification is refused, or leaves in every format as one reads it. */
export const exports: FuzzTarget = {
  name: 'exports',
  megabytes: 200,
  make: (random) => damageJson(random.pick(seeds), random),
  async check(input) {
    const whole = await orRefusal(() => jsonSource(() => inPieces(input, input.length), 'r.json'));
    const parted = await orRefusal(() => jsonSource(() => inPieces(input, 7), 'r.json'));
    assert.deepEqual(parted?.run, whole?.run, 'in pieces it is another');
    if (!whole || !parted) return;
    assert.deepEqual(await imagesOf(parted), await imagesOf(whole), 'in pieces images are others');
    for (const format of formats) {
      if (format.kind !== 'file') continue;
      const context = { version: '1', language: ENGLISH, thumbnail: async () => undefined };
      const parts: Buffer[] = [];
      for await (const part of format.write(whole, {}, context)) parts.push(Buffer.from(part as string));
      await mustRead(format.extension, Buffer.concat(parts));
    }
  },
};

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function imagesOf(source: ExportSource): Promise<unknown[]> {
  const images: unknown[] = [];
  for await (const some of source.images()) images.push(...some);
  return images;
}

async function mustRead(extension: string, bytes: Buffer): Promise<void> {
  if (extension === 'json') JSON.parse(bytes.toString());
  if (extension === 'jsonl')
    for (const line of bytes.toString().split('\n').filter(Boolean)) JSON.parse(line);
  if (extension === 'xml') for (const tag of xmlTags(bytes.toString())) assert.ok(tag.name);
  if (extension !== 'parquet') return;
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  for (const row of await parquetReadObjects({ file })) assert.equal(typeof row['path'], 'string');
}
