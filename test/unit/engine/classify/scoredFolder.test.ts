import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ScoredFolder } from '../../../../src/engine/classify/scoredFolder.ts';
import { OutputCache } from '../../../../src/engine/outputs/outputCache.ts';
import { testFolder } from '../../folders.ts';

const S = 3;
const COUNT = 700;

const imageOf = (i: number) => ({ path: `/photos/cat/${i}.png`, classFolder: 'cat' });
const stateOf = (i: number) => ({
  path: imageOf(i).path,
  bytes: 10 + i,
  modified: 0.5 + i,
  changed: 2.5 + i,
  inode: 7 + i,
  digest: undefined,
});
const logitsOf = (i: number) => Float32Array.of(i, -i, i / 2);

describe('A scored folder', () => {
  let cache: OutputCache;
  beforeEach(() => {
    cache = new OutputCache(testFolder(), S);
  });
  afterEach(() => cache.close());

  const filled = async (scored: ScoredFolder): Promise<ScoredFolder> => {
    for (let i = 0; i < COUNT; i++) {
      cache.add(stateOf(i), logitsOf(i));
      scored.add(imageOf(i), stateOf(i), logitsOf(i));
    }
    await cache.flush();
    return scored;
  };
  const rowsOf = async (scored: ScoredFolder): Promise<{ blocks: number; rows: number[][] }> => {
    const rows: number[][] = [];
    let blocks = 0;
    for await (const { from, images, logits } of scored.blocks()) {
      blocks++;
      for (const [i, image] of images.entries()) {
        assert.equal(image, scored.images[from + i]);
        rows.push([...logits.subarray(i * S, (i + 1) * S)]);
      }
    }
    return { blocks, rows };
  };
  const expected = Array.from({ length: COUNT }, (_, i) => [...logitsOf(i)]);

  test('that is small gives all logits at once', async () => {
    const { blocks, rows } = await rowsOf(await filled(new ScoredFolder(S, cache)));
    assert.equal(blocks, 1);
    assert.deepEqual(rows, expected);
  });

  test('that grows too large for memory gives the same logits from the cache, a part at a time', async () => {
    const scored = await filled(new ScoredFolder(S, cache, 300 * S * 4));
    const { blocks, rows } = await rowsOf(scored);
    assert.equal(blocks, 3);
    assert.deepEqual(rows, expected);
    assert.deepEqual([...scored.row(699)], expected[699]);
    assert.equal(scored.isAtHand, true);
  });

  test('that is known to become too large is never held in memory', async () => {
    const scored = new ScoredFolder(S, cache, 300 * S * 4);
    scored.expect(301);
    scored.add(imageOf(0), stateOf(0), logitsOf(0));
    assert.equal(scored.isAtHand, false, 'the cache does not have it');
    cache.add(stateOf(0), logitsOf(0));
    assert.equal(scored.isAtHand, true);
  });

  test('has no finite logits for an image whose outputs are lost', async () => {
    const scored = await filled(new ScoredFolder(S, cache, 300 * S * 4));
    scored.add(imageOf(COUNT), stateOf(COUNT), logitsOf(COUNT));
    assert.equal(scored.isAtHand, false);
    assert.deepEqual([...scored.row(COUNT)], [-Infinity, -Infinity, -Infinity]);
  });
});
