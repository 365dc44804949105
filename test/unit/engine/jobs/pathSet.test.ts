import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PathSet } from '../../../../src/engine/jobs/pathSet.ts';

test('a set of paths knows which of a hundred thousand it has', () => {
  const set = new PathSet();
  const paths = Array.from({ length: 100_000 }, (_, i) => `/data/${i % 100}/image ${i}.jpg`);
  assert.ok(paths.every((path) => set.add(path)));
  assert.ok(paths.every((path) => !set.add(path)));
  assert.ok(set.add(''));
  assert.ok(!set.add(''));
});
