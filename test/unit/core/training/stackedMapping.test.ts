import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { JoinedScorer, joinRows } from '../../../../src/core/mapping/joinedScorer.ts';
import type { Mapping } from '../../../../src/core/mapping/mapping.ts';
import { seededRandom } from '../../../../src/core/random.ts';
import { pullBackShares, setApart, sharesOf } from '../../../../src/core/training/promptShares.ts';
import { stackedScores } from '../../../../src/core/training/stackedLoss.ts';
import {
  partMappings,
  partOutputs,
  StackedScorer,
  stackedMapping,
} from '../../../../src/core/training/stackedMapping.ts';

const [K, S, T, N] = [3, 4, 2, 5];

const random = seededRandom(7);
const numbers = (count: number) => Float32Array.from({ length: count }, () => 4 * random() - 2);

function near(actual: ArrayLike<number>, expected: ArrayLike<number>, by = 1e-5): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++)
    assert.ok(Math.abs(actual[i] - expected[i]) < by, `${i}: ${actual[i]} instead of ${expected[i]}`);
}

const mappings = (kind: 'mean-logits' | 'log-mean-exp'): Mapping[] =>
  [0, 1, 2].map((k) => ({
    sourceCount: S,
    targets: [
      [
        { source: k, weight: 0.75 },
        { source: 3, weight: 0.25 },
      ],
      [{ source: (k + 1) % S, weight: 1 }],
    ],
    aggregation: kind === 'mean-logits' ? { kind } : { kind, alpha: 1 },
    offsets: [0.5, -0.25],
  }));

/** Of each prompt [N, S], and side by side. */
function outputs() {
  const logits = Array.from({ length: K }, () => numbers(N * S));
  const rows = new Float32Array(N * K * S);
  for (let i = 0; i < N; i++)
    joinRows(
      logits.map((z) => z.subarray(i * S, (i + 1) * S)),
      rows.subarray(i * K * S, (i + 1) * K * S),
    );
  return { logits, rows };
}

describe('shares of several prompts', () => {
  it('are alike at first, and 1 together for each target', () => {
    near(sharesOf(new Float32Array(K * T), K), new Float32Array(K * T).fill(1 / 3));
    const shares = sharesOf(numbers(K * T), K);
    for (let t = 0; t < T; t++) near([shares[t] + shares[T + t] + shares[2 * T + t]], [1]);
    near(sharesOf(Float32Array.of(1000, 0, 0, 0), 2), [1, 0.5, 0, 0.5]);
  });

  it('give a gradient to the numbers behind them, as finite differences say', () => {
    const at = numbers(K * T);
    const slope = numbers(K * T);
    const value = (moved: Float32Array) =>
      sharesOf(moved, K).reduce((sum, share, i) => sum + share * slope[i], 0);
    const found = pullBackShares(sharesOf(at, K), slope, K);
    const expected = at.map((_, i) => {
      const moved = (by: number) => value(at.map((one, j) => (i === j ? one + by : one)));
      return (moved(1e-2) - moved(-1e-2)) / 2e-2;
    });
    near(found, expected, 1e-4);
  });
});

describe('the start of several prompts', () => {
  it('differs from prompt to prompt, by a few of 255, and is the same for the same seed', () => {
    const start = (k: number, seed = 5) => setApart(new Float32Array(3000), 'watermark', seed, k);
    assert.deepEqual(start(0), start(0));
    assert.notDeepEqual(start(0), start(1));
    assert.notDeepEqual(start(0), start(0, 6));
    const deviation = Math.sqrt(start(1).reduce((sum, one) => sum + one * one, 0) / 3000);
    near([deviation], [0.02], 0.001);
    assert.deepEqual(setApart(Float32Array.of(1, 2), 'low-rank', 5, 1), Float32Array.of(1, 2));
  });
});

describe('mappings of several prompts as one', () => {
  it('come apart as they were', () => {
    const own = mappings('mean-logits');
    const stacked = stackedMapping(own);
    assert.equal(stacked.sourceCount, K * S);
    assert.deepEqual(partMappings(stacked, K), own);
    assert.equal(partMappings(own[0], 1)[0], own[0]);
    assert.deepEqual(stackedMapping([own[1]]), own[1]);
  });

  it('have outputs of each prompt as log-probabilities', () => {
    const { logits, rows } = outputs();
    const all = { logits: rows, truths: new Array<number>(N).fill(0), sourceCount: K * S, targetCount: T };
    const part = partOutputs(all, K, 1);
    assert.equal(part.sourceCount, S);
    const mass = logits[1].subarray(0, S).reduce((sum, z) => sum + Math.exp(z), 0);
    near(
      part.logits.subarray(0, S),
      logits[1].subarray(0, S).map((z) => z - Math.log(mass)),
    );
  });

  for (const kind of ['mean-logits', 'log-mean-exp'] as const) {
    it(`score as the members of an alignment do, and as the gradient graph does: ${kind}`, () => {
      const own = mappings(kind);
      const scorer = new StackedScorer(stackedMapping(own), K);
      const shares = sharesOf(numbers(K * T), K);
      const { logits, rows } = outputs();
      const parts = own.map((mapping, k) => ({
        mapping,
        weight: 1,
        targetWeights: Array.from(shares.subarray(k * T, (k + 1) * T), (share) => 3 * share),
      }));
      const expected = new JoinedScorer(parts).score(rows);
      near(scorer.score(rows, shares), expected);
      const input = scorer.input(shares, 1);
      const computed = stackedScores(logits, S, { ...input, shares });
      near(computed.scores, expected);
      near(computed.rows, rows);
    });
  }

  it('take the mean of those prompts that have a source for a target', () => {
    const own = mappings('mean-logits').map((mapping, k) =>
      k === 1 ? { ...mapping, targets: [mapping.targets[0], []] } : mapping,
    );
    const none = own.map((mapping) => ({ ...mapping, targets: [mapping.targets[0], []] }));
    const { rows } = outputs();
    const shares = new Float32Array(K * T).fill(1 / 3);
    const parts = own.map((mapping) => ({ mapping, weight: 1 }));
    near(new StackedScorer(stackedMapping(own), K).score(rows, shares), new JoinedScorer(parts).score(rows));
    assert.equal(new StackedScorer(stackedMapping(none), K).score(rows, shares)[1], Number.NEGATIVE_INFINITY);
  });
});
