import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { joinFeatures } from '../../../../src/core/heads/features.ts';
import { JoinedScorer, joinRows } from '../../../../src/core/mapping/joinedScorer.ts';
import type { Mapping } from '../../../../src/core/mapping/mapping.ts';

const mapping = (sourceCount: number, ...targets: readonly (readonly number[])[]): Mapping => ({
  sourceCount,
  targets: targets.map((sources) => sources.map((source) => ({ source, weight: 1 }))),
  aggregation: { kind: 'log-mean-exp', alpha: 1 },
});
const near = (actual: ArrayLike<number>, expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries())
    assert.ok(
      actual[i] === value || Math.abs(actual[i] - value) < 1e-5,
      `${i}: ${actual[i]} instead of ${value}`,
    );
};
const joined = (...rows: readonly (readonly number[])[]) => {
  const each = rows.map((row) => Float32Array.from(row));
  return joinRows(each, new Float32Array(each.reduce((sum, { length }) => sum + length, 0)));
};
const ln = Math.log;

describe('outputs of several backbones in one row', () => {
  it('are one distribution over all labels, whatever is added to the logits of one', () => {
    const row = joined([ln(0.9), ln(0.1)], [ln(0.2) + 7, ln(0.3) + 7, ln(0.5) + 7]);
    near(row.map(Math.exp), [0.45, 0.05, 0.1, 0.15, 0.25]);
  });

  it('stay lost where those of one are', () => {
    const lost = Number.NEGATIVE_INFINITY;
    near(joined([lost, lost], [0, 0]), [lost, lost, ln(0.25), ln(0.25)]);
  });
});

describe('scores of several backbones', () => {
  const row = joined([ln(0.9), ln(0.1)], [ln(0.2), ln(0.3), ln(0.5)]);

  it('are log-probabilities of the targets where a mapping is linear', () => {
    const linear: Mapping = { ...mapping(2, [0], [1], []), aggregation: { kind: 'linear', bias: [1, 1, 0] } };
    const [said, other] = new JoinedScorer([
      { mapping: linear, weight: 1 },
      { mapping: mapping(3, [0], [1], [2]), weight: 1 },
    ]).scoreEach(row);
    near(said, [ln(0.9), ln(0.1), Number.NEGATIVE_INFINITY]);
    near(other, [ln(0.2), ln(0.3), ln(0.5)]);
  });

  it('are the weighted mean of the log-probabilities of those that carry a target', () => {
    const scorer = new JoinedScorer([
      { mapping: mapping(2, [0], [1], []), weight: 3 },
      { mapping: mapping(3, [0], [], [1, 2]), weight: 1 },
    ]);
    assert.deepEqual([scorer.sourceCount, scorer.targetCount], [5, 3]);
    near(scorer.score(row), [0.75 * ln(0.9) + 0.25 * ln(0.2), ln(0.1), ln(0.4)]);
  });

  it('are means whose weights differ from target to target where parts count differently for each', () => {
    const scorer = new JoinedScorer([
      { mapping: mapping(2, [0], [1], [0, 1]), weight: 2, targetWeights: [3, 0.5, 1] },
      { mapping: mapping(3, [0], [1], [1, 2]), weight: 1, targetWeights: [2, 7, 1] },
    ]);
    near(scorer.score(row), [
      0.75 * ln(0.9) + 0.25 * ln(0.2),
      0.125 * ln(0.1) + 0.875 * ln(0.3),
      (2 / 3) * ln(0.5) + (1 / 3) * ln(0.4),
    ]);
  });

  it('are -Infinity for a target that none carries, image by image', () => {
    const scorer = new JoinedScorer([
      { mapping: mapping(2, [0], []), weight: 1 },
      { mapping: mapping(3, [2], []), weight: 1 },
    ]);
    const other = joined([ln(0.5), ln(0.5)], [ln(0.25), ln(0.5), ln(0.25)]);
    const scores = scorer.score(Float32Array.from([...row, ...other]));
    const mean = (a: number, b: number) => (ln(a) + ln(b)) / 2;
    near(scores, [mean(0.9, 0.5), Number.NEGATIVE_INFINITY, mean(0.5, 0.25), Number.NEGATIVE_INFINITY]);
  });

  it('are those of the same targets', () => {
    const parts = [mapping(2, [0]), mapping(2, [0], [1])].map((one) => ({ mapping: one, weight: 1 }));
    assert.throws(() => new JoinedScorer(parts), /same labels/);
  });
});

