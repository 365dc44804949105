import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { placedBelow } from '../../../../src/core/exports/exportedRun.ts';
import { readLabelFile } from '../../../../src/engine/truths/readLabelFile.ts';
import { exportedBytes } from '../../core/exports/exported.ts';
import { imageOf, sourceOf } from '../../core/exports/fakeSource.ts';

/** Formats that say what is known, and what they have to be asked for it. */
const FORMATS = [
  ['csv', 'csv', {}],
  ['json', 'json', {}],
  ['jsonl', 'jsonl', {}],
  ['parquet', 'parquet', {}],
  ['label-studio', 'json', {}],
  ['cvat', 'xml', {}],
  ['coco', 'json', { take: 'known' }],
  ['fiftyone', 'json', { take: 'known' }],
] as const;

describe('labels that are exported', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'semap-round-'));
    mkdirSync(path.join(folder, 'photos', 'cat'), { recursive: true });
    for (const name of ['cat/1.jpg', 'cat/2.jpg', '3.jpg', '4.jpg', '5.jpg'])
      writeFileSync(path.join(folder, 'photos', name), '');
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [id, extension, options] of FORMATS) {
    it(`are imported again: ${id}`, async () => {
      const photos = path.join(folder, 'photos');
      const image = (name: string, more: object) => {
        const file = path.join(photos, name);
        return { ...imageOf(name, more), path: file, ...placedBelow(file, [photos], path.sep) };
      };
      const images = [
        image('cat/1.jpg', { label: 'cat', truth: 'cat' }),
        image('cat/2.jpg', { label: '=dog', truth: 'cat', confidence: 0.4 }),
        image('3.jpg', { label: '=dog', given: '=dog', truth: 'cat' }),
        image('4.jpg', { label: '', said: 'none', answer: 'cat', given: null }),
        image('5.jpg', { label: 'cat' }),
      ];
      const has = { splits: false, settled: true, caution: true, looks: false };
      const source = sourceOf(images, { folders: [photos], labels: ['cat', '=dog'], has });
      const file = path.join(folder, `labels.${extension}`);
      writeFileSync(file, await exportedBytes(id, source, options));
      const { names, numbers, givens } = await readLabelFile(
        { file, folder: photos },
        () => Promise.reject(new Error('No WordNet is needed.')),
        new AbortController().signal,
      );
      const found = Object.fromEntries(names.map((name, i) => [name, givens[numbers[i]].label ?? null]));
      const { '4.jpg': none, ...labels } = found;
      assert.deepEqual(labels, { 'cat/1.jpg': 'cat', 'cat/2.jpg': 'cat', '3.jpg': '=dog' });
      // Where a format has a word for it: others say nothing.
      assert.equal(none, ['csv', 'json', 'jsonl', 'parquet'].includes(id) ? null : undefined);
    });
  }
});
