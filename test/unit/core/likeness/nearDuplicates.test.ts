import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearDuplicates } from '../../../../src/core/likeness/nearDuplicates.ts';
import { shuffle } from '../../../../src/core/random.ts';
import { likenesses, mirrored, type Picture, pictureMaker } from './pictures.ts';

const { picture, copy, random } = pictureMaker(5);
const some = (count: number) => Array.from({ length: count }, picture);
const inGroups = (groups: Int32Array) => [...groups.entries()].filter(([, group]) => group >= 0);

describe('images that are nearly the same', () => {
  it('are found among many, mirrored ones too, wherever they stand, and numbered by their first', async () => {
    const pictures = some(400);
    pictures[390] = copy(pictures[3]);
    pictures[10] = mirrored(copy(pictures[3]));
    pictures[50] = copy(pictures[2]);
    assert.deepEqual(inGroups(await nearDuplicates(likenesses(pictures))), [
      [2, 0],
      [3, 1],
      [10, 1],
      [50, 0],
      [390, 1],
    ]);
  });

  it('are not those that share features but no shape, or a shape but no features', async () => {
    const pictures = some(60);
    pictures[58] = { ...copy(pictures[0]), levels: pictures[1].levels };
    pictures[59] = { ...copy(pictures[2]), features: pictures[3].features };
    assert.deepEqual(inGroups(await nearDuplicates(likenesses(pictures))), []);
  });

  it('are found by features alone where nothing is known of the pictures, and by shapes where they say nothing', async () => {
    const pictures: Picture[] = some(100);
    const withoutShapes = pictures.map(({ features }) => ({ features }));
    withoutShapes[7] = { features: pictures[1].features!.map((value) => value + 0.1 * (random() - 0.5)) };
    const expected = [
      [1, 0],
      [7, 0],
    ];
    assert.deepEqual(inGroups(await nearDuplicates(likenesses(withoutShapes))), expected);
    const lost = pictures.map(({ levels }) => ({ levels, features: new Float32Array(200).fill(Number.NaN) }));
    lost[7] = { ...lost[7], levels: copy(pictures[1]).levels! };
    assert.deepEqual(inGroups(await nearDuplicates(likenesses(lost))), expected);
  });

  it('are the same whatever the order, also where many are alike', async () => {
    const base = picture();
    const pictures = [...Array.from({ length: 300 }, () => copy(copy(copy(base)))), ...some(300)];
    const order = shuffle([...pictures.keys()], random);
    const groups = await nearDuplicates(likenesses(pictures));
    const others = await nearDuplicates(likenesses(order.map((at) => pictures[at])));
    const sets = (of: Int32Array, imageOf: (at: number) => number) =>
      [...new Set(of)]
        .filter((group) => group >= 0)
        .map((group) =>
          [...of.keys()]
            .filter((at) => of[at] === group)
            .map(imageOf)
            .sort()
            .join(),
        )
        .sort();
    assert.deepEqual(
      sets(others, (at) => order[at]),
      sets(groups, (at) => at),
    );
  });

  it('are one group where a whole folder is one picture, and none where nothing is known', async () => {
    const one = picture();
    const pictures: Picture[] = Array.from({ length: 500 }, () => copy(one));
    pictures[7] = {};
    const groups = await nearDuplicates(likenesses(pictures));
    assert.deepEqual([groups[7], new Set(groups).size], [-1, 2]);
  });

  it('of logits do not depend on their zero', async () => {
    const pictures = some(50);
    pictures[9] = { ...pictures[4], features: pictures[4].features!.map((value) => value + 7) };
    const groups = await nearDuplicates(likenesses(pictures, 'logits'));
    assert.deepEqual(inGroups(groups), [
      [4, 0],
      [9, 0],
    ]);
  });

  it('are looked for until it is cancelled', async () => {
    const looking = nearDuplicates(likenesses(some(10)), { signal: AbortSignal.abort() });
    await assert.rejects(looking, { reason: 'cancelled' });
  });
});
