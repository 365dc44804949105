import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { budgetedWays } from '../../../../src/core/find/findWays.ts';
import {
  drawnOf,
  ENOUGH_TO_HOLD,
  foldsOf,
  partImages,
  perClassOf,
  type SearchImage,
} from '../../../../src/core/find/parts.ts';
import { packAnswers, parseLines, unpackAnswers } from '../../../../src/core/find/searchLines.ts';

/** So many images of each class; every third is nearly the same as the one before. */
function images(perClass: number, classes = 4): SearchImage[] {
  return Array.from({ length: perClass * classes }, (_, i) => ({
    path: `/photos/${i}.png`,
    key: `class/${i}.png`,
    truth: i % classes,
    group: i % (3 * classes) < 2 * classes ? Math.floor(i / (3 * classes)) * classes + (i % classes) : -1,
  }));
}

describe('parts of the images of a search', () => {
  it('holds out three of ten of each class where that tells something, and nothing where it does not', () => {
    const many = images(60);
    const { search, heldOut } = partImages(many, { seed: 0, most: 1000 });
    assert.equal(search.length + heldOut.length, 240);
    for (const count of perClassOf(many, heldOut, 4)) assert.ok(count >= 16 && count <= 20, String(count));
    const few = images(ENOUGH_TO_HOLD / 4 - 1);
    assert.equal(partImages(few, { seed: 0, most: 1000 }).heldOut.length, 0);
  });

  it('never parts near-duplicates, and depends on names alone', () => {
    const some = images(60);
    const parts = partImages(some, { seed: 3, most: 1000 });
    const sideOf = new Map<number, string>();
    const straddles = (places: readonly number[], side: string) =>
      places.some((at) => {
        const { group } = some[at];
        if (group < 0) return false;
        const before = sideOf.get(group);
        sideOf.set(group, side);
        return before !== undefined && before !== side;
      });
    assert.ok(!straddles(parts.search, 'search') && !straddles(parts.heldOut, 'held'));
    const turned = [...some].reverse();
    const names = (list: readonly SearchImage[], places: readonly number[]) =>
      places.map((at) => list[at].key).sort();
    assert.deepEqual(
      names(turned, partImages(turned, { seed: 3, most: 1000 }).heldOut),
      names(some, parts.heldOut),
    );
  });

  it('holds nothing out of a class that is one picture again and again', () => {
    const some = images(60).map((image) => (image.truth === 2 ? { ...image, group: 100_000 } : image));
    const { search, heldOut } = partImages(some, { seed: 0, most: 1000 });
    assert.equal(search.length + heldOut.length, 240);
    assert.equal(perClassOf(some, search, 4)[2], 60);
    assert.ok(perClassOf(some, heldOut, 4)[1] > 10);
  });

  it('takes the splits of a person as they are', () => {
    const split = images(20).map((image, i) => ({
      ...image,
      split: i < 10 ? ('test' as const) : ('train' as const),
    }));
    const { heldOut } = partImages(split, {
      seed: 0,
      roles: { learn: 'train', measure: 'test' },
      most: 1000,
    });
    assert.deepEqual(heldOut, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('leaves every image out once, with its near-duplicates, in each parting', () => {
    const some = images(15);
    const all = [...some.keys()];
    for (const repeat of [0, 1]) {
      const folds = foldsOf(some, all, repeat, 0);
      assert.deepEqual(
        folds.flat().sort((a, b) => a - b),
        all,
      );
      for (const fold of folds)
        for (const at of fold)
          if (some[at].group >= 0)
            for (const other of all)
              if (some[other].group === some[at].group) assert.ok(fold.includes(other));
    }
    assert.notDeepEqual(foldsOf(some, all, 0, 0), foldsOf(some, all, 1, 0));
    assert.deepEqual(foldsOf(some, [...all].reverse(), 1, 0), foldsOf(some, all, 1, 0));
  });

  it('draws one label of each class as the first of five', () => {
    const some = images(15);
    const all = [...some.keys()];
    const one = drawnOf(some, all, 1, 7);
    const five = drawnOf(some, all, 5, 7);
    assert.deepEqual(perClassOf(some, one, 4), [1, 1, 1, 1]);
    assert.deepEqual(perClassOf(some, five, 4), [5, 5, 5, 5]);
    assert.ok(one.every((at) => five.includes(at)));
    assert.deepEqual(drawnOf(some, all, 'all', 7), all);
  });
});

describe('ways by the labels that there are', () => {
  const of = (...perClass: number[]) =>
    budgetedWays(perClass).map(({ find, budget }) => `${find.id} ${budget}`);

  it('needs labels of two classes to learn anything', () => {
    assert.deepEqual(of(0, 0), ['zero-shot 0', 'settled 0']);
    assert.deepEqual(of(30, 0), ['zero-shot 0', 'settled 0']);
  });

  it('tries few labels where there are clearly more', () => {
    assert.ok(of(30, 30).includes('linear-probe 20') && of(30, 30).includes('linear-probe all'));
    assert.ok(!of(25, 25).some((way) => way.endsWith(' 20')));
    assert.ok(!of(2, 2).includes('prototypes 5') && of(2, 2).includes('prototypes 1'));
    assert.ok(!of(1, 1).includes('linear-probe all') && of(1, 1).includes('prototypes all'));
  });
});

describe('lines of a search', () => {
  it('gives answers back, and none where they are of other images', () => {
    const answers = Int32Array.from([0, 3, -1, 65_534]);
    assert.deepEqual(unpackAnswers(packAnswers(answers), 4), answers);
    assert.equal(unpackAnswers(packAnswers(answers), 3), undefined);
    assert.equal(unpackAnswers('***', 4), undefined);
  });

  it('reads what a killed process left, and nothing else', () => {
    const line = { kind: 'tried', id: 'zero-shot@a', repeat: 0, look: 'first', answers: 'AAA=', seconds: 1 };
    const text = `${JSON.stringify(line)}\n{"kind":"tried","id":4}\nnull\n{"kind":"held-out","id":"a","dra`;
    assert.deepEqual(parseLines(text), [line]);
  });
});
