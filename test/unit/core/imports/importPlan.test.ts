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

test("a person's label counts more than an agent's, here and in the file", () => {
  const ofAgent: Given = { label: 'dog', how: 'labeled', givenBy: 'agent' };
  const ofPerson: Given = { label: 'dog', how: 'labeled' };
  const over = importPlan([['a.jpg', ofPerson]], () => ofAgent, false);
  assert.deepEqual([over.added, over.changes.get('a.jpg')], [1, ofPerson]);
  const under = importPlan([['a.jpg', ofAgent]], () => ({ label: 'cat', how: 'labeled' }), true);
  assert.deepEqual([under.kept, under.changes.size], [1, 0]);
  const same = importPlan([['a.jpg', ofAgent]], () => ofPerson, true);
  assert.deepEqual([same.same, same.kept, same.changes.size], [1, 0, 0]);
});
