import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import {
  readChecked,
  readJson,
  sweepCache,
  writeCached,
  writeChecked,
} from '../../../src/engine/cacheFiles.ts';
import { temporaryFor } from '../../../src/files/wholeFile.ts';
import { column } from '../column.ts';
import { scratchOfTests } from './engineHarness.ts';

const files = scratchOfTests();

describe('files of a cache', () => {
  it('are cleared of what killed processes left, at every depth where they write', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    for (const folder of ['.', 'gradients', 'embeddings', 'embeddings/clip-0123']) {
      mkdirSync(files.path(folder), { recursive: true });
      const name = path.basename(temporaryFor('x')).replace(`-${process.pid}-`, `-${pid}-`);
      writeFileSync(files.path(folder, name), '');
      writeFileSync(files.path(folder, 'kept.json'), '1');
    }
    await sweepCache(files.folder);
    assert.deepEqual(
      column(
        readdirSync(files.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
        'name',
      ),
      ['kept.json', 'kept.json', 'kept.json', 'kept.json'],
    );
    await sweepCache(files.path('nowhere'));
  });

  it('are only not kept where nothing can be written', async () => {
    files.write('file', '');
    assert.equal(await writeCached(files.path('file', 'x.json'), '1'), false);
    assert.equal(await writeCached(files.path('new', 'x.json'), '{"a": 1}'), true);
    assert.deepEqual(await readJson(files.path('new', 'x.json')), { a: 1 });
    assert.deepEqual(readdirSync(files.path('new')), ['x.json']);
  });
});

describe('JSON that a cache keeps', () => {
  const value = { names: ['日本語', '\n'], none: null, number: 0.1, '10': 1, '2': [true] };

  it('comes back as it was', async () => {
    const file = files.path('below', 'a.json');
    await writeChecked(file, value);
    assert.deepEqual(await readChecked(file), value);
    assert.deepEqual(readdirSync(files.path('below')), ['a.json']);
  });

  it('is absent when any of its bytes was changed, also where it is still JSON', async () => {
    const file = files.path('a.json');
    await writeChecked(file, value);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 1;
      writeFileSync(file, damaged);
      assert.equal(await readChecked(file), undefined, `byte ${at}`);
      writeFileSync(file, whole.subarray(0, at));
      assert.equal(await readChecked(file), undefined, `cut at ${at}`);
    }
    writeFileSync(file, Buffer.concat([whole, Buffer.from(' ')]));
    assert.equal(await readChecked(file), undefined);
  });

  it('is taken without a checksum only where that was asked for', async () => {
    const file = files.write('a.json', JSON.stringify(value));
    assert.equal(await readChecked(file), undefined);
    assert.deepEqual(await readChecked(file, { plain: true }), value);
    assert.equal(await readChecked(files.path('none.json')), undefined);
  });

  it('is not kept where nothing can be written, and that is no error', async () => {
    mkdirSync(files.path('a.json'));
    await writeChecked(files.path('a.json'), value);
    files.write('file', '');
    await writeChecked(files.path('file', 'b.json'), value);
    assert.equal(await readChecked(files.path('a.json')), undefined);
  });
});
