import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { SCALINGS, type ScalingName } from '../../../../src/core/backbones/scalings.ts';
import { meanColour } from '../classifierModel.ts';
import { colours, ppm, sidecarOfSize, writeBackbone } from '../colours.ts';
import { engineOfSuite, noModels } from '../engineHarness.ts';

const data =
  process.env['SEMAP_TEST_DATA'] ?? path.resolve(import.meta.dirname, '../../../../../shared/data');
const network = path.join(data, 'faults/M-12/winml_pytorch_cifar.onnx');
const CIFAR = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

describe('a backbone that is tried on several images', { skip: noModels }, () => {
  const { files, engine } = engineOfSuite();
  const images = () => {
    for (const [name, colour] of Object.entries(colours))
      for (let i = 0; i < 4; i++) files.write(`images/${name}/${i}.ppm`, ppm(colour, i));
    return files.path('images');
  };

  test('passes over what cannot be read, but for the image that is shown', async () => {
    const backbone = writeBackbone(files, 'net', meanColour());
    const broken = files.write('images/cat/broken.jpg', 'no picture');
    const trial = await engine.rpc.call('tryBackbone', { backbone, beside: [images()] });
    assert.equal(trial.measured?.images, 12);
    assert.equal(trial.measured?.labelled, 12);
    await assert.rejects(engine.rpc.call('tryBackbone', { backbone, image: broken, beside: [images()] }), {
      reason: 'unreadable-image',
    });
  });

  test('can be stopped, and is not measured on two images', async () => {
    const backbone = writeBackbone(files, 'slow', meanColour({ effort: 20, size: 96 }), sidecarOfSize(96));
    const stop = new AbortController();
    const asked = engine.rpc.call(
      'tryBackbone',
      { backbone, beside: [images()] },
      { signal: stop.signal, onProgress: () => stop.abort() },
    );
    await assert.rejects(asked, { reason: 'cancelled' });
    const two = ['cat', 'dog'].map((name) => path.join(images(), name, '0.ppm'));
    const trial = await engine.rpc.call('tryBackbone', { backbone, image: two[0], beside: two.slice(1) });
    assert.equal(trial.measured, undefined);
    assert.equal(trial.image, two[0]);
  });

  test('is not sure of settings under which no more images are right than by chance', async () => {
    const labels = Object.keys(colours);
    const backbone = writeBackbone(files, 'exchanged', meanColour(), {
      ...sidecarOfSize(8),
      labels: [labels[1], labels[0], labels[2]],
    });
    const { measured } = await engine.rpc.call('tryBackbone', { backbone, beside: [images()] });
    assert.equal(measured?.doubt, 'chance');
    assert.equal(measured?.sure, false);
    assert.equal(measured?.cutShort, undefined);
  });

  const skip = existsSync(network) ? false : `${network} is absent`;
  test('is found to take -1 to 1, by classes and by its answers alone', { skip }, async () => {
    const preprocessing = { ...SCALINGS.zeroToOne, channels: 'rgb' } as const;
    const beside = [path.join(data, 'images/cifar10')];
    for (const labels of [CIFAR, CIFAR.map((_, i) => `q${i}x`)]) {
      const trial = await engine.rpc.call('tryBackbone', {
        backbone: network,
        sidecar: { labels, preprocessing },
        beside,
      });
      const [best] = trial.others;
      assert.equal(best.scaling, 'minusOneToOne' satisfies ScalingName);
      assert.equal(best.channels, 'rgb');
      assert.ok((best.likelihood ?? 0) > 5 * (trial.measured?.likelihood ?? 1));
      if (labels !== CIFAR) continue;
      assert.equal(trial.measured?.sure, true);
      assert.ok((best.accuracy ?? 0) > 0.6 && (trial.measured?.accuracy ?? 1) < 0.4);
    }
  });
});
