import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { GIVEN } from '../../../../src/core/truths/imageTruths.ts';
import { keysOf, lessonOf } from '../../../../src/engine/settle/lesson.ts';

/** Eight cats and four dogs in class folders, and what lies in none. */
const images = [
  ...Array.from({ length: 8 }, (_, i) => ({ path: `/a/cat/${i}.png`, classFolder: 'cat' })),
  ...Array.from({ length: 4 }, (_, i) => ({ path: `/a/dog/${i}.png`, classFolder: 'dog' })),
  { path: '/a/x.png', classFolder: '' },
  { path: '/a/y.png', classFolder: '' },
  { path: '/a/z.png', classFolder: '' },
];
const CLASSES = ['cat', 'dog'];
const scorer = {
  truthOf: ({ classFolder }: { classFolder: string }) => CLASSES.indexOf(classFolder),
  judgedBy: ({ classFolder, path }: { classFolder: string; path: string }) =>
    path.endsWith('/dog/3.png') ? -1 : CLASSES.indexOf(classFolder),
  isFromAgent: ({ path }: { path: string }) => path.endsWith('/z.png'),
};
const nothing = new Int32Array(images.length).fill(GIVEN.nothing);
const given = (labels: Readonly<Record<number, number>>) => nothing.map((none, i) => labels[i] ?? none);

describe('what a head is learned from', () => {
  it('is at most three of four of a class folder, and as many as are wanted', () => {
    const labels = { given: nothing, held: new Uint8Array(images.length) };
    const { learn, measure } = lessonOf(images, scorer, labels);
    assert.equal(learn.images.length, 6 + 3);
    const both = [...learn.images, ...measure.images];
    assert.equal(new Set(both).size, both.length, 'none is both');
    assert.ok(!measure.images.includes(11), 'the mapping was learned from it');
    assert.deepEqual([...learn.targets].sort(), [0, 0, 0, 0, 0, 0, 1, 1, 1]);
    assert.equal(lessonOf(images, scorer, labels, 2).learn.images.length, 4);
    assert.deepEqual(lessonOf(images, scorer, labels), lessonOf(images, scorer, labels));
  });

  it('is not measured by near-duplicates of it', () => {
    const labels = { given: nothing, held: new Uint8Array(images.length) };
    const { learn, measure } = lessonOf(images, scorer, labels, 4);
    const twin = measure.images.find((i) => i < 8)!;
    const groups = nothing.map((_, i) => (i === twin || i === learn.images[0] ? 0 : -1));
    const apart = lessonOf(images, scorer, { ...labels, groups }, 4);
    assert.deepEqual(apart.learn, learn);
    assert.deepEqual(
      [...apart.measure.images],
      [...measure.images].filter((i) => i !== twin),
    );
  });

  it('is all that persons said, but what was drawn at random, and nothing that is none of the labels', () => {
    const held = new Uint8Array(images.length);
    held[13] = 1;
    // A person's word counts more than the folder's.
    const labels = { given: given({ 0: 1, 1: GIVEN.noneOfThese, 12: 0, 13: 1 }), held };
    const { learn, measure } = lessonOf(images, scorer, labels, 1);
    const target = (set: typeof learn, image: number) => set.targets[set.images.indexOf(image)];
    assert.deepEqual([target(learn, 0), target(learn, 12), target(measure, 13)], [1, 0, 1]);
    const all = [...learn.images, ...measure.images];
    assert.ok(!all.includes(1) && !all.includes(14));
    assert.equal(keysOf(images, learn.images).split(' ').length, learn.images.length);
  });

  it('is never measured by what an agent said of a test image', () => {
    const splits = images.map((image, i) => ({
      ...image,
      split: i < 12 ? ('train' as const) : ('test' as const),
    }));
    const labels = { given: given({ 12: 0, 13: 1, 14: 1 }), held: new Uint8Array(images.length) };
    assert.deepEqual([...lessonOf(splits, scorer, labels).measure.images], [12, 13]);
  });
});
