import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { CLASS_FOLDERS, type Layout } from '../../../../src/core/folders/layout.ts';
import { listClassFolders } from '../../../../src/engine/folders/classFolders.ts';
import { walkImages } from '../../../../src/engine/folders/imageWalk.ts';
import { linearColour } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm } from '../colours.ts';
import { engineOfSuite, noModels, scratch } from '../engineHarness.ts';

describe('Folders of a layout', () => {
  const files = scratch();
  before(() => {
    for (const name of ['train/cat/1', 'train/dog/1', 'Valid/cat/1', 'test/dog/1', 'test/dog/2'])
      files.write(`pets/${name}.jpg`, '');
    for (const name of ['cat.0', 'cat.1', 'dog.0', 'dog.1', 'dog.2']) files.write(`flat/${name}.jpg`, '');
    files.write('forms/cafe\u0301/1.jpg', '');
    files.write('forms/caf\u00e9/2.jpg', '');
  });

  async function walked(folder: string, layout?: Layout, split?: 'test'): Promise<string[]> {
    const found: string[] = [];
    const layouts = layout && [layout];
    for await (const one of walkImages({ folders: [files.path(folder)], layouts, split }))
      if (one.kind === 'image') found.push(`${one.classFolder} ${one.split ?? '-'}`);
    return found;
  }

  it('give images their class and split', async () => {
    assert.deepEqual(await walked('pets'), ['dog test', 'dog test', 'cat train', 'dog train', 'cat val']);
    assert.deepEqual(await walked('pets', undefined, 'test'), ['dog test', 'dog test']);
    assert.deepEqual((await walked('pets', CLASS_FOLDERS)).at(0), 'test -');
    assert.deepEqual(await walked('pets/test'), ['dog test', 'dog test']);
    assert.deepEqual((await walked('pets', { kind: 'flat' })).at(0), 'pets -');
    assert.deepEqual(await walked('forms'), ['caf\u00e9 -', 'caf\u00e9 -']);
  });

  it('have a file once that links lead to, but in every class that it is in', async () => {
    files.write('linked/cat/1.jpg', '');
    files.write('outside/x.jpg', '');
    files.write('linked/dog/1.jpg', '');
    for (const [link, to] of [
      ['cat/2.jpg', '1.jpg'],
      ['cat/3.jpg', files.path('outside', 'x.jpg')],
      ['cat/4.jpg', files.path('outside', 'x.jpg')],
      ['dog/2.jpg', '../cat/1.jpg'],
    ])
      symlinkSync(to, files.path('linked', link));
    assert.deepEqual(await walked('linked'), ['cat -', 'cat -', 'dog -', 'dog -']);
    assert.deepEqual(await walked('linked', { kind: 'flat' }), ['linked -', 'linked -', 'linked -']);
  });

  it('take names of files for classes only where that is asked for', async () => {
    assert.deepEqual((await walked('flat'))[0], 'flat -');
    assert.deepEqual((await walked('flat', { kind: 'names' }))[0], 'cat -');
  });

  it('have the classes that lie below splits, each once', async () => {
    const names = async (...asked: Parameters<typeof listClassFolders>) =>
      (await listClassFolders(...asked)).map(({ name, images }) => [name, images]);
    assert.deepEqual(await names(files.path('pets')), [
      ['cat', undefined],
      ['dog', undefined],
    ]);
    assert.deepEqual(await names(files.path('pets'), { counted: true }), [
      ['cat', 2],
      ['dog', 3],
    ]);
    assert.deepEqual(await names(files.path('pets'), { split: 'test' }), [['dog', undefined]]);
    assert.deepEqual(await names(files.path('flat'), { layout: { kind: 'names' } }), [
      ['cat', undefined],
      ['dog', undefined],
    ]);
    assert.deepEqual(await names(files.path('flat')), []);
    assert.deepEqual(await names(files.path('forms'), { counted: true }), [['caf\u00e9', 2]]);
  });
});

