import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CLASS_FOLDERS, isLayout, type Layout, splitOf } from '../../../../src/core/folders/layout.ts';
import { classInName, placeOf } from '../../../../src/core/folders/placing.ts';
import { type Listing, recogniseLayout } from '../../../../src/core/folders/recogniseLayout.ts';

/** A folder of images by their paths. */
function listing(paths: readonly string[], name = 'pets'): Listing {
  const inner = new Map<string, string[]>();
  const images: string[] = [];
  for (const path of paths) {
    const slash = path.indexOf('/');
    if (slash < 0) images.push(path);
    else {
      const folder = path.slice(0, slash);
      inner.set(folder, [...(inner.get(folder) ?? []), path.slice(slash + 1)]);
    }
  }
  const folders = [...inner].map(([folder, within]) => listing(within.filter(Boolean), folder));
  return { name, looked: true, images, folders };
}

const inFolders = (folders: readonly string[]) =>
  folders.flatMap((folder) => [`${folder}/1.jpg`, `${folder}/2.jpg`]);

function found(
  paths: readonly string[],
  name?: string,
): { layout: Layout; classes: number; examples: readonly string[] } {
  const { layout, classes, examples } = recogniseLayout(listing(paths, name)).option;
  return { layout, classes, examples };
}

describe('The layout of a folder', () => {
  it('is class folders where nothing else is clear', () => {
    assert.deepEqual(found(inFolders(['cat', 'dog'])), {
      layout: CLASS_FOLDERS,
      classes: 2,
      examples: ['cat', 'dog'],
    });
    assert.deepEqual(found(['cat/', 'dog/']).layout, CLASS_FOLDERS, 'folders that are yet to be filled');
    assert.deepEqual(
      found(['1.jpg', ...inFolders(['train', 'car'])]).layout,
      CLASS_FOLDERS,
      'a class called train',
    );
    assert.equal(found(inFolders(['cafe\u0301', 'caf\u00e9'])).classes, 1, 'accents taken apart or not');
  });

  it('has splits above class folders, whatever they are called', () => {
    const { option } = recogniseLayout(
      listing(inFolders(['Train/cat', 'Train/dog', 'valid/cat', 'test_images/dog']).concat('annotations/')),
    );
    assert.deepEqual(option, {
      layout: { kind: 'classes', level: 2, splitLevel: 1 },
      classes: 2,
      examples: ['cat', 'dog'],
      splits: [
        { split: 'train', names: ['Train'], classes: 2 },
        { split: 'val', names: ['valid'], classes: 1 },
        { split: 'test', names: ['test_images'], classes: 1 },
      ],
    });
  });

  it('has splits below class folders', () => {
    const { option } = recogniseLayout(listing(inFolders(['cat/train', 'cat/val', 'dog/train', 'dog/val'])));
    assert.deepEqual(option.layout, { kind: 'classes', level: 1, splitLevel: 2 });
    assert.deepEqual(
      option.splits.map(({ split, classes }) => [split, classes]),
      [
        ['train', 2],
        ['val', 2],
      ],
    );
  });

  it('goes through folders that only hold the others', () => {
    assert.deepEqual(found(inFolders(['images/cat', 'images/dog'])).layout, { kind: 'classes', level: 2 });
    assert.deepEqual(found(inFolders(['pets/cat', 'pets/dog'])).layout, { kind: 'classes', level: 2 });
    assert.deepEqual(found(inFolders(['training_set/training_set/cat', 'test_set/test_set/cat'])).layout, {
      kind: 'classes',
      level: 3,
      splitLevel: 1,
    });
    assert.deepEqual(found(inFolders(['images/train', 'images/val', 'labels/train']).slice(0, 4)).layout, {
      kind: 'flat',
      splitLevel: 2,
    });
    assert.deepEqual(
      found(inFolders(['cats/2020', 'cats/2021'])).layout,
      CLASS_FOLDERS,
      'one class is not a wrapper',
    );
  });

  it('takes a chosen split folder for one', () => {
    assert.deepEqual(found(inFolders(['cat', 'dog']), 'val').layout, {
      kind: 'classes',
      level: 1,
      splitLevel: 0,
    });
  });

  it('offers every level of nested folders, the first as it is', () => {
    const { option, alternatives } = recogniseLayout(
      listing(inFolders(['animal/cat', 'animal/dog', 'plant/oak', 'plant/elm'])),
    );
    assert.deepEqual(option.layout, CLASS_FOLDERS);
    assert.deepEqual(
      alternatives.map(({ layout, classes }) => [layout, classes]),
      [
        [{ kind: 'classes', level: 2 }, 4],
        [{ kind: 'flat' }, 0],
      ],
    );
    const split = recogniseLayout(listing(inFolders(['train/cat', 'test/cat'])));
    assert.deepEqual(
      split.alternatives.map(({ layout }) => layout),
      [CLASS_FOLDERS, { kind: 'flat', splitLevel: 1 }],
    );
  });

  it('is the names of files only where they clearly are classes', () => {
    const names = ['cat.0.jpg', 'cat.1.jpg', 'dog.0.jpg', 'dog.1.jpg', 'dog.2.jpg'];
    assert.deepEqual(found(names), { layout: { kind: 'names' }, classes: 2, examples: ['cat', 'dog'] });
    assert.deepEqual(
      found(names.map((name) => `train/${name}`).concat('test/1.jpg')).layout,
      {
        kind: 'names',
        splitLevel: 1,
      },
      'unlabeled test images',
    );
    for (const flat of [
      ['IMG_0001.jpg', 'IMG_0002.jpg', 'DSC_0001.jpg', 'DSC_0002.jpg'],
      ['cat.0.jpg', 'cat.1.jpg', 'cat.2.jpg'],
      ['ant 1.jpg', 'bee 2.jpg', 'cow 3.jpg', 'doe 4.jpg'],
      ['1.jpg', '2.jpg'],
    ])
      assert.deepEqual(found(flat).layout, { kind: 'flat' }, flat[0]);
  });
});

