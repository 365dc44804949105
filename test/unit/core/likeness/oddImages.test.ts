import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBlank, tinyAmong } from '../../../../src/core/likeness/looks.ts';
import { oddImages } from '../../../../src/core/likeness/oddImages.ts';
import { apartFrom, wholeGroups } from '../../../../src/core/wholeGroups.ts';
import { factsOf, likenesses, type Picture, pictureMaker } from './pictures.ts';

const { picture, copy } = pictureMaker(9);

describe('odd images', () => {
  it('are those unlike all others, the oddest first; a few that are odd together are', async () => {
    const kinds = Array.from({ length: 3 }, picture);
    const pictures: Picture[] = Array.from({ length: 120 }, (_, i) => copy(kinds[i % 3]));
    const other = picture();
    for (const at of [4, 50]) pictures[at] = copy(other);
    pictures[70] = { features: kinds[0].features!.map((value, i) => value + 0.7 * other.features![i]) };
    const odd = await oddImages(likenesses(pictures));
    assert.deepEqual([...odd].sort(), [4, 50, 70]);
    assert.equal(odd[2], 70);
  });

  it('are none where all are alike, or too few, or nothing is known', async () => {
    const one = picture();
    const alike: Picture[] = Array.from({ length: 60 }, () => copy(one));
    assert.deepEqual([...(await oddImages(likenesses(alike)))], []);
    const few: Picture[] = [...alike.slice(0, 20), picture()];
    assert.deepEqual([...(await oddImages(likenesses(few)))], []);
    const unknown: Picture[] = Array.from({ length: 60 }, () => ({}));
    assert.deepEqual([...(await oddImages(likenesses(unknown)))], []);
  });
});

describe('blank and tiny pictures', () => {
  it('are blank by what is in them', () => {
    assert.equal(isBlank({ spread: 1.5, detail: 1, shape: '' }), true);
    assert.equal(isBlank({ spread: 12, detail: 1, shape: '' }), false);
    assert.equal(isBlank({ spread: 2, detail: 2, shape: '' }), false);
  });

  it('are tiny by themselves, or beside larger ones', () => {
    const sized = (width: number, height: number) => ({ ...factsOf(Array(64).fill(0)), width, height });
    const large = Array.from({ length: 9 }, () => sized(4000, 3000));
    assert.deepEqual([sized(300, 40), sized(80, 80), sized(9, 900)].map(tinyAmong(large)), [
      true,
      false,
      true,
    ]);
    const small = Array.from({ length: 9 }, () => sized(32, 32));
    assert.deepEqual([sized(32, 32), sized(12, 12)].map(tinyAmong(small)), [false, true]);
  });
});

describe('a split', () => {
  const groups = [-1, 0, 0, 1, -1, 1];
  const groupOf = (item: number) => groups[item];

  it('keeps groups whole, where the first of them is', () => {
    assert.deepEqual(wholeGroups([3, 0, 1, 4, 2, 5], groupOf), [[3, 5], [0], [1, 2], [4]]);
  });

  it('measures nothing that is nearly what it learned from', () => {
    const one = () => 0;
    assert.deepEqual(apartFrom([0, 1], [2, 3, 4, 5], groupOf, one), [3, 4, 5]);
    assert.deepEqual(apartFrom([0, 4], [1, 3], groupOf, one), [1, 3]);
  });

  it('measures a class of which there is nothing else', () => {
    const isThree = (item: number) => Number(item >= 3);
    assert.deepEqual(apartFrom([1, 3], [2, 4, 5], groupOf, isThree), [2, 4]);
  });
});
