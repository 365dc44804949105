import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportedImage } from '../../../../../src/core/exports/exportedRun.ts';
import { treeFormats, treeOptions } from '../../../../../src/core/exports/trees/treeFormats.ts';
import {
  planTree,
  type TreeOptions,
  type TreeTarget,
} from '../../../../../src/core/exports/trees/treePlan.ts';
import { processorClock } from '../../../processorClock.ts';
import { imageOf, sourceOf } from '../fakeSource.ts';

const images = [
  imageOf('a/1.jpg', { label: 'cat', confidence: 0.5 }),
  imageOf('b/1.jpg', { label: 'cat', confidence: 1 }),
  imageOf('b/1.png', { label: 'dog', confidence: 0.25 }),
  imageOf('b/2.jpg', { label: '', said: 'none' }),
];

const places = async (
  options: Partial<TreeOptions>,
  all: readonly ExportedImage[] = images,
  target?: TreeTarget,
) => {
  const plan = await planTree(sourceOf(all), { layout: 'imagefolder', mode: 'copy', ...options }, target);
  return plan.files.map(({ from, to }) => [from.replace('/photos/', ''), to].join(' > '));
};

/** So many images of each label. */
function many(counts: Readonly<Record<string, number>>, more: Partial<ExportedImage> = {}): ExportedImage[] {
  return Object.entries(counts).flatMap(([label, count]) =>
    Array.from({ length: count }, (_, n) => imageOf(`${label}${n}.jpg`, { label, ...more })),
  );
}

