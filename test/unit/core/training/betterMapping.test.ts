import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Baseline } from '../../../../src/core/runs/trainingRecord.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import { betterLayer, betterMapping } from '../../../../src/core/training/betterMapping.ts';

const baseline = (kind: Baseline['kind'], valAccuracy: number | null, testAccuracy?: number): Baseline => ({
  kind,
  name: phrase('Baseline'),
  valAccuracy,
  testAccuracy,
});
const best = (valAccuracy: number) => ({ epoch: 3, valAccuracy, valLoss: 1 });

describe('A mapping that needs no prompt', () => {
  it('is better where it was measured to be, and of several the best is', () => {
    const baselines = [
      baseline('zero-shot', 0.6),
      baseline('mapping-only', 0.7),
      baseline('linear-mapping', 0.65),
    ];
    assert.deepEqual(betterMapping({ baselines, best: best(0.5) }), { kind: 'mapping-only', method: 'blm+' });
    assert.deepEqual(betterMapping({ baselines: baselines.slice(0, 1), best: best(0.5) })?.method, 'semap');
    assert.equal(betterMapping({ baselines, best: best(0.7) }), undefined, 'a draw is the training’s');
  });

  it('is none that cannot be an alignment, or that nothing is known of', () => {
    const baselines = [baseline('majority', 0.9), baseline('linear-probe', 0.9), baseline('zero-shot', null)];
    assert.equal(betterMapping({ baselines, best: best(0.5) }), undefined);
    assert.equal(betterMapping({ baselines: [baseline('zero-shot', 0.9)], best: undefined }), undefined);
  });

  it('is judged on the test images where there are some', () => {
    const baselines = [baseline('mapping-only', 0.9, 0.4), baseline('linear-mapping', 0.1, 0.6)];
    const record = { baselines, best: best(0.8), testAccuracy: 0.5 };
    assert.equal(betterMapping(record)?.method, 'linear');
  });
});

describe('A layer that was learned beside a prompt', () => {
  const settings = { prompt: { kind: 'watermark' } } as const;
  const probe = { ...baseline('linear-probe', 0.8), head: true } as const;

  it('is kept where the prompt does not beat it, a draw included', () => {
    assert.equal(betterLayer({ settings, baselines: [probe], best: best(0.8) }), 'linear-probe');
    assert.equal(betterLayer({ settings, baselines: [probe], best: best(0.81) }), undefined);
    const linear = { ...baseline('linear-mapping', 0.85), head: true } as const;
    assert.equal(betterLayer({ settings, baselines: [probe, linear], best: best(0.8) }), 'linear-mapping');
  });

  it('is none that was not kept, nor of a training without a prompt', () => {
    const { head: _, ...lost } = probe;
    assert.equal(betterLayer({ settings, baselines: [lost], best: best(0.5) }), undefined);
    const none = { ...settings, prompt: { kind: 'none' } } as const;
    assert.equal(betterLayer({ settings: none, baselines: [probe], best: best(0.5) }), undefined);
  });
});
