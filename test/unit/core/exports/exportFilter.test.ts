import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ExportFilter, filtered } from '../../../../src/core/exports/exportFilter.ts';
import { imageOf, sourceOf } from './fakeSource.ts';

const source = sourceOf([
  imageOf('cat/1.jpg', { label: 'cat', confidence: 0.9, truth: 'cat', split: 'train' }),
  imageOf('cat/2.jpg', { label: 'dog', confidence: 0.4, truth: 'cat', split: 'test' }),
  imageOf('3.jpg', { label: 'dog', confidence: 0.6, given: 'dog' }),
  imageOf('4.jpg', { label: '', answer: 'dog', said: 'none', confidence: 0.7, given: null }),
  imageOf('5.jpg', { label: '', answer: 'dog', said: 'not sure', confidence: 0.2 }),
  imageOf('6.jpg', { label: 'cat', confidence: 0.8, looks: { group: 3, looks: 0, width: 1, height: 1 } }),
  imageOf('7.jpg', { label: 'dog', confidence: 0.8, looks: { group: 3, looks: 0, width: 1, height: 1 } }),
  imageOf('8.jpg', { label: 'cat', confidence: 0.8, looks: { group: -1, looks: 0, width: 1, height: 1 } }),
]);

async function kept(filter: ExportFilter): Promise<string> {
  const names: string[] = [];
  for await (const some of filtered(source, filter).images())
    for (const { relative } of some) names.push(relative.replace(/^.*\/|\.jpg$/g, '').replace('.jpg', ''));
  return names.join('');
}

describe('the filter of an export', () => {
  it('lets all pass without conditions', async () => {
    assert.equal(await kept({}), '12345678');
  });

  it('takes labels by what is said, and nothing for what has none', async () => {
    assert.equal(await kept({ labels: ['dog'] }), '237');
    assert.equal(await kept({ labels: ['cat', ''] }), '14568');
  });

  it('takes a range of confidence with its ends', async () => {
    assert.equal(await kept({ least: 0.6, most: 0.8 }), '34678');
  });

  it('takes what a person said anything of', async () => {
    assert.equal(await kept({ accepted: true }), '34');
  });

  it('takes images by their truth, which a person may have said', async () => {
    assert.equal(await kept({ truth: 'known' }), '1234');
    assert.equal(await kept({ truth: 'right' }), '13');
    assert.equal(await kept({ truth: 'wrong' }), '24');
  });

  it('takes a split', async () => {
    assert.equal(await kept({ split: 'test' }), '2');
  });

  it('takes the first of each group of near-duplicates that passes the rest', async () => {
    assert.equal(await kept({ withoutDuplicates: true }), '1234568');
    assert.equal(await kept({ withoutDuplicates: true, labels: ['dog'] }), '237');
  });
});
