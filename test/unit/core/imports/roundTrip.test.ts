import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { matchImages } from '../../../../src/core/imports/matchImages.ts';
import { plainRow } from '../../../../src/core/imports/plainRow.ts';
import { labelsOfRows, readLabels } from '../../../../src/core/imports/readLabels.ts';
import { exportedBytes } from '../exports/exported.ts';
import { imageOf, sourceOf } from '../exports/fakeSource.ts';

const HOSTILE = '=cmd|" /C & <b>\'; ,';
const images = [
  imageOf('cats/1.jpg', { label: 'dog', truth: 'cat' }),
  imageOf('dogs/1.jpg', { label: 'dog', given: 'dog' }),
  imageOf('ü & <x>/2 1.jpg', { label: 'cat', truth: HOSTILE }),
  imageOf('3.jpg', { label: '', said: 'none', answer: 'cat', given: null, truth: 'dog' }),
  imageOf('4.jpg', { label: 'cat' }),
  imageOf('b\\c/\u202eg.jpg', { label: 'cat', truth: 'dog' }),
];
const source = sourceOf(images, { labels: ['cat', 'dog', HOSTILE] });
const names = images.map(({ relative }) => relative);
const known = {
  'cats/1.jpg': 'cat',
  'dogs/1.jpg': 'dog',
  'ü & <x>/2 1.jpg': HOSTILE,
  'b\\c/\u202eg.jpg': 'dog',
};
const NONE = { '3.jpg': null };

describe('labels that SeMap exported come back', () => {
  for (const [id, expected, options] of [
    ['csv', { ...known, ...NONE }, {}],
    ['json', { ...known, ...NONE }, {}],
    ['jsonl', { ...known, ...NONE }, {}],
    ['parquet', { ...known, ...NONE }, {}],
    ['label-studio', known, {}],
    ['cvat', known, {}],
    ['coco', known, { take: 'best' }],
    ['coco', known, { take: 'known' }],
    ['fiftyone', known, { take: 'best' }],
  ] as const) {
    test(`as ${id}${'take' in options ? ` with ${options.take} labels` : ''}, and no answers`, async () => {
      const bytes = await exportedBytes(id, source, options);
      const isImage = (name: string) => names.includes(name);
      const { buffer, byteOffset, byteLength } = bytes;
      const read =
        id === 'parquet'
          ? labelsOfRows(
              (
                await parquetReadObjects({
                  file: buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer,
                })
              ).map(plainRow),
              'x.parquet',
              isImage,
            )
          : readLabels(bytes.toString(), 'x', isImage);
      const { found } = matchImages(read.labels.keys(), '/photos', names);
      const said = [...found].map(([reference, name]) => [name, read.labels.get(reference)?.label ?? null]);
      assert.deepEqual(Object.fromEntries(said), expected);
    });
  }
});
