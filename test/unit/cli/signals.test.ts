import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soakOrphans } from '../../soak/orphans.ts';
import { noModels } from '../engine/engineHarness.ts';

test('A signal ends a command soon in any state, and nothing of it lives on', {
  skip: noModels || process.platform === 'win32',
}, async () => {
  // From its sources a command starts slowly, and beside other tests everything takes longer.
  const { problems } = await soakOrphans({ tries: 5, seed: 8, limitMilliseconds: 4000 });
  assert.deepEqual(problems, []);
});
