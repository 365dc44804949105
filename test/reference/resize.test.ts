import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { ResampleFilter } from '../../src/core/images/preprocessing.ts';
import { resize } from '../../src/core/images/resample.ts';
import { decodeImage } from '../../src/engine/images/decodeImage.ts';

interface Row {
  readonly source: string;
  readonly filter: ResampleFilter;
  readonly width: number;
  readonly height: number;
  readonly result: string;
}

const data = process.env['SEMAP_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../shared/data');
const folder = path.join(data, 'reference/resize');
const skip = existsSync(folder) ? false : `no reference images at ${folder}`;

const decode = (name: string) => decodeImage(readFileSync(path.join(folder, name)));

describe('Resizing gives exactly the pixels of Pillow 9.4 Image.resize', { skip }, () => {
  const rows: readonly Row[] = skip
    ? []
    : JSON.parse(readFileSync(path.join(folder, 'index.json'), 'utf8')).rows;
  for (const row of rows) {
    test(`${row.source} to ${row.width} x ${row.height}, ${row.filter}`, async () => {
      const actual = resize(
        await decode(row.source),
        { width: row.width, height: row.height },
        { filter: row.filter },
      );
      const expected = await decode(row.result);
      assert.deepEqual([actual.width, actual.height], [expected.width, expected.height]);
      let worst = 0;
      for (let i = 0; i < expected.data.length; i++) {
        worst = Math.max(worst, Math.abs(actual.data[i] - expected.data[i]));
      }
      assert.equal(worst, 0);
    });
  }
});
