import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { encodePng } from '../../../../src/engine/training/promptPictures.ts';
import {
  appendRunFile,
  asOfRun,
  MetricsFile,
  readRecord,
  readRunFile,
  writeRunFile,
} from '../../../../src/engine/training/runFiles.ts';
import { scratch } from '../engineHarness.ts';

describe('Files of a run', () => {
  it('are there whole or not at all', async () => {
    const files = scratch();
    await writeRunFile(files.path('run'), 'run.json', 'first');
    await writeRunFile(files.path('run'), 'run.json', 'second');
    assert.equal(readFileSync(files.path('run/run.json'), 'utf8'), 'second');
    // Its parent is a file.
    await assert.rejects(writeRunFile(files.path('run/run.json'), 'more', 'third'), {
      reason: 'not-writable',
    });
    assert.deepEqual(readdirSync(files.path('run')), ['run.json']);
    files.dispose();
  });

  it('say what a full disk means: the run can be resumed', () => {
    const full = new SemapError('out-of-space', phrase('There is no space left to write prompt.png.'));
    assert.throws(() => asOfRun(full), { reason: 'out-of-space', hint: /resume the run/ });
  });

  it('are written and read through no link, in whatever place it is', {
    skip: process.platform === 'win32',
  }, async () => {
    const files = scratch();
    files.write('outside/run.json', 'untouched');
    for (const link of ['.semap', '.semap/runs', '.semap/runs/x', '.semap/runs/x/run.json']) {
      const root = files.path(`with ${link.length}`);
      mkdirSync(path.dirname(`${root}/${link}`), { recursive: true });
      symlinkSync(files.path(link.endsWith('json') ? 'outside/run.json' : 'outside'), `${root}/${link}`);
      const run = `${root}/.semap/runs/x`;
      for (const use of [
        () => writeRunFile(run, 'run.json', 'x'),
        () => appendRunFile(run, 'run.json', 'x'),
        () => readRunFile(run, 'run.json', 100),
        () => readRecord(run),
        ...(link.endsWith('json') ? [] : [() => new MetricsFile(run).keepUpTo(1)]),
      ])
        await assert.rejects(use(), { reason: 'unreadable-file' }, link);
    }
    assert.deepEqual(readdirSync(files.path('outside')), ['run.json']);
    assert.equal(readFileSync(files.path('outside/run.json'), 'utf8'), 'untouched');
    files.dispose();
  });

  it('a picture is a PNG that a decoder reads', async () => {
    const rgb = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256);
    const png = encodePng(rgb, 5, 3);
    const decoded = await decodeImage(png);
    assert.deepEqual([decoded.width, decoded.height], [5, 3]);
    assert.deepEqual(Uint8Array.from(decoded.data), rgb);
  });
});
