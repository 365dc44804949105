import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { say } from '../../../../src/core/text/text.ts';
import { classify, labels } from '../classify/heard.ts';
import { identityAlignment, writeBackbone, writeColourImages } from '../colours.ts';
import { noModels, type RunningEngine, scratch, startEngine } from '../engineHarness.ts';

describe('An engine on WebAssembly', { skip: noModels }, () => {
  const files = scratch();
  let engine: RunningEngine;
  before(async () => {
    writeBackbone(files, 'colour');
    engine = await startEngine(files.folder, { device: 'wasm' });
  });
  after(async () => {
    await engine.stop();
    files.dispose();
  });

  test('classifies a folder, and says that it ran as WebAssembly', async () => {
    writeColourImages(files, 'photos', 3);
    const { result, predictions } = await classify(engine.rpc, {
      folders: [files.path('photos')],
      backbone: files.path('colour.onnx'),
      alignment: identityAlignment(labels, 'colour'),
    });
    assert.equal(predictions.length, 9);
    assert.equal(result.accuracy, 1);
    assert.equal(result.device.provider, 'wasm');
  });

  test('tells how fast it is', async () => {
    const { device, verdicts, figures } = await engine.rpc.call('checkDevices', {
      backbone: files.path('colour.onnx'),
    });
    assert.equal(device.provider, 'wasm');
    assert.equal(say(device.why), 'Chosen in the settings.');
    assert.deepEqual(
      verdicts.map(({ provider, works }) => [provider, works]),
      [['wasm', true]],
    );
    assert.deepEqual(
      figures.map(({ provider }) => provider),
      ['wasm'],
    );
    assert.ok('images' in figures[0].step, 'a training step ran');
  });
});
