import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importPlan } from '../../../../src/core/imports/importPlan.ts';
import type { Given } from '../../../../src/core/truths/truth.ts';

const here = new Map<string, Given>([
  ['same.jpg', { label: 'cat', how: 'accepted', asked: 'random' }],
  ['other.jpg', { label: 'cat', how: 'labeled', asked: 'proposed' }],
  ['none.jpg', { label: undefined, how: 'none' }],
]);
const rows: [string, Given][] = [...here.keys(), 'new.jpg'].map((name) => [
  name,
  { label: name === 'same.jpg' ? 'cat' : 'dog', how: 'labeled' },
]);

test('labels that a person gave here stay', () => {
  const { changes, conflicts, ...counts } = importPlan(rows, (name) => here.get(name), false);
  assert.deepEqual(counts, { added: 1, changed: 0, same: 1, kept: 2 });
  assert.deepEqual([...changes], [['new.jpg', { label: 'dog', how: 'labeled' }]]);
  assert.deepEqual(conflicts, [
    { name: 'other.jpg', here: 'cat', imported: 'dog' },
    { name: 'none.jpg', here: undefined, imported: 'dog' },
  ]);
});

test('unless those of the file are asked for; why an image was asked about stays known', () => {
  const { changes, ...counts } = importPlan(rows, (name) => here.get(name), true);
  assert.deepEqual([counts.added, counts.changed, counts.same, counts.kept], [1, 2, 1, 0]);
  assert.equal(changes.get('other.jpg')?.asked, 'proposed');
  assert.equal(changes.has('same.jpg'), false);
});
