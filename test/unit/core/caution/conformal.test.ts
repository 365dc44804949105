import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Checked, checkedNeeded, conformalBound } from '../../../../src/core/caution/conformal.ts';
import { seededRandom } from '../../../../src/core/random.ts';

test('nine checked images are the fewest for ten percent, nineteen for five', () => {
  assert.deepEqual([0.5, 0.1, 0.05, 0.01].map(checkedNeeded), [1, 9, 19, 99]);
  const sure = (count: number) => Array.from({ length: count }, () => ({ assurance: 1, wrong: false }));
  assert.equal(conformalBound(sure(8), 0.1), undefined);
  assert.equal(conformalBound(sure(9), 0.1), Number.NEGATIVE_INFINITY);
});

test('the bound is the assurance of the wrong answer that is one too many', () => {
  // Of nine images and the next one, one may be wrong at ten percent: the next. At thirty, three.
  const checked = Array.from({ length: 9 }, (_, i) => ({ assurance: i, wrong: i === 4 || i === 6 }));
  assert.equal(conformalBound(checked, 0.1), 6);
  assert.equal(conformalBound(checked, 0.2), 4);
  assert.equal(conformalBound(checked, 0.3), Number.NEGATIVE_INFINITY);
});

test('the share of wrong answers is the promised one over many draws, and never above it by more than chance', () => {
  const random = seededRandom(3);
  // Four in ten are wrong, and wrong ones are less assured, more or less.
  const draw = (): Checked => {
    const wrong = random() < 0.4;
    return { wrong, assurance: random() + (wrong ? 0 : 0.3) };
  };
  for (const [n, rate] of [
    [30, 0.1],
    [30, 0.2],
    [99, 0.05],
  ]) {
    let share = 0;
    const rounds = 1500;
    for (let round = 0; round < rounds; round++) {
      const bound = conformalBound(Array.from({ length: n }, draw), rate)!;
      const next = draw();
      if (next.wrong && next.assurance > bound) share += 1 / rounds;
    }
    assert.ok(share <= rate + 0.02 && share >= rate - 1 / (n + 1) - 0.02, `${share} for ${rate}`);
  }
});
