import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { soakKills } from '../../soak/kills.ts';
import { noModels } from '../engine/engineHarness.ts';
import { builtCommand } from '../programs.ts';

const isBuilt = builtCommand.every((file) => existsSync(file));

test('A command that is killed loses nothing, leaves nothing half done, and goes on to the same end', {
  skip: noModels || (!isBuilt && 'dist is not built (npm run build)') || process.platform === 'win32',
}, async () => {
  // More, and more kinds, by hand: npm run soak.
  const problems = await soakKills({
    tries: 2,
    seed: 5,
    kinds: ['classify', 'align', 'train', 'backbones add'],
  });
  assert.deepEqual(problems, []);
});
