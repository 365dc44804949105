import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SemapError } from '../../../../src/core/errors.ts';
import { phrase, say } from '../../../../src/core/text/text.ts';
import { Suspects } from '../../../../src/engine/images/suspects.ts';
import { WorkNote } from '../../../../src/engine/images/workNote.ts';
import { thisHost } from '../../../../src/files/processes.ts';
import { meanColour } from '../classifierModel.ts';
import { colourSidecar, identityAlignment, ppm } from '../colours.ts';
import { noModels, scratchOfTests, startEngine } from '../engineHarness.ts';
import { slowTiff } from './imageFiles.ts';

const files = scratchOfTests();
let cache: string;
beforeEach(() => {
  cache = files.path('cache');
});

/** As if an engine that had died was at these images, one in each thread. */
function died(...images: string[]): void {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  mkdirSync(path.join(cache, 'in-work'), { recursive: true });
  for (const [thread, image] of images.entries()) {
    const text = `${String(Buffer.byteLength(image)).padStart(6, '0')}${image}`;
    writeFileSync(path.join(cache, 'in-work', `${thisHost}-${pid}-${thread}`), text);
  }
}

async function opened(): Promise<Suspects> {
  const suspects = new Suspects();
  await suspects.open(cache);
  return suspects;
}

describe('An image at which an engine died', () => {
  test('is tried again alone, and is an image like others once that went well', async () => {
    const [one, other] = [files.write('one\n.jpg', '1'), files.write('other.jpg', '2')];
    died(one);
    const suspects = await opened();
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await sleep(20);
      log.push(`${name} ends`);
    };
    await Promise.all([
      suspects.attempt(other, work('first')),
      suspects.attempt(one, work('alone')),
      suspects.attempt(other, work('last')),
    ]);
    assert.equal(log.indexOf('alone ends'), log.indexOf('alone begins') + 1);
    await Promise.all([suspects.attempt(other, work('a')), suspects.attempt(one, work('b'))]);
    assert.equal(log.at(-3), 'b begins');
    const again = await opened();
    await Promise.all([again.attempt(other, work('c')), again.attempt(one, work('d'))]);
    assert.equal(log.at(-3), 'd begins');
  });

  test('is tried alone next time where it was cancelled before it was tried', async () => {
    const [one, other] = [files.write('one.jpg', '1'), files.write('other.jpg', '2')];
    died(one);
    const suspects = await opened();
    const cancelled = async () => {
      throw new SemapError('cancelled', phrase('Cancelled.'));
    };
    await assert.rejects(suspects.attempt(one, cancelled), { reason: 'cancelled' });
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await sleep(20);
      log.push(`${name} ends`);
    };
    await Promise.all([suspects.attempt(other, work('beside')), suspects.attempt(one, work('alone'))]);
    assert.deepEqual(log, ['beside begins', 'beside ends', 'alone begins', 'alone ends']);
  });

  test('is given up when an engine died at it twice, and only it', async () => {
    const [culprit, beside] = [files.write('culprit.jpg', '1'), files.write('beside.jpg', '2')];
    died(culprit, beside);
    await opened();
    died(culprit);
    const suspects = await opened();
    await assert.rejects(
      suspects.attempt(culprit, async () => 1),
      { reason: 'unreadable-image', message: /crashed the engine/ },
    );
    assert.equal(await suspects.attempt(beside, async () => 2), 2);
    // Another file of that name is not to blame.
    utimesSync(culprit, 1, 1);
    assert.equal(await suspects.attempt(culprit, async () => 3), 3);
  });

  test('is known by what its thread noted last', async () => {
    const note = new WorkNote(path.join(cache, 'in-work'));
    note.begin('a long name that was there before.jpg');
    note.end();
    note.begin('b.jpg');
    const [name] = readdirSync(path.join(cache, 'in-work'));
    assert.match(readFileSync(path.join(cache, 'in-work', name), 'utf8'), /^000005b\.jpg/);
    const suspects = await opened();
    assert.deepEqual(readdirSync(path.join(cache, 'in-work')), []);
    await suspects.close();
  });

  test('notes of processes that live are left alone, and a folder that cannot be written to harms nothing', async () => {
    mkdirSync(path.join(cache, 'in-work'), { recursive: true });
    const theirs = path.join(cache, 'in-work', `${thisHost}-${process.ppid}-1`);
    writeFileSync(theirs, '000001x');
    await opened();
    assert.ok(existsSync(theirs));
    const note = new WorkNote('/dev/null/nowhere');
    note.begin('x.jpg');
    note.end();
  });
});

test('a folder comes to its end although an engine dies at one of its images', {
  skip: noModels,
}, async () => {
  files.write('colour.onnx', meanColour());
  for (let i = 0; i < 8; i++) files.write(`photos/${i}.ppm`, ppm([200, 10, 10]));
  const slow = files.write('photos/5b.tif', slowTiff());
  const params = {
    folders: [files.path('photos')],
    backbone: files.path('colour.onnx'),
    sidecar: colourSidecar,
    alignment: identityAlignment(['cat', 'dog', 'bird'], 'colour'),
  };
  const notes = path.join(cache, 'in-work');
  const atSlow = () =>
    existsSync(notes) &&
    readdirSync(notes).some((name) => readFileSync(path.join(notes, name), 'utf8').includes(slow));
  for (let death = 0; death < 2; death++) {
    const engine = await startEngine(files.folder);
    const run = engine.rpc.call('classify', params);
    run.catch(() => {});
    try {
      const deadline = Date.now() + 120_000;
      while (!atSlow()) {
        assert.ok(Date.now() < deadline, 'the image was never in work');
        await sleep(5);
      }
    } finally {
      engine.process.kill();
    }
    await assert.rejects(run, { reason: 'engine-stopped' });
    await engine.process.exited;
  }
  const engine = await startEngine(files.folder);
  try {
    const result = await engine.rpc.call('classify', params);
    assert.equal(result.images, 8);
    assert.deepEqual(
      result.skipped.map(({ path: file, reason }) => [file, /crashed the engine/.test(say(reason))]),
      [[slow, true]],
    );
  } finally {
    await engine.stop();
  }
  assert.deepEqual(readdirSync(notes), [], 'an engine that ends as it should leaves no note');
});
