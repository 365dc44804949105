import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Prediction } from '../../../../src/core/evidence/imageScorer.ts';
import type { SettleParams } from '../../../../src/protocol/settling.ts';
import { linearColour } from '../classifierModel.ts';
import { colourSidecar, colours, identityAlignment, ppm, writeColourImages } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const labels = Object.keys(colours);

describe('Settling a folder', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  let about: Omit<SettleParams, 'folders' | 'mode'>;

  before(() => {
    about = {
      backbone: files.write('linear.onnx', linearColour()),
      sidecar: colourSidecar,
      alignment: identityAlignment(labels, 'colour'),
    };
  });

  test('never gives the plain answers, in the order of the folders, and no paths that are known', async () => {
    const params = { ...about, folders: [writeColourImages(files, 'plain', 3)] };
    await engine.rpc.call('classify', params);
    const { predictions } = await engine.rpc.call('rescore', params);
    const plain = await engine.rpc.call('settle', { ...params, mode: 'never' });
    const of = <T>(what: (prediction: Prediction) => T) => predictions.map(what);
    assert.deepEqual(
      plain.paths,
      of(({ path }) => path),
    );
    assert.deepEqual(
      [...plain.targets],
      of(({ target }) => target),
    );
    assert.deepEqual(
      [...plain.confidences],
      of(({ confidence }) => Math.fround(confidence)),
    );
    assert.deepEqual(
      [...plain.truths],
      of(({ truth }) => truth),
    );
    assert.deepEqual([plain.settled, plain.changed, plain.figures.accuracy], [false, 0, 1]);
    const known = await engine.rpc.call('settle', { ...params, mode: 'never', known: plain.order });
    assert.equal(known.paths, undefined);
    assert.deepEqual(known.targets, plain.targets);
  });

  test('always is refused where images are too few to be compared', async () => {
    files.write('single/one.ppm', ppm(colours.cat));
    const params = { ...about, folders: [files.path('single')] };
    await engine.rpc.call('classify', params);
    await assert.rejects(engine.rpc.call('settle', { ...params, mode: 'always' }), {
      reason: 'invalid-argument',
      message: 'Settling compares the images of a folder: it needs at least 3, and there are 1.',
    });
    const { settled } = await engine.rpc.call('settle', { ...params, mode: 'auto' });
    assert.equal(settled, false);
  });

  test('proposes images at random', async () => {
    const params = { ...about, folders: [writeColourImages(files, 'asked', 3)] };
    await engine.rpc.call('classify', params);
    const { paths } = await engine.rpc.call('proposeImages', {
      ...params,
      mode: 'auto',
      count: 20,
      random: true,
    });
    assert.equal(new Set(paths).size, 9);
  });
});
