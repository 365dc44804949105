import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { MeasuredOn } from '../../../../src/core/metrics/measuredOn.ts';
import { say } from '../../../../src/core/text/text.ts';
import { linearColour } from '../classifierModel.ts';
import { colours, identityAlignment, ppm, writeBackbone } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const labels = Object.keys(colours);

describe('An accuracy says what it is about', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite({ threads: 1, backboneFolders: ['models'] });
  const alignment = identityAlignment(labels, 'linear');
  const about = () => ({ backbone: 'linear', alignment });

  before(async () => {
    writeBackbone(files, 'models/linear', linearColour());
    let seed = 0;
    const put = (folder: string, colour: readonly number[], count: number) => {
      for (let i = 0; i < count; i++) files.write(`photos/${folder}/${i}.ppm`, ppm(colour, seed++));
    };
    // Folders as people call them: two of one label, others' ways of writing, and two that are no label.
    put('CATS', colours.cat, 4);
    put('cat'.normalize('NFD'), colours.cat, 6);
    put('01_Dog', colours.dog, 8);
    put(' bird', colours.bird, 6);
    put('Fish', colours.bird, 5);
    put('clutter', colours.cat, 2);
    files.write('only/dog/1.ppm', ppm(colours.dog, 1));
    files.write('only/dog/2.ppm', ppm(colours.bird, 2));
    files.write('other/horse/1.ppm', ppm(colours.dog, 1));
    await engine.rpc.call('classify', { folders: [files.path('photos')], ...about() });
  });

  const mustTell = (on: MeasuredOn | undefined, measured: number, learned = 0) => {
    assert.deepEqual([on?.images, on?.measured, on?.learned], [31, measured, learned]);
    assert.deepEqual(on?.unmatched, [
      { folder: 'Fish', images: 5 },
      { folder: 'clutter', images: 2 },
    ]);
    assert.equal(on.labelsMeasured, 3);
  };
  const folders = () => [files.path('photos')];

  test('when a folder is classified, scored again and scored live', async () => {
    const first = await engine.rpc.call('classify', { folders: folders(), ...about() });
    mustTell(first.measuredOn, 24);
    assert.equal(first.accuracy, 1);
    const counts = first.perClass.map(({ label, images }) => [label, images]);
    assert.deepEqual(counts, [
      ['cat', 10],
      ['dog', 8],
      ['bird', 6],
    ]);
    const again = await engine.rpc.call('rescore', { folders: folders(), ...about() });
    mustTell(again.measuredOn, 24);
    const { accuracy, low, high } = first.expectedAccuracy!;
    assert.ok(0.5 < accuracy && low < accuracy && accuracy < high, 'sure answers are probably right');
    assert.deepEqual(again.expectedAccuracy, first.expectedAccuracy);
    const live = await engine.rpc.call('liveScore', { folders: folders(), before: alignment, ...about() });
    mustTell(live.now.measuredOn, 24);
    mustTell(live.before?.measuredOn, 24);
    const sides = [about(), about()] as const;
    const { figures } = await engine.rpc.call('compareAlignments', { folders: folders(), sides });
    for (const { measuredOn } of figures) mustTell(measuredOn, 24);
  });

  test('when backbones are ranked', async () => {
    const targets = labels.map((name) => ({ name }));
    const result = await engine.rpc.call('rank', { folders: folders(), targets, backbones: ['linear'] });
    mustTell(result.measuredOn, 24);
    assert.equal(result.rows[0].scores?.labelled, 24);
    const [one] = targets;
    const lone = await engine.rpc.call('rank', { folders: folders(), targets: [one], backbones: ['linear'] });
    assert.equal(lone.rows[0].scores?.accuracy, null, 'one label decides nothing');
    assert.match(say(lone.verdict.headline), /Only one label/);
  });

  test('when a mapping is learned', async () => {
    const targets = labels.map((name) => ({ name }));
    const learned = await engine.rpc.call('align', {
      targets,
      backbone: 'linear',
      method: 'blm',
      labelled: { folders: folders(), perClass: 2 },
    });
    const { labelled } = learned.method;
    assert.deepEqual([labelled?.images, labelled?.found, labelled?.validation.images], [6, 31, 18]);
    assert.deepEqual(labelled?.unmatched, ['clutter', 'Fish']);
    const judged = await engine.rpc.call('rescore', {
      folders: folders(),
      backbone: 'linear',
      alignment: learned,
    });
    mustTell(judged.measuredOn, 18, 6);
  });

  test('when a prompt is trained and tested', async () => {
    const settings = { prompt: { kind: 'none' as const }, mapping: 'blm' as const, threads: 1 };
    const asked = { folders: folders(), testFolder: files.path('only'), settings, ...about() };
    const estimate = await engine.rpc.call('estimateTraining', asked);
    mustTell(estimate.measuredOn, estimate.validationImages, estimate.trainImages);
    const record = await engine.rpc.call('train', { ...asked, runFolder: files.path('run') });
    mustTell(record.measuredOn, record.validationImages, record.trainImages);
    assert.deepEqual([record.testedOn?.measured, record.testedOn?.onlyLabel], [2, 'dog']);
    assert.deepEqual(record.testedOn?.labelsWithout, ['cat', 'bird']);
    await assert.rejects(
      engine.rpc.call('train', { ...asked, testFolder: files.path('other'), runFolder: files.path('run 2') }),
      /No class folder of .*other matches a target label/,
    );
  });

  test('when all images are of one label, and when one label is all that can be predicted', async () => {
    const only = [files.path('only')];
    const all = await engine.rpc.call('classify', { folders: only, ...about() });
    assert.deepEqual([all.accuracy, all.measuredOn.onlyLabel], [0.5, 'dog']);
    const lone = { ...alignment, targets: alignment.targets.slice(1, 2) };
    const one = await engine.rpc.call('classify', { folders: only, backbone: 'linear', alignment: lone });
    assert.deepEqual([one.accuracy, one.balancedAccuracy, one.perClass[0].recall], [null, null, null]);
    assert.equal(one.measuredOn.withheld, 'one-label');
    const live = await engine.rpc.call('liveScore', { folders: only, backbone: 'linear', alignment: lone });
    assert.equal(live.now.accuracy, null);
    const none = await engine.rpc.call('classify', { folders: [files.path('other')], ...about() });
    assert.deepEqual([none.accuracy, none.measuredOn.withheld], [null, 'no-truth']);
  });

  test('when a folder may be two labels: it is the truth of neither, and both are named', async () => {
    const twice = {
      ...alignment,
      targets: [...alignment.targets, { ...alignment.targets[1], label: 'DOG' }],
    };
    const { measuredOn } = await engine.rpc.call('classify', {
      folders: folders(),
      backbone: 'linear',
      alignment: twice,
    });
    assert.equal(measuredOn.measured, 16);
    assert.deepEqual(measuredOn.unmatched[0], { folder: '01_Dog', images: 8, alike: ['dog', 'DOG'] });
  });
});