describe('Folders with a table', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ threads: 1 });
  const labels = Object.keys(colours);

  before(() => {
    files.write('linear.onnx', linearColour());
    const rows = Object.entries(colours).flatMap(([name, colour], seed) =>
      ['train', 'test'].map((split, i) => {
        files.write(`kaggle/images/${name[0]}${i}.ppm`, ppm(colour, 2 * seed + i));
        return `${name[0]}${i},${name},${split}`;
      }),
    );
    files.write('kaggle/labels.csv', `id,breed,split\n${rows.join('\n')}\n`);
    files.write('kaggle/onehot.csv', 'id,cat,dog\nc0,1,0\nd0,0,1\n');
    for (const split of ['train', 'test']) {
      files.write(`hub/${split}/1.ppm`, ppm(colours.cat, 10));
      files.write(`hub/${split}/about.csv`, 'file_name,label\n1.ppm,summer\n');
      files.write(`hub/${split}/metadata.jsonl`, '{"file_name":"1.ppm","label":"cat"}\n');
    }
    files.write('classes/cat/1.ppm', ppm(colours.cat));
    files.write('classes/dog/1.ppm', ppm(colours.dog));
    files.write('classes/ages.csv', 'file_name,label\ncat/1.ppm,old\ndog/1.ppm,young\n');
  });

  const asked = (folder: string) => ({
    backbone: files.path('linear.onnx'),
    sidecar: colourSidecar,
    folders: [files.path(folder)],
    alignment: identityAlignment(labels, 'colour'),
  });

  it('are recognized with their columns; tables of several labels are refused by name', async () => {
    const [found] = await engine.rpc.call('recogniseLayouts', { folders: [files.path('kaggle')] });
    const table = { file: 'labels.csv', image: 'id', label: 'breed', split: 'split' };
    assert.deepEqual(found.layout, { kind: 'table', table });
    assert.deepEqual([found.classes, found.splits.map(({ split }) => split)], [3, ['train', 'test']]);
    assert.deepEqual(
      found.refused.map(({ file, problem }) => [file, problem.reason]),
      [['onehot.csv', 'invalid-labels']],
    );
    const [hub] = await engine.rpc.call('recogniseLayouts', { folders: [files.path('hub')] });
    assert.deepEqual([hub.layout.kind, hub.splits.length, hub.examples], ['table', 2, ['cat']]);
    const [classes] = await engine.rpc.call('recogniseLayouts', { folders: [files.path('classes')] });
    assert.deepEqual([classes.layout, classes.alternatives[0].layout.kind], [CLASS_FOLDERS, 'table']);
  });

  it('are measured by it, in its splits', async () => {
    for (const layouts of [
      undefined,
      [(await engine.rpc.call('recogniseLayouts', { folders: [files.path('kaggle')] }))[0].layout],
    ]) {
      const run = await engine.rpc.call('classify', { ...asked('kaggle'), layouts });
      assert.deepEqual([run.accuracy, run.measuredOn.measured], [1, 6]);
      assert.deepEqual(
        run.perSplit?.map(({ split, measured }) => [split, measured]),
        [
          ['train', 3],
          ['test', 3],
        ],
      );
    }
    const hub = await engine.rpc.call('classify', { ...asked('hub'), split: 'test' });
    assert.deepEqual([hub.images, hub.measuredOn.measured], [1, 1]);
    const flat = await engine.rpc.call('classify', { ...asked('kaggle'), layouts: [{ kind: 'flat' }] });
    assert.equal(flat.measuredOn.measured, 0, 'where somebody chose another way, the table says nothing');
    const folder = files.path('kaggle');
    const classes = await engine.rpc.call('listClasses', { folder });
    assert.deepEqual(
      classes.map(({ label }) => label),
      ['bird', 'cat', 'dog'],
    );
  });

  it('say nothing of images of other folders that are called like theirs, unless theirs were renamed', async () => {
    for (const folder of ['named', 'renamed']) {
      for (const [at, [name, colour]] of Object.entries(colours).entries()) {
        files.write(`${folder}/photos/${at}.ppm`, ppm(colour, at));
        files.write(`${folder}/new/${at}_of_${name}.ppm`, ppm(colour, 10 + at));
      }
    }
    const label = (at: number) => Object.keys(colours)[at];
    const rows = (below: string) =>
      `file_name,label\n${[0, 1].map((at) => `${below}/${at}.ppm,${label(at)}\n`).join('')}`;
    files.write('named/new/0.ppm', ppm(colours.bird, 20));
    files.write('named/labels.csv', rows('photos'));
    files.write('renamed/labels.csv', rows('/home/them/pictures'));
    const measured = async (folder: string) => {
      const table = files.path(folder, 'labels.csv');
      const [{ layout }] = await engine.rpc.call('recogniseLayouts', {
        folders: [files.path(folder)],
        table,
      });
      const run = await engine.rpc.call('classify', { ...asked(folder), layouts: [layout] });
      return [run.measuredOn.measured, run.accuracy];
    };
    assert.deepEqual(
      [await measured('named'), await measured('renamed')],
      [
        [2, 1],
        [2, 1],
      ],
    );
    // The answer is kept with what was found, not with the table.
    files.write('renamed/pictures/0.ppm', ppm(colours.bird, 30));
    assert.deepEqual(await measured('renamed'), [1, 0]);
  });

  it('name the columns that may have the labels, and take another of them', async () => {
    files.write('columns/1.ppm', ppm(colours.cat));
    files.write('columns/2.ppm', ppm(colours.dog));
    files.write('columns/pets.csv', 'file,label,owner\n1.ppm,cat,Ann\n2.ppm,dog,Bob\n');
    const folders = [files.path('columns')];
    const [found] = await engine.rpc.call('recogniseLayouts', { folders });
    assert.deepEqual(
      [found.examples, found.columns],
      [
        ['cat', 'dog'],
        ['label', 'owner'],
      ],
    );
    const table = files.path('columns', 'pets.csv');
    const [other] = await engine.rpc.call('recogniseLayouts', { folders, table, column: 'owner' });
    assert.deepEqual(
      [other.examples, other.columns],
      [
        ['Ann', 'Bob'],
        ['label', 'owner'],
      ],
    );
    await assert.rejects(engine.rpc.call('recogniseLayouts', { folders, table, column: 'file' }));
  });

  it('take a table that is named, or say why it cannot be one', async () => {
    const folders = [files.path('classes')];
    const [found] = await engine.rpc.call('recogniseLayouts', {
      folders,
      table: files.path('classes', 'ages.csv'),
    });
    assert.deepEqual([found.layout.kind, found.examples], ['table', ['old', 'young']]);
    for (const table of [
      files.path('kaggle', 'onehot.csv'),
      files.path('kaggle', 'labels.csv'),
      files.path('gone.csv'),
    ])
      await assert.rejects(engine.rpc.call('recogniseLayouts', { folders, table }));
  });
});

