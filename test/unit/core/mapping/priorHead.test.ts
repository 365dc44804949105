import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitPriorHead } from '../../../../src/core/mapping/priorHead.ts';
import { madeUpFolder } from '../heads/folders.ts';

describe('a head of labels and mapped scores', () => {
  it('is the same whether it is sought among the images or among the features', async () => {
    const { features, scores, truths } = madeUpFolder(30, 8, 3);
    const wide = new Float32Array(30 * 40);
    for (let i = 0; i < 30; i++) wide.set(features.subarray(i * 8, i * 8 + 8), i * 40);
    const rows = { scores, targets: truths, targetCount: 3 };
    const byFeatures = await fitPriorHead({ ...rows, unit: features });
    const byImages = await fitPriorHead({ ...rows, unit: wide });
    assert.ok(Math.abs(byFeatures.trust - byImages.trust) < 1e-3);
    for (let t = 0; t < 3; t++) {
      assert.ok(Math.abs(byFeatures.bias[t] - byImages.bias[t]) < 1e-3);
      for (let k = 0; k < 40; k++) {
        const expected = k < 8 ? byFeatures.weights[t * 8 + k] : 0;
        assert.ok(Math.abs(byImages.weights[t * 40 + k] - expected) < 2e-3);
      }
    }
  });

  it('is where no small change makes the loss smaller', async () => {
    const { features, scores, truths } = madeUpFolder(12, 20, 3);
    const head = await fitPriorHead({ scores, targets: truths, targetCount: 3, unit: features });
    const loss = (weights: Float32Array, bias: Float64Array, trust: number) => {
      let sum = 2 * (trust - 1) ** 2;
      for (const weight of weights) sum += (weight / 5) ** 2 / 2;
      for (const value of bias) sum += 0.05 * value * value;
      truths.forEach((truth, i) => {
        const row = Array.from({ length: 3 }, (_, t) => {
          let score = trust * scores[i * 3 + t] + bias[t];
          for (let k = 0; k < 20; k++) score += features[i * 20 + k] * weights[t * 20 + k];
          return score;
        });
        sum += Math.log(row.reduce((all, score) => all + Math.exp(score), 0)) - row[truth];
      });
      return sum;
    };
    const least = loss(head.weights, head.bias, head.trust);
    for (const step of [-0.02, 0.02]) {
      assert.ok(loss(head.weights, head.bias, head.trust + step) > least);
      for (let t = 0; t < 3; t++) {
        assert.ok(loss(head.weights, head.bias.with(t, head.bias[t] + step), head.trust) > least);
        for (let k = 0; k < 20; k++) {
          const at = t * 20 + k;
          const moved = head.weights.with(at, head.weights[at] + 5 * step);
          assert.ok(loss(moved, head.bias, head.trust) > least);
        }
      }
    }
  });
});