describe('A place in a layout', () => {
  it('is what the folder at the level says, or that above it', () => {
    const layout: Layout = { kind: 'classes', level: 2, splitLevel: 1 };
    assert.deepEqual(placeOf(layout, 'pets', ['valid', 'cat', 'more'], '1.jpg'), {
      classFolder: 'cat',
      split: 'val',
    });
    assert.deepEqual(placeOf(layout, 'pets', ['train'], '1.jpg'), { classFolder: 'pets', split: 'train' });
    assert.deepEqual(placeOf({ kind: 'classes', level: 3 }, 'pets', ['a', 'b'], '1.jpg'), {
      classFolder: 'b',
    });
    assert.deepEqual(placeOf({ kind: 'flat' }, 'pets', ['a', 'b'], '1.jpg'), { classFolder: 'pets' });
  });

  it('reads classes of file names', () => {
    const names = [
      'cat.0.jpg',
      'cat_001.jpg',
      'Great Dane-12.JPG',
      'great_dane (3).png',
      '貓12.jpg',
      'IMG_1.jpg',
      '12.jpg',
    ];
    assert.deepEqual(names.map(classInName), [
      'cat',
      'cat',
      'Great Dane',
      'great dane',
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('knows splits by their usual names only', () => {
    assert.deepEqual(
      ['TRAIN', 'valid', 'Validation', 'dev', 'test', 'test-set', 'trainer', 'protest', 'attest'].map(
        splitOf,
      ),
      ['train', 'val', 'val', 'val', 'test', 'test', undefined, undefined, undefined],
    );
  });

  it('is read with care', () => {
    assert.ok(isLayout({ kind: 'classes', level: 2, splitLevel: 1 }));
    for (const bad of [
      null,
      1,
      {},
      { kind: 'classes' },
      { kind: 'classes', level: 1, splitLevel: 1 },
      { kind: 'flat', splitLevel: -1 },
      { kind: 'table' },
    ])
      assert.equal(isLayout(bad), false, JSON.stringify(bad));
  });
});
