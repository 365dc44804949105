import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Adam, GroupedOptimiser, rateAt, Sgd } from '../../../../src/core/training/optimiser.ts';

function close(actual: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(actual[i] - value) <= tolerance, `${actual[i]} at ${i} is not ${value}`);
  });
}

describe('Optimisers', () => {
  it('Adam moves by the rate at its first step, whatever the size of the gradient', () => {
    const parameters = Float32Array.of(1, 1, 1);
    new Adam(3).update(parameters, Float32Array.of(1000, -0.001, 0), 0.01);
    close(parameters, [0.99, 1.01, 1], 1e-5);
  });

  it('Adam does its second step as computed by hand', () => {
    const adam = new Adam(1);
    const parameters = Float32Array.of(0);
    adam.update(parameters, Float32Array.of(1), 0.1);
    adam.update(parameters, Float32Array.of(-0.5), 0.1);
    // m = .09 - .05 = .04, corrected / .19 = .2105263; v = .000999 + .00025 = .001249, corrected / .001999 = .6248124.
    close(parameters, [-0.1 - (0.1 * 0.2105263) / Math.sqrt(0.6248124)]);
    close(adam.moments.first, [0.04]);
    close(adam.moments.second, [0.001249]);
    assert.equal(adam.steps, 2);
  });

  it('SGD gathers momentum', () => {
    const sgd = new Sgd(1);
    const parameters = Float32Array.of(0);
    sgd.update(parameters, Float32Array.of(1), 0.5);
    sgd.update(parameters, Float32Array.of(2), 0.5);
    // v = 1, then .9 + 2 = 2.9
    close(parameters, [-0.5 - 1.45]);
  });

  it('train groups at rates of their own, and draw them back to where they belong', () => {
    const home = Float32Array.of(3);
    const groups = [
      { name: 'prompt', length: 1, rate: 1 },
      { name: 'layer', length: 1, rate: 10, home, decay: 0.5 },
    ];
    const grouped = new GroupedOptimiser(groups, (length) => new Sgd(length));
    const parameters = Float32Array.of(0, 1);
    grouped.update(parameters, Float32Array.of(1, 2), 0.01);
    // 1 - .1 x 2 = .8, then .1 x .5 of the way to 3
    close(parameters, [-0.01, 0.8 + 0.05 * 2.2]);
    assert.deepEqual(Object.keys(grouped.moments), ['velocity', 'layer.velocity']);
    grouped.steps = 7;
    assert.equal(grouped.steps, 7);
  });

  it('lower the rate at 50% and at 72% of the epochs', () => {
    const rates = [0.1, 9.9, 10.1, 14.1, 15.1, 19.9].map((done) => rateAt(done, 20, 1, 'steps'));
    close(rates, [1, 1, 0.1, 0.1, 0.01, 0.01]);
  });

  it('raise the rate over one epoch, then lower it along a cosine', () => {
    const rates = [0, 0.5, 10, 20].map((done) => rateAt(done, 20, 2, 'cosine'));
    close(rates, [0, 0.5 * (1 + Math.cos(Math.PI / 40)), 1, 0]);
  });
});
