import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soakOrphans } from '../../soak/orphans.ts';
import { endlessLoop } from '../engine/classifierModel.ts';
import { writeBackbone } from '../engine/colours.ts';
import { noModels, scratch } from '../engine/engineHarness.ts';
import { runCommand } from './runCommand.ts';

test('A signal ends a command soon in any state, and nothing of it lives on', {
  skip: noModels || process.platform === 'win32',
}, async () => {
  // From its sources a command starts slowly, and beside other tests everything takes longer.
  const problems = await soakOrphans({ tries: 5, seed: 8, limitMilliseconds: 4000 });
  assert.deepEqual(problems, []);
});

test('A model that never comes to an end ends the command when it has waited long enough', {
  skip: noModels,
  timeout: 120_000,
}, async () => {
  const files = scratch();
  const file = writeBackbone(files, 'endless', endlessLoop());
  const argv = ['backbones', 'check', file, '--load-timeout', '1', '--cache-folder', files.path('cache')];
  const { code, err } = await runCommand(argv);
  assert.equal(code, 1);
  assert.match(err, /endless\.onnx did not load within 1 s/);
  assert.match(err, /--load-timeout/);
  files.dispose();
});
