import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ScoredFolder } from '../../../../src/engine/classify/scoredFolder.ts';
import { groupsOf } from '../../../../src/engine/likeness/folderLikeness.ts';
import { OutputCache } from '../../../../src/engine/outputs/outputCache.ts';
import { scratchOfTests } from '../engineHarness.ts';

const SOURCES = 120;

describe('Near-duplicates of a folder', () => {
  const files = scratchOfTests();

  it('are found for who still asks when who asked first has given up', async () => {
    const outputs = new OutputCache(files.folder, SOURCES);
    const scored = new ScoredFolder(SOURCES, outputs);
    for (let i = 0; i < 6; i++) {
      // Two of each.
      const logits = Float32Array.from({ length: SOURCES }, (_, s) => Math.sin((s + 1) * (1 + (i >> 1))));
      const state = { path: `/images/${i}`, bytes: 1, modified: 1, changed: 1, inode: i };
      scored.add({ path: state.path, classFolder: '' }, state, logits);
    }
    const folder = { scored, outputs, features: undefined };
    const [first, second] = [new AbortController(), new AbortController()];
    const given = assert.rejects(groupsOf(folder, first.signal), { reason: 'cancelled' });
    const groups = groupsOf(folder, second.signal);
    first.abort();
    await given;
    assert.deepEqual([...(await groups)], [0, 0, 1, 1, 2, 2]);
    await outputs.close();
  });
});
