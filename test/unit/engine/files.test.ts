import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readJson, sweepCache, writeCached } from '../../../src/engine/files.ts';
import { temporaryFor } from '../../../src/files/wholeFile.ts';
import { scratch } from './engineHarness.ts';

describe('files of a cache', () => {
  it('are cleared of what killed processes left, at every depth where they write', async () => {
    const files = scratch();
    const { pid } = spawnSync(process.execPath, ['--version']);
    for (const folder of ['.', 'gradients', 'embeddings', 'embeddings/clip-0123']) {
      mkdirSync(files.path(folder), { recursive: true });
      const name = path.basename(temporaryFor('x')).replace(`-${process.pid}-`, `-${pid}-`);
      writeFileSync(files.path(folder, name), '');
      writeFileSync(files.path(folder, 'kept.json'), '1');
    }
    await sweepCache(files.folder);
    assert.deepEqual(
      readdirSync(files.folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ name }) => name),
      ['kept.json', 'kept.json', 'kept.json', 'kept.json'],
    );
    await sweepCache(files.path('nowhere'));
    files.dispose();
  });

  it('are only not kept where nothing can be written', async () => {
    const files = scratch();
    files.write('file', '');
    assert.equal(await writeCached(files.path('file', 'x.json'), '1'), false);
    assert.equal(await writeCached(files.path('new', 'x.json'), '{"a": 1}'), true);
    assert.deepEqual(await readJson(files.path('new', 'x.json')), { a: 1 });
    assert.deepEqual(readdirSync(files.path('new')), ['x.json']);
    files.dispose();
  });
});
