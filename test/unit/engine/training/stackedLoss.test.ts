import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gradientName } from '../../../../src/core/onnx/gradientGraph.ts';
import type { ScoreForm } from '../../../../src/core/training/mappingInput.ts';
import { scoreLoss } from '../../../../src/core/training/mappingInput.ts';
import { sharesOf } from '../../../../src/core/training/promptShares.ts';
import { promptedImages, stackedLoss, stackedScores } from '../../../../src/core/training/stackedLoss.ts';
import { openGradientModel } from '../../../../src/engine/gradients/gradientModel.ts';
import { MicroBatches } from '../../../../src/engine/gradients/microBatches.ts';
import { loadOrt } from '../../../../src/engine/models/onnxruntime.ts';
import { draft } from '../../core/onnx/cases/draft.ts';
import { Random } from '../../core/onnx/random.ts';
import { testFolder } from '../../folders.ts';

const [K, N, S, T, EDGE] = [3, 2, 5, 4, 6];
const SIZE = 3 * EDGE * EDGE;

const folder = testFolder();
const random = new Random(23);

/** A small classifier over [K N, 3, 6, 6] with S classes. */
function classifier() {
  const d = draft(new Random(7), [K * N, 3, EDGE, EDGE]);
  const conv = d.op('Tanh', [d.op('Conv', [d.x, d.weights([4, 3, 3, 3]), d.weights([4])])]);
  const flat = d.op('Flatten', [d.op('GlobalAveragePool', [conv])], { axis: 1 });
  return d.graph(d.op('Gemm', [flat, d.weights([4, S], -3, 3), d.weights([S])]));
}

const rows = {
  images: random.floats(2 * N * SIZE),
  truths: Float32Array.from({ length: 2 * N * T }, (_, at) => (at % T === (at * 7) % 3 ? 1 : 0)),
  weights: new Float32Array(2 * N).fill(1 / (2 * N)),
};
const shared = {
  prompt: random.floats(K * SIZE),
  mapping: Float32Array.from(random.floats(K * S * T), Math.abs),
  shares: sharesOf(random.floats(K * T), K),
  offsets: random.floats(T),
  sharpness: Float32Array.of(1.5),
};

describe('The loss of several prompts', () => {
  for (const form of ['linear', 'log-sum-exp'] as const satisfies readonly ScoreForm[]) {
    it(`is that of their weighed scores, with gradients for prompts and shares: ${form}`, async () => {
      const { session } = await openGradientModel(await loadOrt(), {
        model: async () => classifier(),
        sha256: 'stacked',
        composition: form,
        cacheFolder: folder,
        threads: 1,
        dims: [K * N, 3, EDGE, EDGE],
        images: K * N,
        before: (b) => promptedImages(b, b.input('images', 'float32', [N, 3, EDGE, EDGE]), K),
        after: (b, logits) => stackedLoss(b, logits, form, { prompts: K, targets: T }),
        sources: ['prompt', 'shares'],
      });
      // Twice as many rows as the graph takes.
      const steps = new MicroBatches(session, N, {
        inputs: ['images', 'truths', 'weights'],
        outputs: ['logits', 'scores'],
      });
      const names = ['loss', 'logits', 'scores', gradientName('prompt'), gradientName('shares')];
      const run = await steps.run({ ...rows, ...shared }, names);
      const each = Array.from({ length: K }, (_, k) =>
        Float32Array.from({ length: 2 * N * S }, (_, at) => {
          const [i, s] = [Math.floor(at / S), at % S];
          return run['logits'][(i * K + k) * S + s];
        }),
      );
      const input = {
        form,
        matrix: shared.mapping,
        offsets: shared.offsets,
        shares: shared.shares,
        sharpness: 1.5,
      };
      const { scores, rows: joined } = stackedScores(each, S, input);
      near(run['logits'], joined);
      near(run['scores'], scores);
      near(run['loss'], [scoreLoss(scores, rows, 1.5).loss]);
      for (const name of ['prompt', 'shares'] as const) {
        const found = run[gradientName(name)];
        for (const at of [0, 5, found.length - 1]) {
          const loss = async (by: number) => {
            const moved = shared[name].map((value, i) => (i === at ? value + by : value));
            return (await steps.run({ ...rows, ...shared, [name]: moved }, ['loss']))['loss'][0];
          };
          const slope = ((await loss(4e-3)) - (await loss(-4e-3))) / 8e-3;
          near([found[at]], [slope], 5e-4);
        }
      }
      await steps.release();
    });
  }
});

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, by = 2e-5): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++)
    assert.ok(Math.abs(actual[i] - expected[i]) < by, `${i}: ${actual[i]} instead of ${expected[i]}`);
}
