import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ExportSource } from '../../../src/core/exports/exportedRun.ts';
import { formats } from '../../../src/core/exports/formats.ts';
import { ENGLISH } from '../../../src/core/text/text.ts';
import { writeExport } from '../../../src/files/exportFile.ts';
import { imageOf, sourceOf } from '../core/exports/fakeSource.ts';

const format = formats.find(({ id }) => id === 'label-studio');
assert.ok(format?.kind === 'file');
const labelStudio = format;

describe('an export that is written', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'semap-file-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (source: ExportSource, name = 'tasks.json') =>
    writeExport({
      format: labelStudio,
      source,
      options: {},
      context: { version: '1', language: ENGLISH },
      to: path.join(folder, name),
    });
  const names = (files: readonly string[]) => files.map((file) => path.basename(file));

  it('replaces itself, and leaves what a person changed beside it', async () => {
    const source = sourceOf([imageOf('1.jpg')]);
    assert.deepEqual(names(await write(source)), ['tasks.json', 'tasks.labeling.xml']);
    assert.deepEqual(names(await write(source)), ['tasks.json', 'tasks.labeling.xml']);
    const config = path.join(folder, 'tasks.labeling.xml');
    writeFileSync(config, '<View>mine</View>');
    assert.deepEqual(names(await write(source)), ['tasks.json', 'tasks.labeling-2.xml']);
    assert.equal(readFileSync(config, 'utf8'), '<View>mine</View>');
  });

  it('leaves the file of before where the source fails or is stopped in the middle', async () => {
    const before = readFileSync(path.join(folder, 'tasks.json'));
    const there = readdirSync(folder);
    const { run } = sourceOf([]);
    await assert.rejects(
      write({
        run,
        async *images() {
          yield [imageOf('1.jpg')];
          throw new Error('The disk is gone.');
        },
      }),
      /The disk is gone/,
    );
    assert.deepEqual(readFileSync(path.join(folder, 'tasks.json')), before);
    assert.deepEqual(readdirSync(folder), there);
  });
});