describe('features of several backbones in one row', () => {
  it('count alike, however large those of one are', () => {
    const row = joinFeatures([Float32Array.of(1, 3), Float32Array.of(-200, 200)], new Float32Array(4));
    near(row, [0.25, 0.75, -0.5, 0.5]);
  });

  it('are nothing where one has none', () => {
    near(joinFeatures([Float32Array.of(0, 0), Float32Array.of(2, 0)], new Float32Array(4)), [0, 0, 1, 0]);
  });
});

describe('a backbone that carries fewer targets than another', () => {
  /** The first sees a guitar; the second knows only dogs and horses. */
  const row = joined([ln(0.004), ln(0.006), ln(0.99)], [ln(0.9), ln(0.1)]);
  const broad = { mapping: mapping(3, [0], [1], [2]), weight: 1 };

  it('says which of them it is, and not how likely it is any', () => {
    const scores = new JoinedScorer([broad, { mapping: mapping(2, [0], [1], []), weight: 1 }]).score(row);
    const mean = (a: number, b: number) => (ln(a) + ln(b)) / 2;
    near(scores, [mean(0.004, 0.009), mean(0.006, 0.001), ln(0.99)]);
  });

  it('is taken at its word where both share nothing, or carry as many', () => {
    const apart = new JoinedScorer([
      { mapping: mapping(3, [0], [1], []), weight: 1 },
      { mapping: mapping(2, [], [], [1]), weight: 1 },
    ]);
    near(apart.score(row), [ln(0.004), ln(0.006), ln(0.1)]);
    const halves = new JoinedScorer([
      { mapping: mapping(3, [0], [1], []), weight: 1 },
      { mapping: mapping(2, [], [0], [1]), weight: 1 },
    ]);
    near(halves.score(row), [ln(0.004), (ln(0.006) + ln(0.9)) / 2, ln(0.1)]);
  });

  it('follows the broadest also where that is not the first', () => {
    const few = { mapping: mapping(2, [0], [1], []), weight: 1 };
    const turned = joined([ln(0.9), ln(0.1)], [ln(0.004), ln(0.006), ln(0.99)]);
    near(new JoinedScorer([few, broad]).score(turned), [...new JoinedScorer([broad, few]).score(row)]);
  });

  it('follows several that are as broad on the mean, by their weights, in whatever order they are', () => {
    const rows = {
      few: [ln(0.9), ln(0.1)],
      broad: [ln(0.004), ln(0.006), ln(0.99)],
      other: [ln(0.2), ln(0.2), ln(0.6)],
    };
    const parts = {
      few: { mapping: mapping(2, [0], [1], []), weight: 1 },
      broad,
      other: { mapping: mapping(3, [0], [1], [2]), weight: 3 },
    };
    const scores = (...order: readonly (keyof typeof rows)[]) =>
      new JoinedScorer(order.map((name) => parts[name])).score(joined(...order.map((name) => rows[name])));
    const likely = (ln(0.01) + 3 * ln(0.4)) / 4;
    const expected = [
      (ln(0.004) + 3 * ln(0.2) + ln(0.9) + likely) / 5,
      (ln(0.006) + 3 * ln(0.2) + ln(0.1) + likely) / 5,
      (ln(0.99) + 3 * ln(0.6)) / 4,
    ];
    near(scores('few', 'broad', 'other'), expected);
    near(scores('other', 'few', 'broad'), expected);
  });
});
