import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { coverageCurve, expectedCalibrationError } from '../../../../src/core/metrics/calibration.ts';
import { classificationReport } from '../../../../src/core/metrics/classification.ts';
import { bootstrapInterval, mcnemarExact, wilson } from '../../../../src/core/metrics/significance.ts';

describe('a classification report', () => {
  it('counts hits per class, and classes without images apart', () => {
    const report = classificationReport([0, 0, 0, 1], [0, 0, 1, 1], 3);
    assert.equal(report.accuracy, 0.75);
    assert.ok(Math.abs(report.balancedAccuracy! - (2 / 3 + 1) / 2) < 1e-12);
    assert.deepEqual(report.perClass[1], { images: 1, precision: 0.5, recall: 1, f1: 2 / 3 });
    assert.deepEqual(report.perClass[2], { images: 0, precision: null, recall: null, f1: null });
  });

  it('counts images without a prediction as wrong', () => {
    const report = classificationReport([0, 0], [0, -1], 1);
    assert.equal(report.accuracy, 0.5);
    assert.deepEqual([report.perClass[0].images, report.perClass[0].recall], [2, 0.5]);
  });

  it('takes memory that grows with the labels, not with their square', () => {
    const { accuracy, perClass } = classificationReport([0, 149_999], [0, 7], 150_000);
    assert.deepEqual([accuracy, perClass.length], [0.5, 150_000]);
  });

  it('says nothing about nothing', () => {
    const report = classificationReport([], [], 2);
    assert.equal(report.accuracy, null);
    assert.equal(report.balancedAccuracy, null);
  });
});

describe('calibration', () => {
  it('is zero when confidence is accuracy and one when it is all wrong', () => {
    assert.equal(expectedCalibrationError([1, 1], [1, 1]), 0);
    assert.equal(expectedCalibrationError([1, 1], [0, 0]), 1);
    assert.ok(Math.abs(expectedCalibrationError([0.8, 0.8], [1, 0]) - 0.3) < 1e-12);
  });

  it('gives accuracy for every coverage, equal confidences together', () => {
    assert.deepEqual(coverageCurve([0.9, 0.5, 0.9, 0.1], [1, 0, 0, 1]), [
      { threshold: 0.9, coverage: 0.5, accuracy: 0.5 },
      { threshold: 0.5, coverage: 0.75, accuracy: 1 / 3 },
      { threshold: 0.1, coverage: 1, accuracy: 0.5 },
    ]);
  });
});

describe('significance', () => {
  it('has Wilson’s interval', () => {
    // Wilson (1927) for 8 of 10, as R's binom.confint gives it.
    const { low, high } = wilson(0.8, 10);
    assert.ok(Math.abs(low - 0.4902) < 1e-3 && Math.abs(high - 0.9433) < 1e-3, `${low} to ${high}`);
  });

  it("McNemar's exact p is the two-sided binomial of the discordant pairs", () => {
    const pairs = (onlyA: number, onlyB: number) => {
      const a = [...Array<number>(onlyA).fill(1), ...Array<number>(onlyB).fill(0), 1, 0];
      const b = [...Array<number>(onlyA).fill(0), ...Array<number>(onlyB).fill(1), 1, 0];
      return mcnemarExact(a, b);
    };
    // R: binom.test(c(1, 9))$p.value, binom.test(c(5, 15))$p.value
    assert.ok(Math.abs(pairs(1, 9) - 0.021484375) < 1e-12);
    assert.ok(Math.abs(pairs(5, 15) - 0.04138946533203125) < 1e-12);
    assert.equal(pairs(3, 3), 1);
    assert.equal(pairs(0, 0), 1);
    assert.ok(pairs(0, 5000) < 1e-300);
  });

  it('a bootstrap interval holds the mean and narrows with more values', () => {
    const values = (n: number) => Array.from({ length: n }, (_, i) => i % 2);
    const few = bootstrapInterval([values(20)]);
    const many = bootstrapInterval([values(2000)]);
    assert.equal(few.mean, 0.5);
    assert.ok(few.low < 0.5 && few.high > 0.5);
    assert.ok(many.high - many.low < (few.high - few.low) / 5);
    assert.deepEqual(bootstrapInterval([values(20)]), few);
  });

  it('a bootstrap over groups weighs groups equally', () => {
    assert.equal(bootstrapInterval([[1], [0, 0, 0]]).mean, 0.5);
  });
});
