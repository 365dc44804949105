import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { worthwhilePair } from '../../../../src/core/ranking/pair.ts';
import { column } from '../../column.ts';

const answers = (...values: number[]) => Int32Array.from(values);
const best = { name: 'best', accuracy: 0.7, answers: answers(0, 1, 2, 0) };
const like = { name: 'like', accuracy: 0.68, answers: answers(0, 1, 2, 1) };
const other = { name: 'other', accuracy: 0.66, answers: answers(0, 2, 1, 0) };
const weak = { name: 'weak', accuracy: 0.3, answers: answers(2, 2, 1, 1) };

describe('the pair that is worth it', () => {
  const names = (...candidates: Parameters<typeof worthwhilePair<typeof best>>) =>
    column(worthwhilePair(...candidates)?.backbones ?? [], 'name');

  it('is the best one and, of those about as good, the one that agrees least with it', () => {
    assert.deepEqual(names([weak, like, best, other], 'expected'), ['best', 'other']);
    assert.equal(worthwhilePair([best, other], 'expected')?.agreement, 0.5);
  });

  it('is none where the others are clearly weaker: sooner where accuracies are measured', () => {
    assert.deepEqual(names([best, weak], 'expected'), []);
    assert.deepEqual(names([best, other], 'expected'), ['best', 'other']);
    assert.deepEqual(names([best, other], 'measured'), []);
    assert.deepEqual(names([best, like], 'measured'), ['best', 'like']);
  });

  it('is none of one backbone, or of two that say the same', () => {
    assert.deepEqual(names([best], 'expected'), []);
    assert.deepEqual(names([best, { ...best, name: 'copy' }], 'expected'), []);
  });
});
