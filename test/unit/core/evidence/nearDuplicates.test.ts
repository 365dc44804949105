import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FiredList } from '../../../../src/core/evidence/firedSources.ts';
import { nearDuplicates } from '../../../../src/core/evidence/nearDuplicates.ts';
import { seededRandom } from '../../../../src/core/random.ts';

const SOURCES = 200;
const pause = async () => {};

/** Rows of logits as they are scored, in blocks of seven. */
function scored(rows: readonly Float32Array[]) {
  const images = rows.map((_, i) => ({ path: `${i}`, classFolder: '' }));
  return {
    images,
    fired: new FiredList(),
    row: (image: number) => rows[image]!,
    async *blocks() {
      for (let from = 0; from < rows.length; from += 7) {
        const some = rows.slice(from, from + 7);
        const logits = new Float32Array(some.length * SOURCES);
        for (const [i, row] of some.entries()) logits.set(row, i * SOURCES);
        yield { from, images: images.slice(from, from + 7), logits };
      }
    },
  };
}

const random = seededRandom(5);
const noise = (size: number) => Float32Array.from({ length: SOURCES }, () => size * (random() - 0.5));
const plus = (row: Float32Array, other: Float32Array, offset = 0) =>
  row.map((value, s) => value + other[s]! + offset);

describe('images that are nearly the same', () => {
  it('are found among many, wherever they stand, and numbered by their first', async () => {
    const rows = Array.from({ length: 400 }, () => noise(10));
    // Logits have no zero of their own: a constant more says the same.
    rows[390] = plus(rows[3]!, noise(1), 7);
    rows[10] = plus(rows[3]!, noise(1), -4);
    rows[50] = plus(rows[2]!, noise(1));
    const groups = await nearDuplicates(scored(rows), SOURCES, pause);
    const found = [...groups.entries()].filter(([, group]) => group >= 0);
    assert.deepEqual(found, [
      [2, 0],
      [3, 1],
      [10, 1],
      [50, 0],
      [390, 1],
    ]);
  });

  it('are not those that are only alike', async () => {
    const rows = Array.from({ length: 60 }, () => noise(10));
    rows[59] = plus(rows[0]!, noise(7));
    const groups = await nearDuplicates(scored(rows), SOURCES, pause);
    assert.ok(groups.every((group) => group === -1));
  });

  it('are one group where a whole folder is one picture, and none where logits are lost', async () => {
    const one = noise(10);
    const rows = Array.from({ length: 500 }, () => plus(one, noise(0.1)));
    rows[7] = new Float32Array(SOURCES).fill(Number.NEGATIVE_INFINITY);
    const groups = await nearDuplicates(scored(rows), SOURCES, pause);
    assert.deepEqual([groups[7], new Set(groups).size], [-1, 2]);
  });

  it('are looked for with turns for others, who may end it', async () => {
    const rows = Array.from({ length: 10 }, () => noise(10));
    const looking = nearDuplicates(scored(rows), SOURCES, () => Promise.reject(new Error('enough')));
    await assert.rejects(looking, /enough/);
  });
});
