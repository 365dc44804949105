import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { FolderScores } from '../../../../src/engine/classify/folderScores.ts';
import { OutputCache } from '../../../../src/engine/outputs/outputCache.ts';
import { imageState } from '../../../../src/engine/outputs/outputIndex.ts';
import { testFolder } from '../../folders.ts';

test('a folder that was gone, or had no outputs, is looked at again', async () => {
  const root = testFolder();
  const folder = join(root, 'photos');
  const backbone = { labelSpace: { labels: [{}, {}, {}] }, path: '/m', sha256: 'a' } as never;
  const cache = new OutputCache(join(root, 'cache'), 3);
  const scores = new FolderScores();
  const images = async () => (await scores.of({ folders: [folder] }, backbone, cache)).scored.images.length;
  assert.equal(await images(), 0);
  await mkdir(folder);
  const file = join(folder, 'a.png');
  await writeFile(file, 'not looked at');
  assert.equal(await images(), 0);
  cache.add({ ...(await imageState(file)), digest: undefined }, Float32Array.of(1, 2, 3));
  assert.equal(await images(), 1);
  cache.close();
});
