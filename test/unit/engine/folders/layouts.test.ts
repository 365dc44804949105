import assert from 'node:assert/strict';
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
