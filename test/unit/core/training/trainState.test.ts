import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Mapping } from '../../../../src/core/mapping/mapping.ts';
import { decodeSafetensors, encodeSafetensors } from '../../../../src/core/prompts/safetensors.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../../../src/core/training/checkpoint.ts';
import { secondsLeft, trainingSeconds } from '../../../../src/core/training/estimate.ts';
import { Adam } from '../../../../src/core/training/optimiser.ts';
import { SeenLogits } from '../../../../src/core/training/seenLogits.ts';
import { mustSuffice } from '../../../../src/core/training/split.ts';
import { endEpoch, NOT_ASKED, startState, stepBack } from '../../../../src/core/training/trainState.ts';

const mapping: Mapping = {
  sourceCount: 2,
  targets: [[{ source: 0, weight: 1 }], [{ source: 1, weight: 1 }]],
  aggregation: { kind: 'log-mean-exp', alpha: 1 },
};
const images = [0, 1, 1].map((truth, i) => ({ path: `/${i}.png`, truth, key: `${truth}/${i}.png` }));

function stateOfThree() {
  const seen = new SeenLogits(3, 2);
  const optimiser = new Adam(2);
  return {
    seen,
    optimiser,
    state: startState(Float32Array.of(1, 2), mapping, optimiser, seen, Float32Array.of(5, 6, 7)),
  };
}

describe('The state of a training', () => {
  it('keeps what an epoch saw, in the order of the images', () => {
    const { seen } = stateOfThree();
    seen.add(Float32Array.of(5, 6, 1, 2), [2, 0]);
    assert.deepEqual(seen.outputs(images, 2), {
      logits: Float32Array.of(1, 2, 5, 6),
      truths: [0, 1],
      sourceCount: 2,
      targetCount: 2,
    });
  });

  it('has the best epoch: the higher accuracy, then the lower loss', () => {
    const { state } = stateOfThree();
    const end = (epoch: number, valAccuracy: number, valLoss: number) =>
      endEpoch(state, { epoch, valAccuracy, valLoss, right: Float32Array.of(1, 0) });
    assert.deepEqual([end(0, 0.5, 1), end(1, 0.5, 0.9), end(2, 0.4, 0.1)], [true, true, false]);
    assert.deepEqual([state.best?.epoch, state.improved, state.epoch], [1, 0, 2]);
  });

  it('goes back to the best epoch, at a lower rate, where a later one than the first two is worse', () => {
    const { state } = stateOfThree();
    const end = (epoch: number, valLoss: number) => {
      state.parameters.set([epoch, epoch]);
      endEpoch(state, { epoch, valAccuracy: 0.5, valLoss, right: Float32Array.of(1, 0) });
      return stepBack(state, valLoss);
    };
    assert.deepEqual([end(0, 1), end(1, 2), end(2, 2), end(3, 1.02)], [false, false, false, false]);
    assert.deepEqual([state.parameters[0], state.rateShare], [3, 1]);
    assert.ok(end(4, 1.04));
    assert.deepEqual([...state.parameters, state.rateShare], [0, 0, 1 / 3]);
  });

  it('comes back from its checkpoint, within an epoch and between two, and from no other', () => {
    const { state, seen } = stateOfThree();
    const right = Float32Array.of(1, 0, NOT_ASKED);
    endEpoch(state, { epoch: 1, valAccuracy: 0.5, valLoss: 1, right });
    const between = decodeCheckpoint(encodeCheckpoint('key', state), 'key', 'x');
    assert.deepEqual([between.epoch, between.logits, between.mapping], [1, undefined, mapping]);
    assert.deepEqual([between.best?.parameters, between.best?.right], [Float32Array.of(1, 2), right]);
    assert.deepEqual(between.scaling, Float32Array.of(5, 6, 7));
    seen.add(Float32Array.of(5, 6), [1]);
    state.step = 1;
    const bytes = encodeCheckpoint('key', state);
    const within = decodeCheckpoint(bytes, 'key', 'x');
    assert.deepEqual(
      [within.step, within.have, within.moments],
      [1, Float32Array.of(0, 1, 0), state.moments],
    );
    assert.throws(() => decodeCheckpoint(bytes, 'another', 'x'), { reason: 'invalid-document' });
    const { tensors, metadata } = decodeSafetensors(bytes, 'x');
    const { format: _, ...older } = metadata;
    assert.throws(() => decodeCheckpoint(encodeSafetensors({ tensors, metadata: older }), 'key', 'x'), {
      reason: 'invalid-document',
      message: 'The checkpoint was made by another version of SeMap.',
    });
    assert.throws(() => decodeCheckpoint(bytes.slice(0, -4), 'key', 'x'), { reason: 'invalid-document' });
  });
});

describe('The time that a training takes', () => {
  const settings = {
    epochs: 10,
    batch: 10,
    budgetMinutes: undefined,
    prompt: { kind: 'watermark' },
  } as Parameters<typeof trainingSeconds>[0];
  const counts = { train: 95, validation: 20 };

  it('is that of its steps, validations and baselines, and at most the budget', () => {
    const measured = { secondsPerStep: 2, secondsPerForward: 1 };
    assert.equal(trainingSeconds(settings, counts, measured), 10 * (10 * 2 + 2) + 2 * 11.5);
    assert.equal(trainingSeconds({ ...settings, budgetMinutes: 1 }, counts, measured), 60);
  });

  it('is what is left of it on the way', () => {
    const at = { done: 8, seen: 50, imagesPerSecond: 10 };
    assert.equal(secondsLeft(settings, { train: 95, validation: 30 }, at), (2 * 95 - 50 + 20) / 10);
  });
});

describe('Images of a training', () => {
  it('suffice where every label learns and something validates', () => {
    const [a, b, c] = images;
    mustSuffice({ train: [a, b], validation: [c] }, ['cat', 'dog']);
    assert.throws(() => mustSuffice({ train: [a], validation: [c] }, ['cat', 'dog']), {
      message: 'There are no images to train dog with.',
    });
    assert.throws(
      () => mustSuffice({ train: [a, b], validation: [] }, ['cat', 'dog']),
      /no validation images/,
    );
    assert.throws(() => mustSuffice({ train: [a], validation: [] }, ['cat']), { reason: 'invalid-labels' });
  });
});
