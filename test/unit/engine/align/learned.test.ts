import assert from 'node:assert/strict';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import type { AlignmentDocument } from '../../../../src/core/alignments/alignment.ts';
import { parseAlignment, serialiseAlignment } from '../../../../src/core/alignments/alignmentText.ts';
import { type LearnedMethod, learnedMethods } from '../../../../src/core/mapping/methods.ts';
import { colours, ppm, writeBackbone } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

/** Labels that no similarity knows; the images of each have the colour of one source label. */
const FOLDERS = { xqa: colours.dog, xqb: colours.bird, xqc: colours.cat } as const;
const IMAGES = 8;

describe('a mapping learned from labelled images', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let backbone: string;

  before(async () => {
    backbone = writeBackbone(files, 'colour');
    let seed = 0;
    for (const [folder, colour] of Object.entries(FOLDERS)) {
      for (let i = 0; i < IMAGES; i++) files.write(`photos/${folder}/${i}.ppm`, ppm(colour, seed++));
    }
  });

  const align = (method: LearnedMethod, perClass = 4, folder = 'photos'): Promise<AlignmentDocument> =>
    engine.rpc.call('align', {
      targets: Object.keys(FOLDERS).map((name) => ({ name })),
      backbone,
      method,
      labelled: { folders: [files.path(folder)], perClass },
    });

  for (const method of learnedMethods) {
    it(`${method} makes a document that classifies what it did not learn from`, async () => {
      const made = await align(method);
      const document = parseAlignment(serialiseAlignment(made));
      assert.deepEqual(document, made);
      assert.equal(document.method.labelled!.images, 3 * 4);
      assert.deepEqual(document.method.labelled!.validation, { images: 3 * 4, accuracy: 1 });
      assert.deepEqual(document.targets[0].measured, { recall: 1, images: 4 });
      const strongest = document.targets.map(({ sources }) => sources[0].label);
      assert.deepEqual(strongest, ['dog', 'bird', 'cat']);
      const result = await engine.rpc.call('classify', {
        folders: [files.path('photos')],
        backbone,
        alignment: document,
      });
      assert.equal(result.images, 3 * IMAGES);
      assert.equal(result.learnedFrom, 3 * 4);
      assert.equal(result.accuracy, 1);
      const counted = result.perClass.reduce((sum, { images }) => sum + images, 0);
      assert.equal(counted, 3 * 4, 'accuracy counts only images that it did not learn from');
    });
  }

  it('learns from at most three of four images, and draws the same ones again', async () => {
    const first = await align('blm', 100);
    assert.equal(first.method.labelled!.images, 3 * 6);
    assert.deepEqual(await align('blm', 100), first);
  });

  it('learns around an excluded source label', async () => {
    const document = await engine.rpc.call('align', {
      targets: Object.keys(FOLDERS).map((name) => ({ name })),
      backbone,
      method: 'flm',
      labelled: { folders: [files.path('photos')] },
      excluded: ['cat'],
    });
    assert.ok(document.targets.every(({ sources }) => sources.every(({ label }) => label !== 'cat')));
  });

  it('ConSE makes a document too, which needs no labelled images', async () => {
    const made = await engine.rpc.call('align', {
      targets: [{ name: 'dog' }, { name: 'cat' }],
      backbone,
      method: 'conse',
      k: 1,
    });
    assert.deepEqual(parseAlignment(serialiseAlignment(made)), made);
    assert.deepEqual(made.aggregation, { kind: 'conse', top: 1 });
    const params = { folders: [files.path('photos')], backbone, alignment: made };
    await engine.rpc.call('classify', params);
    const { predictions } = await engine.rpc.call('rescore', params);
    const ofFolder = (folder: string) =>
      made.targets[predictions.find((one) => one.path.includes(folder))!.target].label;
    assert.deepEqual([ofFolder('xqa'), ofFolder('xqc')], ['dog', 'cat']);
  });

  it('has an aggregation of its own, but for FLM', async () => {
    const targets = Object.keys(FOLDERS).map((name) => ({ name }));
    const labelled = { folders: [files.path('photos')] };
    const aggregation = { kind: 'max' } as const;
    const flm = await engine.rpc.call('align', { targets, backbone, method: 'flm', labelled, aggregation });
    assert.deepEqual(flm.aggregation, aggregation);
    await assert.rejects(
      engine.rpc.call('align', { targets, backbone, method: 'linear', labelled, aggregation }),
      /an aggregation of its own/,
    );
  });

  it('needs images of its labels', async () => {
    await assert.rejects(align('blm', 4, 'nowhere'), { reason: 'not-found' });
    files.write('others/zebra/a.ppm', ppm(colours.cat));
    await assert.rejects(align('blm', 4, 'others'), { reason: 'no-images' });
    await assert.rejects(
      engine.rpc.call('align', { targets: [{ name: 'xqa' }], backbone, method: 'linear' }),
      /learns from labeled images/,
    );
  });

  it('keeps what it learned when a hint is added', async () => {
    const alignment = await align('blm+');
    const path_ = path.resolve(backbone);
    const again = await engine.rpc.call('realign', {
      alignment: { ...alignment, backbone: { ...alignment.backbone, path: path_ } },
      edit: { kind: 'hint', target: 0, hint: 'dog' },
    });
    assert.equal(again.targets[0].hint, 'dog');
    const relearned = again.targets.map(({ sources, measured }) => ({ sources, measured }));
    assert.deepEqual(
      relearned,
      alignment.targets.map(({ sources, measured }) => ({ sources, measured })),
    );
  });
});