describe('Splits of a folder', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ threads: 1 });
  const labels = Object.keys(colours);
  const folder = () => files.path('pets');
  const asked = () => ({
    backbone: files.path('linear.onnx'),
    sidecar: colourSidecar,
    folders: [folder()],
    alignment: identityAlignment(labels, 'colour'),
  });

  before(() => {
    files.write('linear.onnx', linearColour());
    let seed = 0;
    for (const split of ['train', 'val', 'test'])
      for (const [name, colour] of Object.entries(colours))
        for (let i = 0; i < 4; i++) {
          // Half of what is measured is of another color than its folder says.
          const wrong = split === 'test' && i < 2;
          const shown = wrong ? Object.values(colours)[(labels.indexOf(name) + 1) % 3] : colour;
          files.write(`pets/${split}/${name}/${i}.ppm`, ppm(shown, seed++));
        }
  });

  it('are recognized and counted', async () => {
    const [found] = await engine.rpc.call('recogniseLayouts', { folders: [folder()], counted: true });
    assert.deepEqual(found.layout, { kind: 'classes', level: 2, splitLevel: 1 });
    assert.deepEqual(
      found.splits.map(({ split, classes, images }) => [split, classes, images]),
      [
        ['train', 3, 12],
        ['val', 3, 12],
        ['test', 3, 12],
      ],
    );
    await assert.rejects(engine.rpc.call('recogniseLayouts', { folders: [files.path('gone')] }), {
      reason: 'not-found',
    });
  });

  it('have an accuracy each, and one alone can be classified', async () => {
    const all = await engine.rpc.call('classify', asked());
    assert.deepEqual(
      all.perSplit?.map(({ split, accuracy }) => [split, accuracy]),
      [
        ['train', 1],
        ['val', 1],
        ['test', 0.5],
      ],
    );
    const test = await engine.rpc.call('classify', { ...asked(), split: 'test' });
    assert.deepEqual([test.images, test.accuracy, test.perSplit], [12, 0.5, undefined]);
    const { predictions } = await engine.rpc.call('rescore', asked());
    assert.deepEqual(predictions.filter(({ split }) => split === 'val').length, 12);
  });

  it('are learned from and measured on by a learned mapping, a head, a ranking and a training', async () => {
    const targets = labels.map((name) => ({ name }));
    const { backbone, sidecar, folders, alignment } = asked();
    const document = await engine.rpc.call('align', {
      targets,
      backbone,
      sidecar,
      method: 'flm',
      labelled: { folders },
    });
    const { images, validation, splits } = document.method.labelled!;
    assert.deepEqual(
      [images, validation, splits],
      [12, { images: 12, accuracy: 0.5 }, { learned: 'train', measured: 'test' }],
    );
    const measured = await engine.rpc.call('rescore', { ...asked(), alignment: document });
    assert.deepEqual(
      measured.perSplit?.map(({ split, measured: count }) => [split, count]),
      [
        ['train', 0],
        ['val', 12],
        ['test', 12],
      ],
      'images of the same names in other splits are measured',
    );
    const { head } = await engine.rpc.call('learnHead', { ...asked(), kind: 'prototypes' });
    assert.deepEqual(
      [head.learned.images, head.learned.validation.images, head.learned.splits],
      [12, 12, { learned: 'train', measured: 'test' }],
    );
    const ranked = await engine.rpc.call('rank', { folders, targets, backbones: [backbone] });
    assert.deepEqual([ranked.splits, ranked.found], [['train', 'val'], 24]);
    const trained = await engine.rpc.call('train', {
      folders,
      backbone,
      sidecar,
      alignment,
      settings: { prompt: { kind: 'none' }, mapping: 'semap', threads: 1 },
      runFolder: files.path('run'),
    });
    assert.deepEqual(trained.splits, { learn: 'train', choose: 'val', measure: 'test' });
    assert.deepEqual([trained.trainImages, trained.validationImages, trained.testImages], [12, 12, 12]);
    assert.deepEqual([trained.best?.valAccuracy, trained.testAccuracy], [1, 0.5]);
  });
});
