import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { drawSample, type SampleOptions } from '../../../../src/engine/folders/imageSample.ts';
import { scratch } from '../engineHarness.ts';

const classes = ['cat', 'dog'];

function options(more: Partial<SampleOptions> = {}): SampleOptions {
  return {
    sizes: [
      { perClass: 3, total: 100 },
      { perClass: 6, total: 100 },
    ],
    seed: 0,
    truthOf: (folder) => (classes.includes(folder) ? classes.indexOf(folder) : undefined),
    ...more,
  };
}

describe('Drawing a sample', () => {
  const files = scratch();
  const paths = async (more: Partial<SampleOptions> = {}) =>
    (await drawSample({ folders: [files.path('photos')] }, options(more))).images.map(({ path }) => path);

  before(() => {
    for (const folder of [...classes, 'other']) {
      for (let i = 0; i < 20; i++) files.write(`photos/${folder}/${i}.png`, '');
      for (let i = 0; i < 5; i++) files.write(`unsorted/${folder}-${i}.png`, '');
    }
  });
  it('takes as many of each class, those of the first look first', async () => {
    const { images, first, found } = await drawSample({ folders: [files.path('photos')] }, options());
    const count = (truth: number, from: number, to: number) =>
      images.slice(from, to).filter((image) => image.truth === truth).length;
    assert.deepEqual([images.length, first, found], [12, 6, 60]);
    assert.deepEqual([count(0, 0, 6), count(1, 0, 6), count(0, 6, 12), count(1, 6, 12)], [3, 3, 3, 3]);
    assert.equal(new Set(images.map(({ path }) => path)).size, 12);
  });

  it('draws the same images for the same seed and others for another', async () => {
    assert.deepEqual(await paths(), await paths());
    assert.notDeepEqual(await paths({ seed: 1 }), await paths());
  });

  it('keeps what it drew of a class when another class grows', async () => {
    const before = (await paths()).filter((path) => path.includes('cat'));
    for (let i = 100; i < 130; i++) files.write(`photos/dog/${i}.png`, '');
    const cats = (await paths()).filter((path) => path.includes('cat'));
    assert.deepEqual(cats, before);
  });

  it('draws another part of each class, not the first names', async () => {
    const names = (await paths())
      .filter((path) => path.includes('cat'))
      .map((path) => path.match(/(\d+)\.png/)![1]);
    assert.notDeepEqual(names.sort(), ['0', '1', '2', '3', '4', '5']);
  });

  it('gives others what small classes leave, where that is asked for', async () => {
    for (let i = 0; i < 2; i++) files.write(`uneven/cat/${i}.png`, '');
    for (let i = 0; i < 30; i++) files.write(`uneven/dog/${i}.png`, '');
    const all = { perClass: 20, total: 20 };
    const drawn = async (filled: boolean) =>
      (await drawSample({ folders: [files.path('uneven')] }, options({ sizes: [all, all], filled }))).images
        .length;
    assert.deepEqual([await drawn(false), await drawn(true)], [12, 20]);
  });

  it('bounds the total, with at least one image a class', async () => {
    const total = (count: number) => ({
      sizes: [
        { perClass: 3, total: count },
        { perClass: 6, total: count },
      ] as const,
    });
    assert.equal((await paths(total(4))).length, 4);
    assert.equal((await paths(total(1))).length, 2);
  });

  it('takes images without a known truth where there are no others', async () => {
    const { images } = await drawSample({ folders: [files.path('unsorted')] }, options());
    assert.ok(images.length > 0);
    assert.ok(images.every(({ truth }) => truth === -1));
  });
});
