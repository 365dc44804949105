import assert from 'node:assert/strict';
import { it } from 'node:test';
import { measuredOn } from '../../../src/capabilities/learnHead.ts';
import type { LearnedRecord } from '../../../src/core/alignments/alignment.ts';

it('The images that measured a head are named for what they are', () => {
  const record = (images: number, measured: number, found: number | undefined): LearnedRecord => ({
    images,
    found,
    validation: { images: measured, accuracy: 0.8 },
    learned: '',
  });
  assert.equal(measuredOn(record(12, 18, 36)), 'that it did not learn from');
  assert.equal(measuredOn(record(18, 18, 24)), 'that it learned from, each left out in turn');
  assert.equal(measuredOn(record(18, 18, undefined)), 'that it did not learn from');
  const splits = { learned: 'train', measured: 'test' } as never;
  assert.equal(measuredOn({ ...record(12, 18, 36), splits }), 'of the split test');
});
