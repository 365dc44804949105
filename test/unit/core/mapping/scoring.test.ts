import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Aggregation, Mapping } from '../../../../src/core/mapping/mapping.ts';
import { argmax, MappingScorer, softmax } from '../../../../src/core/mapping/scoring.ts';

const logits = Float32Array.from([1, 2, 3, -1]);

/** Each target with the weights of its sources. */
function mapping(aggregation: Aggregation, ...targets: Readonly<Record<number, number>>[]): Mapping {
  const mapped = targets.map((weights) =>
    Object.entries(weights).map(([source, weight]) => ({ source: Number(source), weight })),
  );
  return { sourceCount: 4, targets: mapped, aggregation };
}

function assertScores(given: Mapping, expected: number[], input = logits): void {
  const scores = new MappingScorer(given).score(input);
  assert.equal(scores.length, expected.length);
  expected.forEach((value, t) => {
    assert.ok(
      scores[t] === value || Math.abs(scores[t] - value) < 1e-5,
      `score ${t} is ${scores[t]}, not ${value}`,
    );
  });
}

describe('scores of targets', () => {
  it('are the log of the mean probability by default', () => {
    const mean = Math.log((Math.exp(1) + Math.exp(3)) / 2);
    assertScores(mapping({ kind: 'log-mean-exp', alpha: 1 }, { 0: 1, 2: 1 }, { 1: 1 }), [mean, 2]);
    assertScores(mapping({ kind: 'log-mean-exp', alpha: 0 }, { 0: 1, 2: 1 }), [mean + Math.LN2]);
  });

  it('respect weights', () => {
    const expected = Math.log((0.25 * Math.exp(1) + Math.exp(3)) / 1.25);
    assertScores(mapping({ kind: 'log-mean-exp', alpha: 1 }, { 0: 0.25, 2: 1 }), [expected]);
    assertScores(mapping({ kind: 'mean-logits' }, { 0: 0.25, 2: 1 }), [(0.25 + 3) / 1.25]);
  });

  it('may be a maximum, or a weighted sum with a bias', () => {
    assertScores(mapping({ kind: 'max' }, { 0: 1, 3: 1 }), [1]);
    assertScores(mapping({ kind: 'linear', bias: [10] }, { 0: -2, 2: 1 }), [11]);
  });

  it('of ConSE look at the strongest sources only', () => {
    const p = softmax([1, 2, 3, -1]);
    const given = mapping({ kind: 'conse', top: 2 }, { 0: 0.9, 1: 0.5, 2: -0.1, 3: 1 });
    assertScores(given, [Math.log1p((0.5 * p[1] - 0.1 * p[2]) / (p[1] + p[2]))]);
  });

  it('are -Infinity without sources, and shifted by offsets', () => {
    const given = { ...mapping({ kind: 'max' }, {}, { 2: 1 }), offsets: [1, 0.5] };
    assertScores(given, [Number.NEGATIVE_INFINITY, 3.5]);
  });

  it('stay exact where a target is far below the strongest source, and with probabilities of zero', () => {
    const far = Float32Array.from([1000, -500, -600, Number.NEGATIVE_INFINITY]);
    assertScores(
      mapping({ kind: 'log-mean-exp', alpha: 1 }, { 0: 1 }, { 1: 1, 2: 1 }, { 3: 1 }),
      [1000, -500 - Math.LN2, Number.NEGATIVE_INFINITY],
      far,
    );
  });

  it('come in rows, one an image', () => {
    const two = Float32Array.from([...logits, 5, 6, 7, 8]);
    assertScores(mapping({ kind: 'max' }, { 0: 1 }, { 3: 1 }), [1, -1, 5, 8], two);
  });

  it('need sources that exist and whole rows', () => {
    assert.throws(
      () => new MappingScorer(mapping({ kind: 'max' }, { 4: 1 })),
      /source 4; there are 4 sources/,
    );
    const scorer = new MappingScorer(mapping({ kind: 'max' }, { 0: 1 }));
    assert.throws(() => scorer.score(new Float32Array(6)), /not 1.5 rows of 4/);
  });
});

describe('the winner of a row', () => {
  it('is the first among equals, and none when nothing is finite', () => {
    assert.equal(argmax([1, 3, 3]), 1);
    assert.equal(argmax([9, 1, 2], 1, 2), 1);
    assert.equal(argmax([Number.NEGATIVE_INFINITY]), -1);
    assert.deepEqual([...softmax([Number.NEGATIVE_INFINITY])], [0]);
  });
});