describe('a tree of images', () => {
  it('has a folder for each label, and a number where two have one name', async () => {
    assert.deepEqual(await places({}), [
      'a/1.jpg > cat/1.jpg',
      'b/1.jpg > cat/1-2.jpg',
      'b/1.png > dog/1.png',
    ]);
    const plan = await planTree(sourceOf(images), { layout: 'imagefolder', mode: 'copy' });
    assert.equal(plan.unlabeled, 1);
    assert.equal(plan.renamed, 1);
    assert.deepEqual(plan.renamedFiles, [{ from: '/photos/b/1.jpg', to: 'cat/1-2.jpg' }]);
    assert.deepEqual(plan.counts, [
      { label: 'cat', folder: 'cat', images: { all: 2 } },
      { label: 'dog', folder: 'dog', images: { all: 1 } },
    ]);
  });

  it('has a folder for images without a label where that is asked for', async () => {
    assert.equal((await places({ unlabeled: 'to do' })).at(-1), 'b/2.jpg > to do/2.jpg');
    assert.equal((await places({ unlabeled: 'Cat' })).at(-1), 'b/2.jpg > Cat-2/2.jpg');
  });

  it('keeps labels apart whose folders would be one', async () => {
    const labels = ['cat', 'Cat', 'a/b', 'a:b', '..', ''];
    const all = labels.map((label, n) => imageOf(`${n}.jpg`, { label }));
    const plan = await planTree(sourceOf(all, { labels: labels.slice(0, 5) }), {
      layout: 'imagefolder',
      mode: 'move',
    });
    assert.deepEqual(
      plan.files.map(({ to }) => to),
      ['cat/0.jpg', 'Cat-2/1.jpg', 'a_b/2.jpg', 'a_b-2/3.jpg', '__/4.jpg'],
    );
    assert.deepEqual(
      plan.renamedLabels.map(({ label, folder }) => `${label} ${folder}`),
      ['Cat Cat-2', 'a/b a_b', 'a:b a_b-2', '.. __'],
    );
  });

  it('takes no name that is in the target, in any case, and leaves what is in its place', async () => {
    const target = {
      taken: ['CAT/1.JPG', 'dog/1.png', 'dog'],
      below: (file: string) => (file === '/photos/b/1.png' ? 'dog/1.png' : undefined),
    };
    assert.deepEqual(await places({}, images, target), ['a/1.jpg > cat/1-2.jpg', 'b/1.jpg > cat/1-3.jpg']);
    const { inPlace } = await planTree(sourceOf(images), { layout: 'imagefolder', mode: 'move' }, target);
    assert.equal(inPlace, 1);
  });

  it('takes no name in a folder whose accents are composed otherwise', async () => {
    const target = { taken: ['cafe\u0301/1.jpg'], below: () => undefined };
    const image = imageOf('1.jpg', { label: 'caf\u00e9', confidence: 1 });
    assert.deepEqual(await places({}, [image], target), ['1.jpg > caf\u00e9/1-2.jpg']);
  });

  it('draws splits by label, the same every time, with a seed', async () => {
    const all = many({ cat: 100, dog: 10, one: 1 });
    const asked = { layout: 'imagefolder', mode: 'copy', splits: { train: 80, val: 10, test: 10 } } as const;
    const source = sourceOf(all, { labels: ['cat', 'dog', 'one'] });
    const plan = await planTree(source, asked);
    assert.deepEqual(
      plan.counts.map(({ images }) => images),
      [{ train: 80, val: 10, test: 10 }, { train: 8, val: 1, test: 1 }, { train: 1 }],
    );
    assert.deepEqual(plan.missing, [
      { label: 'one', split: 'val' },
      { label: 'one', split: 'test' },
    ]);
    assert.deepEqual(plan.folders, ['val/one', 'test/one']);
    assert.deepEqual((await planTree(source, asked)).files, plan.files);
    assert.notDeepEqual((await planTree(source, { ...asked, seed: 1 })).files, plan.files);
  });

  it('keeps near-duplicates on one side, and splits that are there', async () => {
    const looks = (group: number) => ({ group, looks: 0, width: 1, height: 1 });
    const all = Array.from({ length: 200 }, (_, n) =>
      imageOf(`${n}.jpg`, { label: 'cat', looks: looks(n >> 2) }),
    );
    const plan = await planTree(sourceOf(all), { layout: 'ultralytics', mode: 'copy' });
    const sides = new Map<number, Set<unknown>>();
    for (const [n, { split }] of plan.files.entries())
      sides.set(n >> 2, (sides.get(n >> 2) ?? new Set()).add(split));
    assert.ok([...sides.values()].every((side) => side.size === 1));
    assert.equal(plan.counts[0].images.val, 40);
    const given = all.map((image, n): ExportedImage => (n < 100 ? { ...image, split: 'test' } : image));
    const kept = await planTree(sourceOf(given), {
      layout: 'imagefolder',
      mode: 'copy',
      splits: { train: 3, val: 1, test: 0 },
    });
    // A quarter of the rest is 25 images, of which a group of four would be parted.
    assert.deepEqual(kept.counts[0].images, { train: 72, val: 28, test: 100 });
    assert.deepEqual(await places({ splits: 'none' }, given.slice(0, 1)), ['0.jpg > cat/0.jpg']);
    assert.deepEqual(await places({}, given.slice(0, 1)), ['0.jpg > test/cat/0.jpg']);
  });

  it('has a table of labels beside the images of each split for Hugging Face', async () => {
    const all = [...images.slice(0, 3), imageOf('c.jpg', { label: '=dog, "x"', split: 'val' })];
    const list = async (metadata: 'jsonl' | 'csv' | 'none') => {
      const plan = await planTree(sourceOf(all), { layout: 'huggingface', mode: 'copy', metadata });
      return plan.lists.map(({ to, head, separator, tail }, l) => {
        const rows = plan.files.flatMap((file) => {
          const row = plan.rowOf(file);
          return row?.[0] === l ? [row[1]] : [];
        });
        return `${to}\n${head}${rows.join(separator)}${tail}`;
      });
    };
    assert.deepEqual(await list('jsonl'), [
      'train/metadata.jsonl\n{"file_name":"cat/1.jpg","label":"cat","confidence":0.500000}\n{"file_name":"cat/1-2.jpg","label":"cat","confidence":1.000000}\n{"file_name":"dog/1.png","label":"dog","confidence":0.250000}\n',
      'validation/metadata.jsonl\n{"file_name":"_=dog, _x_/c.jpg","label":"=dog, \\"x\\"","confidence":0.750000}\n',
    ]);
    assert.equal(
      (await list('csv'))[1],
      'validation/metadata.csv\nfile_name,label,confidence\n"_=dog, _x_/c.jpg","\'=dog, ""x""",0.750000\n',
    );
    assert.deepEqual(await list('none'), []);
  });

  it('has one folder and labels.json for FiftyOne, by names without extension', async () => {
    const plan = await planTree(sourceOf(images), {
      layout: 'fiftyone-folder',
      mode: 'copy',
      unlabeled: 'x',
    });
    assert.deepEqual(
      plan.files.map(({ to }) => to),
      ['data/1.jpg', 'data/1-2.jpg', 'data/1-3.png', 'data/2.jpg'],
    );
    const [{ head, separator, tail }] = plan.lists;
    const rows = plan.files.flatMap((file) => plan.rowOf(file)?.[1] ?? []);
    assert.deepEqual(JSON.parse(head + rows.join(separator) + tail), {
      classes: ['cat', 'dog'],
      labels: {
        '1': { label: 0, confidence: 0.5 },
        '1-2': { label: 0, confidence: 1 },
        '1-3': { label: 1, confidence: 0.25 },
      },
    });
  });

  it('is planned for 200,000 images in a few seconds, and ends when canceled', async () => {
    const all = many({ cat: 100_000, dog: 100_000 });
    const spent = processorClock();
    const plan = await planTree(sourceOf(all), {
      layout: 'ultralytics',
      mode: 'copy',
      splits: { train: 8, val: 1, test: 1 },
    });
    assert.equal(plan.files.length, 200_000);
    assert.ok(spent() < 20_000);
    const asked = { layout: 'imagefolder', mode: 'copy' } as const;
    await assert.rejects(planTree(sourceOf(all), asked, undefined, AbortSignal.abort()), {
      reason: 'cancelled',
    });
  });
});

describe('the questions of a tree', () => {
  it('are read as a plan takes them', () => {
    const [format] = treeFormats;
    assert.deepEqual(treeOptions(format, {}), {
      layout: 'imagefolder',
      mode: 'copy',
      splits: undefined,
      seed: undefined,
      unlabeled: undefined,
      metadata: undefined,
      add: false,
    });
    const { splits } = treeOptions(format, { splits: ' 80 / 10/10' });
    assert.deepEqual(splits, { train: 80, val: 10, test: 10 });
    assert.deepEqual(treeOptions(format, { splits: '0.75/0.25' }).splits, {
      train: 0.75,
      val: 0.25,
      test: 0,
    });
    assert.equal(treeOptions(format, { splits: 'keep' }).splits, 'keep');
    for (const text of ['80', 'a/b', '0/1', '1/0', '1/2/3/4', '-1/2', '80//10', '1e3/1'])
      assert.throws(() => treeOptions(format, { splits: text }), { reason: 'invalid-argument' }, text);
    for (const seed of ['x', '-1', '1.5', '9999999999'])
      assert.throws(() => treeOptions(format, { 'split-seed': seed }), { reason: 'invalid-argument' });
  });
});
