import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Mapping } from '../../../../src/core/mapping/mapping.ts';
import { MappingScorer } from '../../../../src/core/mapping/scoring.ts';
import { blendedMapping } from '../../../../src/core/training/blendedMapping.ts';
import { fittedSharpness } from '../../../../src/core/training/calibration.ts';
import { evaluate } from '../../../../src/core/training/evaluation.ts';
import { grid } from '../../grid.ts';

const one = (source: number) => [{ source, weight: 1 }];
const mapping = (...sources: number[]): Mapping => ({
  sourceCount: 4,
  targets: sources.map(one),
  aggregation: { kind: 'mean-logits' },
});
const outputs = (rows: readonly (readonly number[])[], truths: readonly number[]) => ({
  logits: Float32Array.from(rows.flat()),
  truths,
  sourceCount: 4,
  targetCount: 2,
});

describe('The sharpness of scores', () => {
  it('has the least cross-entropy with truths that are a little in doubt', () => {
    const scores = Float32Array.of(0.5, 0, 0.1, 0.4, 0.2, 0.3, 0.6, 0.1);
    const truths = [0, 1, 0, 0];
    const scorer = new MappingScorer({ ...mapping(0, 1), sourceCount: 2 });
    const loss = (sharpness: number, labels: readonly number[]) =>
      evaluate(scorer, scores, labels, sharpness).loss;
    // A sixth of each truth goes half to either target, so a twelfth to the other one.
    const others = truths.map((truth) => 1 - truth);
    const lossAt = (sharpness: number) => (11 * loss(sharpness, truths) + loss(sharpness, others)) / 12;
    const best = fittedSharpness(scores, truths);
    assert.ok(best > 1.01, `${best}`);
    for (const other of [0.9, 1.1]) assert.ok(lossAt(best) < lossAt(other * best), `${other}`);
  });

  it('makes a few right images less certain than many', () => {
    const right = (count: number) =>
      fittedSharpness(
        Float32Array.from({ length: 2 * count }, (_, i) => 1 - (i % 2)),
        new Array(count).fill(0),
      );
    assert.ok(right(3) < right(30) && right(30) < right(300), `${[3, 30, 300].map(right)}`);
    // Of 3 images, a tenth of a doubt: log 9 is the score's odds.
    assert.ok(Math.abs(right(3) - Math.log(9)) < 0.01);
  });

  it('is halved when scores are doubled', () => {
    const scores = Float32Array.of(0.5, 0, 0.1, 0.4, 0.2, 0.3, 0.6, 0.1);
    const once = fittedSharpness(scores, [0, 1, 0, 0]);
    const twice = fittedSharpness(
      scores.map((score) => 2 * score),
      [0, 1, 0, 0],
    );
    assert.ok(Math.abs(once - 2 * twice) < 0.01 * once, `${once} and ${twice}`);
  });

  it('says nothing of no images, and passes over targets that have no score', () => {
    assert.equal(fittedSharpness(new Float32Array(0), []), 1);
    const lost = [Number.NEGATIVE_INFINITY, 1, 0.5, 0];
    assert.ok(Number.isFinite(fittedSharpness(Float32Array.from(lost), [0, 0])));
  });
});

describe('A mapping between two', () => {
  it('is the new one where that explains the images better', () => {
    const seen = outputs(grid('0 0 3 0 / 0 0 0 3 / 1 0 0 1'), [0, 1, 1]);
    assert.deepEqual(blendedMapping(mapping(0, 1), mapping(2, 3), seen), mapping(2, 3));
  });

  it('is the old one where the new one explains them worse', () => {
    const seen = outputs(grid('3 0 0 3 / 0 3 3 0 / 1 0 0 0'), [0, 1, 1]);
    assert.deepEqual(blendedMapping(mapping(0, 1), mapping(2, 3), seen), mapping(0, 1));
  });

  it('has sources of both, of unit weight together, where each knows a part', () => {
    const seen = outputs(grid('3 0 0 0 / 0 0 3 0 / 0 3 0 0 / 0 0 0 3 / 0.2 0 0 0.3'), [0, 0, 1, 1, 0]);
    const { targets } = blendedMapping(mapping(0, 1), mapping(2, 3), seen);
    const sources = targets.map((sources) => sources.map(({ source }) => source).sort());
    assert.deepEqual(sources, grid('0 2 / 1 3'));
    for (const sources of targets) {
      assert.ok(Math.abs(sources.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-9);
    }
  });

  it('is the new one where scores are made in another way', () => {
    const next: Mapping = { ...mapping(2, 3), aggregation: { kind: 'log-mean-exp', alpha: 1 } };
    assert.equal(blendedMapping(mapping(0, 1), next, outputs([[3, 0, 0, 0]], [0])), next);
  });
});
