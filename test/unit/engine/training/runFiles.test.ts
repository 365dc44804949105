import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { encodePng } from '../../../../src/engine/training/png.ts';
import { writeError, writeWhole } from '../../../../src/engine/training/runFiles.ts';
import { scratch } from '../engineHarness.ts';

describe('Files of a run', () => {
  it('are there whole or not at all', async () => {
    const files = scratch();
    await writeWhole(files.path('run/run.json'), 'first');
    await writeWhole(files.path('run/run.json'), 'second');
    assert.equal(readFileSync(files.path('run/run.json'), 'utf8'), 'second');
    // Its parent is a file.
    await assert.rejects(writeWhole(files.path('run/run.json/more'), 'third'), { reason: 'not-writable' });
    assert.deepEqual(readdirSync(files.path('run')), ['run.json']);
    files.dispose();
  });

  it('say what a full disk means: the run can be resumed', () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const { reason, hint } = writeError('prompt.png', full);
    assert.equal(reason, 'out-of-space');
    assert.match(hint!, /resume the run/);
  });

  it('a picture is a PNG that a decoder reads', async () => {
    const rgb = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256);
    const png = encodePng(rgb, 5, 3);
    const decoded = await decodeImage(png);
    assert.deepEqual([decoded.width, decoded.height], [5, 3]);
    assert.deepEqual(Uint8Array.from(decoded.data), rgb);
  });
});
