import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { say } from '../../../../src/core/text/text.ts';
import {
  classNamesOf,
  type Dataset,
  exampleImages,
  mayHoldImages,
  type ScanLimits,
  scanDatasets,
} from '../../../../src/host/datasets/datasetScan.ts';
import { datasetText } from '../../../../src/host/datasets/layoutWords.ts';
import { testFolder } from '../../folders.ts';

const FILES = [
  'photos/cat/1.jpg',
  'photos/dog/1.JPEG',
  'photos/notes/readme.txt',
  'deep/er/birds/wren/1.png',
  'deep/er/birds/robin/1.png',
  'single/cat/1.png',
  'node_modules/pkg/a/1.png',
  'node_modules/pkg/b/1.png',
  '.hidden/a/1.png',
  'nas/@eaDir/1.png',
  'nas/cat/1.png',
  '__MACOSX/cat/1.png',
  '__MACOSX/dog/1.png',
  '.hidden/b/1.png',
  'flat/1.png',
];

describe('The search for datasets', () => {
  const root = testFolder();

  before(async () => {
    for (const file of FILES) {
      await mkdir(join(root, dirname(file)), { recursive: true });
      await writeFile(join(root, file), '');
    }
  });

  async function scan(limits?: ScanLimits, signal = new AbortController().signal): Promise<Dataset[]> {
    const found: Dataset[] = [];
    for await (const dataset of scanDatasets([root], signal, limits)) found.push(dataset);
    return found;
  }

  it('finds folders with at least two class folders of images, at any depth within reason', async () => {
    assert.deepEqual(await scan(), [
      { path: join(root, 'photos'), name: 'photos', classes: 2 },
      { path: join(root, 'deep', 'er', 'birds'), name: 'birds', classes: 2 },
    ]);
  });

  it('finds folders whose images a table labels', async () => {
    const tables = testFolder();
    const write = async (name: string, text = '') => {
      await mkdir(join(tables, dirname(name)), { recursive: true });
      await writeFile(join(tables, name), text);
    };
    for (const name of [
      'in-ours/ours/1.png',
      'in-theirs/theirs/train/1.png',
      'in-captions/captions/1.png',
      'in-linked/linked/1.png',
      'in-kaggle/kaggle/train/a1.jpg',
      'in-kaggle/kaggle/train/b2.jpg',
      'in-kaggle/kaggle/test/c3.jpg',
      'in-many/many/1.png',
      'in-many/many/2.png',
    ])
      await write(name);
    await write('in-kaggle/kaggle/labels.csv', 'id,breed\na1,pug\nb2,poodle\n');
    await write('in-kaggle/kaggle/sample_submission.csv', 'id,pug,poodle\nc3,0.5,0.5\n');
    await write('in-many/many/tags.csv', 'image,tags\n1.png,sea sky\n2.png,sea\n');
    await write('in-many/many/prices.csv', 'what,price\nbread,3\n');
    await write('in-ours/ours/labels.semap.csv', 'file_name,label\n');
    await write('in-theirs/theirs/metadata.csv', 'file_name,label\ntrain/1.png,cat\n');
    await write('in-captions/captions/metadata.csv', 'file_name,text\n1.png,a cat on a mat\n');
    await write('in-empty/empty/labels.semap.csv', 'file_name,label\n');
    await symlink(
      join(tables, 'in-ours', 'ours', 'labels.semap.csv'),
      join(tables, 'in-linked', 'linked', 'labels.semap.csv'),
    );
    const names = async (follow: boolean) => {
      const found: (string | undefined)[][] = [];
      for await (const { name, table } of scanDatasets(
        [tables],
        new AbortController().signal,
        undefined,
        follow,
      ))
        found.push([name, table]);
      return found;
    };
    assert.deepEqual(await names(true), [
      ['kaggle', 'labels.csv'],
      ['ours', 'labels.semap.csv'],
      ['theirs', 'metadata.csv'],
    ]);
    // No file is read where nobody trusts.
    assert.deepEqual(await names(false), [['ours', 'labels.semap.csv']]);
  });

  it('finds sets with splits above or below their class folders, and such that names of files label, as one', async () => {
    const sets = testFolder();
    const files = [
      ...['train', 'Valid'].flatMap((split) =>
        ['cat', 'dog'].map((name) => `in-above/above/${split}/${name}/1.png`),
      ),
      ...['train', 'test'].flatMap((split) =>
        ['cat', 'dog'].map((name) => `in-below/below/${name}/${split}/1.png`),
      ),
      ...['cat', 'dog'].flatMap((name) => [0, 1, 2].map((n) => `in-named/named/${name}.${n}.png`)),
      ...['cat', 'dog'].flatMap((name) => [0, 1, 2].map((n) => `in-kaggle/kaggle/train/${name}.${n}.png`)),
      'in-kaggle/kaggle/test/1.png',
      'in-boxes/boxes/train/1.png',
      'in-boxes/boxes/val/1.png',
      'deeper/animals/dog/1.png',
      'deeper/animals/cat/1.png',
      'in-roll/roll/IMG_1.png',
      'in-roll/roll/IMG_2.png',
    ];
    for (const file of files) {
      await mkdir(join(sets, dirname(file)), { recursive: true });
      await writeFile(join(sets, file), '');
    }
    const found: (string | number)[][] = [];
    for await (const dataset of scanDatasets([sets], new AbortController().signal))
      found.push([dataset.name, dataset.classes, say(datasetText(dataset))]);
    assert.deepEqual(found.toSorted(), [
      ['above', 2, 'train and Valid above 2 class folders'],
      ['animals', 2, '2 class folders'],
      ['below', 2, 'train and test in each of 2 class folders'],
      ['kaggle', 2, 'train and test above 2 labels in file names'],
      ['named', 2, '2 labels in file names'],
    ]);
    const images = await exampleImages([join(sets, 'in-above')], 2, true);
    assert.deepEqual(
      images.map(({ label }) => label),
      ['cat', 'dog'],
    );
  });

  it('gives images of the classes that a model knows before others', async () => {
    const workspace = testFolder();
    for (const folder of ['first/hen', 'first/pig', 'second/ant', 'second/Golf_Ball', 'second/dog']) {
      await mkdir(join(workspace, folder), { recursive: true });
      await writeFile(join(workspace, folder, '1.png'), '');
    }
    const labels = async (known: readonly string[]) =>
      (await exampleImages([workspace], 3, true, known)).map(({ label }) => label);
    assert.deepEqual(await labels(['golf ball', 'dog', 'cat']), ['dog', 'Golf_Ball', 'ant']);
    assert.deepEqual(await labels(['zebra']), ['hen', 'pig']);
    assert.deepEqual(await classNamesOf([workspace], 3, true), [
      { dataset: 'second', names: ['Golf_Ball', 'ant', 'dog'] },
    ]);
    assert.deepEqual(await classNamesOf([workspace], 4, true), []);
  });

  it('finds sets side by side in a workspace folder, and does not take them for its classes', async () => {
    const workspace = testFolder();
    const files = [
      ...['train', 'val'].flatMap((split) => ['cat', 'dog'].map((name) => `split/${split}/${name}/1.png`)),
      ...['inbox', 'table'].map((name) => `${name}/1.png`),
      ...['cat', 'dog'].flatMap((name) => [0, 1, 2].map((n) => `named/${name}.${n}.png`)),
      ...['cat', 'dog'].map((name) => `classes/${name}/1.png`),
    ];
    for (const file of files) {
      await mkdir(join(workspace, dirname(file)), { recursive: true });
      await writeFile(join(workspace, file), '');
    }
    const names = async () => {
      const found: string[] = [];
      for await (const { name } of scanDatasets([workspace], new AbortController().signal)) found.push(name);
      return found;
    };
    assert.deepEqual(await names(), ['classes', 'named', 'split']);
    await writeFile(join(workspace, 'table', 'metadata.csv'), 'file_name,label\n1.png,cat\n');
    assert.deepEqual(await names(), ['classes', 'named', 'split', 'table']);

    // Classes of which one was labeled by a person stay classes.
    const classes = testFolder();
    for (const name of ['cat', 'dog']) {
      await mkdir(join(classes, name));
      await writeFile(join(classes, name, '1.png'), '');
    }
    await writeFile(join(classes, 'cat', 'labels.semap.csv'), 'file_name,label\n1.png,cat\n');
    for await (const dataset of scanDatasets([classes], new AbortController().signal))
      assert.deepEqual([dataset.path, dataset.classes], [classes, 2]);
  });

  it('looks at no link where it shall follow none', async () => {
    for (const name of ['cat', 'dog']) {
      await mkdir(join(root, 'linked'), { recursive: true });
      await symlink(join(root, 'photos', name), join(root, 'linked', name));
    }
    const names = async (follow: boolean) => {
      const found: string[] = [];
      const { signal } = new AbortController();
      for await (const { name } of scanDatasets([root], signal, undefined, follow)) found.push(name);
      return found.toSorted();
    };
    assert.deepEqual(await names(true), ['birds', 'linked', 'photos']);
    assert.deepEqual(await names(false), ['birds', 'photos']);
    await rm(join(root, 'linked'), { recursive: true });
  });

  it('ends in spite of links that lead back', async () => {
    await symlink(root, join(root, 'flat', 'loop'));
    const names = (await scan()).map(({ name }) => name);
    assert.ok(names.includes('photos'));
    await rm(join(root, 'flat', 'loop'));
  });

  it('looks at no more folders than it may', async () => {
    assert.deepEqual(await scan({ depth: 4, folders: 2, entries: 100, peek: 10 }), []);
  });

  it('stops when it is aborted', async () => {
    assert.deepEqual(await scan(undefined, AbortSignal.abort()), []);
  });

  it('tells folders that hold an image anywhere from those that hold none', async () => {
    assert.equal(await mayHoldImages([join(root, 'gone')]), false);
    assert.equal(await mayHoldImages([root]), true);
    assert.equal(await mayHoldImages([join(root, 'gone'), join(root, 'photos')]), true);
  });

  it('does not say that a folder holds none when it has not looked everywhere', async () => {
    assert.equal(await mayHoldImages([join(root, 'gone')], { folders: 0, entries: 10 }), true);
  });

  it('takes a folder that does not exist for an empty one', async () => {
    const found: Dataset[] = [];
    for await (const dataset of scanDatasets([join(root, 'gone')], new AbortController().signal)) {
      found.push(dataset);
    }
    assert.deepEqual(found, []);
  });
});
