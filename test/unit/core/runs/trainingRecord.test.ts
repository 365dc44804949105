import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { datasetOfRun, runFolderName, storedPhase } from '../../../../src/core/runs/run.ts';
import { readTraining } from '../../../../src/core/runs/trainingRecord.ts';
import { type TrainSettings, trainRecipes } from '../../../../src/core/runs/trainingSettings.ts';
import { RECIPES } from '../../../../src/core/runs/trainRecipes.ts';
import { phrase, verbatim } from '../../../../src/core/text/text.ts';
import { resolveSettings } from '../../../../src/core/training/resolveSettings.ts';
import { recordOf } from '../../host/training/runFixture.ts';

describe('The record of a training', () => {
  it('keeps its texts, and reads those of earlier versions as words', () => {
    const record = recordOf('/run', { ended: phrase('Stopped after {0} epochs.', 3) });
    assert.deepEqual(readTraining(JSON.parse(JSON.stringify(record))).ended, record.ended);
    const old = {
      ...record,
      verdict: 'Use the mapping.',
      ended: undefined,
      baselines: [{ kind: 'zero-shot', name: 'Zero-shot (SeMap)', valAccuracy: 0.5, problem: 'None.' }],
      skipped: [{ path: '/a.png', reason: 'It is empty.' }, 'nonsense', { path: 7 }],
    };
    const read = readTraining(old);
    assert.deepEqual([read.verdict, read.ended], [verbatim('Use the mapping.'), undefined]);
    assert.deepEqual(
      [read.baselines[0].name, read.baselines[0].problem],
      [verbatim('Zero-shot (SeMap)'), verbatim('None.')],
    );
    const skipped = read.skipped.map(({ path, reason }) => [path, reason]);
    assert.deepEqual(skipped, [['/a.png', verbatim('It is empty.')]]);
  });

  it('is refused where it lacks what a list, a page or a resumed run relies on', () => {
    const record = recordOf('/run');
    for (const change of [
      { kind: 'ranking' },
      { version: 2 },
      { status: 'flying' },
      { seconds: -1 },
      { epoch: 1.5 },
      { params: { ...record.params, backbone: 7 } },
      { params: { ...record.params, settings: {} } },
      { best: { epoch: 1, valAccuracy: 0.5, valLoss: null } },
    ])
      assert.throws(() => readTraining({ ...record, ...change }), { reason: 'invalid-document' });
  });

  it('means interrupted where it says running and no process has it', () => {
    assert.equal(storedPhase({ status: 'running' }, false), 'interrupted');
    assert.equal(storedPhase({ status: 'running' }, true), 'running');
    assert.equal(storedPhase({ status: 'paused' }, false), 'paused');
  });
});

describe('The folder of a run', () => {
  it('is called by time, kind and dataset, without what file systems do not take', () => {
    const name = runFolderName('train', 'my photos/ä:b', new Date('2026-03-01T12:30:00.5Z'));
    assert.equal(name, '2026-03-01T12-30-00-train-my_photos_ä_b');
    assert.equal(datasetOfRun(name), 'my_photos_ä_b');
    assert.equal(datasetOfRun('my own name'), undefined);
  });
});

describe('Settings of a training', () => {
  const input = { height: 64, width: 32, preprocessing: { channels: 'rgb' } };
  const backbone = { input } as Parameters<typeof resolveSettings>[1];
  const resolve = (settings: TrainSettings) => resolveSettings(settings, backbone, 6);

  it('get every default', () => {
    const { prompt, mapping, learningRate, batch, threads } = resolve({ prompt: { kind: 'padding' } });
    assert.deepEqual([prompt.frame, mapping, learningRate, batch, threads], [4, 'linear-probe', 0.01, 16, 4]);
    assert.equal(resolve({ prompt: { kind: 'watermark' } }).learningRate, 0.003);
    assert.equal(resolve({ prompt: { kind: 'none' }, optimiser: 'sgd' }).learningRate, 10);
    assert.equal(resolve({ prompt: { kind: 'none' } }).mapping, 'blm+');
    assert.equal(resolve({ prompt: { kind: 'watermark', count: 2 } }).mapping, 'blm+');
  });

  it('follow a recipe in all that it speaks of, unless they say otherwise', () => {
    const { mapping, learningRate, augment, recipe, layerRate } = resolve({
      recipe: 'lor-vp',
      prompt: { kind: 'low-rank' },
      layerRate: 2,
    });
    assert.deepEqual([recipe, mapping, learningRate, layerRate], ['lor-vp', 'linear-probe', 0.02, 2]);
    assert.deepEqual(augment, { flip: false, crop: false, vary: false, erase: false, mix: 0 });
    for (const one of trainRecipes) {
      const { prompt, mapping: scores, optimiser } = RECIPES[one];
      const settings = resolve({ recipe: one, prompt });
      assert.deepEqual([settings.mapping, settings.optimiser], [scores, optimiser]);
    }
    assert.throws(() => resolve({ recipe: 'vpt' as 'smm', prompt: { kind: 'padding' } }), {
      message: 'Unknown recipe "vpt".',
    });
  });

  it('mix images only where a layer learns of them', () => {
    assert.equal(resolve({ prompt: { kind: 'watermark' } }).augment.mix, RECIPES.semap.augment.mix);
    assert.equal(resolve({ prompt: { kind: 'watermark' }, mapping: 'blm+' }).augment.mix, 0);
    const mixed = { prompt: { kind: 'watermark' }, mapping: 'blm+', augment: { mix: 1 } } as const;
    assert.throws(() => resolve(mixed), { message: /they are of two labels/ });
  });

  it('name what there is where a prompt is unknown', () => {
    assert.throws(() => resolve({ prompt: { kind: 'poster' as 'none' } }), {
      reason: 'invalid-argument',
      message: 'Unknown prompt "poster".',
      hint: 'Choose padding, watermark, low-rank, mask, or none.',
    });
  });
});
