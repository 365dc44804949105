import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quickLinearMapping } from '../../../../src/core/mapping/linear.ts';
import { MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import {
  mappedScores,
  mappingGradient,
  type StepRows,
  scoreLoss,
} from '../../../../src/core/training/mappingInput.ts';
import { readBy, TrainedLayer } from '../../../../src/core/training/trainedLayer.ts';

const [N, S, D, T] = [12, 5, 4, 3];
const random = seededRandom(3);
const normal = (length: number, shift = 0) =>
  Float32Array.from({ length }, (_, i) => 3 * random() - 1 + shift * (i % 2));
const outputs = {
  logits: normal(N * S, 40),
  features: normal(N * D, 7),
  truths: Int32Array.from({ length: N }, (_, i) => i % T),
  sourceCount: S,
  targetCount: T,
};
const rows: StepRows = {
  images: new Float32Array(),
  truths: Float32Array.from({ length: N * T }, (_, i) => (i % T === Math.floor(i / T) % T ? 0.7 : 0.15)),
  weights: new Float32Array(N).fill(1 / N),
};

for (const kind of ['linear-mapping', 'linear-probe'] as const) {
  describe(`A layer that is trained beside a prompt: ${kind}`, () => {
    const layer = new TrainedLayer(kind, outputs);
    const read = readBy(kind, outputs);

    it('starts as the layer that fits the plain outputs', () => {
      const expected = new MappingScorer(quickLinearMapping(read)).score(read.logits, N);
      const own = mappedScores(read.logits, layer.width, layer.input(layer.start));
      for (const [i, score] of own.entries()) assert.ok(Math.abs(score - expected[i]) < 1e-4);
      const kept = new MappingScorer(layer.layer(layer.start).mapping).score(read.logits, N);
      for (const [i, score] of kept.entries()) assert.ok(Math.abs(score - expected[i]) < 1e-4);
    });

    it('has the gradient that finite differences have', () => {
      const lossAt = (parameters: Float32Array) =>
        scoreLoss(mappedScores(read.logits, layer.width, layer.input(parameters)), rows).loss;
      const parameters = layer.start.map((value, i) => value + 0.1 * Math.sin(i));
      const scores = mappedScores(read.logits, layer.width, layer.input(parameters));
      const { matrix, offsets } = mappingGradient({ loss: 0, scores, features: read.logits }, rows, 1);
      const gradient = layer.pullBack(matrix, offsets);
      for (let i = 0; i < parameters.length; i++) {
        const moved = (by: number) => lossAt(parameters.map((value, at) => (at === i ? value + by : value)));
        const slope = (moved(0.02) - moved(-0.02)) / 0.04;
        assert.ok(Math.abs(gradient[i] - slope) < 2e-4, `${gradient[i]} at ${i} is not ${slope}`);
      }
    });
  });
}
