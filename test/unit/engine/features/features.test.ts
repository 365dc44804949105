import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../../../../src/core/text/text.ts';
import { readChecked, writeChecked } from '../../../../src/engine/cacheFiles.ts';
import { forgetTries, readFeatures, usable } from '../../../../src/engine/features/features.ts';
import { linearColour } from '../classifierModel.ts';
import { describedColours } from '../colours.ts';
import { scratchOfTests } from '../engineHarness.ts';

describe('Features of a backbone', () => {
  const files = scratchOfTests();

  test('are tried out once, by whoever asks first', async () => {
    const backbone = describedColours(files.write('net.onnx', linearColour()));
    const readings = await Promise.all([1, 2].map(() => readFeatures(files.folder, backbone)));
    assert.equal(readings[0], readings[1]);
    assert.equal(usable(readings[0])?.width, 3);
    assert.equal(usable(await readFeatures(files.folder, backbone))?.width, 3);
  });

  test('are given up where engines ended at them, so that a classification comes without', async () => {
    const backbone = describedColours(files.write('net.onnx', linearColour()));
    const file = files.path('features', 'net.json');
    await writeChecked(file, { version: 3, parameters: null, tries: 1 });
    assert.equal(usable(await readFeatures(files.folder, backbone))?.width, 3, 'once may be chance');
    const { tries } = (await readChecked(file)) as { tries?: number };
    assert.equal(tries, undefined);
    await writeChecked(file, { version: 3, parameters: null, tries: 2 });
    const { features, problem } = await readFeatures(files.folder, backbone);
    assert.equal(features, undefined);
    assert.equal(say(problem!), 'The engine ended when it ran with its features as an output.');
  });

  test('are not given up where a person ended the engine while they were tried out', async () => {
    const backbone = describedColours(files.write('net.onnx', linearColour()));
    const file = files.path('features', 'net.json');
    const tries = async () => ((await readChecked(file)) as { tries?: number } | undefined)?.tries;
    await writeChecked(file, { version: 3, parameters: null, tries: 1 });
    const reading = readFeatures(files.folder, backbone);
    while ((await tries()) === 1) await sleep(1);
    assert.equal(await tries(), 2, 'counted until it is known');
    await forgetTries();
    assert.equal(await tries(), 1);
    assert.equal(usable(await reading)?.width, 3);
    await forgetTries();
    assert.equal(await tries(), undefined, 'what was found stays');
  });
});
