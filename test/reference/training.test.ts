import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { EpochMetrics } from '../../src/core/runs/trainingRecord.ts';
import { Engine } from '../../src/engine/engine.ts';

const root = path.resolve(import.meta.dirname, '../..');
const data = process.env['SEMAP_TEST_DATA'] ?? path.resolve(root, '../shared/data');
const models = path.join(root, 'dist/models');
const skip = !existsSync(path.join(data, 'backbones'))
  ? `no test data at ${data}`
  : !existsSync(path.join(models, 'wordnet.bin')) && 'dist/models is not built (npm run build)';

/** Every oddity that backbones come with: fp16, BGR, NHWC, uint8, int8, probabilities, a batch of one. */
const BACKBONES = [
  'squeezenet1.1',
  'mobilenetv2-qdq',
  'mobilenetv1-0.25-128',
  'squeezenet-fp16',
  'squeezenet-int8-nhwc',
  'inat-birds-uint8-nhwc',
  'cifar10-resnet8',
];

describe('Training through the backbones that people bring', { skip }, () => {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'semap-train-'));
  const engine = new Engine();
  const signal = new AbortController().signal;

  before(async () => {
    for (const name of readdirSync(path.join(data, 'images/cifar10')).slice(0, 3)) {
      const from = path.join(data, 'images/cifar10', name);
      for (const file of readdirSync(from).slice(0, 4)) {
        cpSync(path.join(from, file), path.join(scratch, 'images', name, file));
      }
    }
    await engine.handlers.start(
      {
        modelsFolder: models,
        backboneFolders: [path.join(data, 'backbones')],
        cacheFolder: path.join(scratch, 'cache'),
        threads: 1,
      },
      { signal, report: () => {} },
    );
  });
  after(async () => {
    await engine.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  for (const backbone of BACKBONES) {
    it(`begins where the bare backbone is, and lowers the loss: ${backbone}`, async () => {
      const epochs: EpochMetrics[] = [];
      const record = await engine.handlers.train(
        {
          folders: [path.join(scratch, 'images')],
          backbone,
          settings: {
            prompt: { kind: 'watermark' },
            // The same images in every epoch, so that their losses compare.
            augment: { crop: false },
            mapping: 'semap',
            learningRate: 0.002,
            epochs: 2,
            batch: 4,
            validation: 0.5,
          },
          runFolder: path.join(scratch, backbone),
        },
        {
          signal,
          report: (progress) => {
            if (progress.kind === 'epoch') epochs.push(progress.metrics);
          },
        },
      );
      assert.equal(record.gradient, 'exact');
      // A watermark begins as nothing: other pixels, channels or layouts than those of classification would show here.
      const zeroShot = record.baselines.find(({ kind }) => kind === 'zero-shot');
      assert.equal(epochs[0]!.valAccuracy, zeroShot!.valAccuracy);
      const losses = epochs.map(({ loss }) => loss);
      assert.ok(losses[2]! < losses[1]!, `the loss did not fall: ${losses}`);
    });
  }
});
