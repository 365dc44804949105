import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WritesBehind } from '../../../../src/engine/training/writesBehind.ts';

describe('writes behind the steps of a training', () => {
  it('come in their order, however long each takes, and are waited for', async () => {
    const writes = new WritesBehind();
    const written: number[] = [];
    for (const milliseconds of [9, 1, 5]) {
      writes.add(async () => {
        await sleep(milliseconds);
        written.push(milliseconds);
      });
    }
    assert.deepEqual([written, writes.pending], [[], true]);
    await writes.done();
    assert.deepEqual([written, writes.pending], [[9, 1, 5], false]);
  });

  it('end with the one that failed, which whoever asks is told', async () => {
    const writes = new WritesBehind();
    const written: string[] = [];
    writes.add(async () => {
      written.push('best');
    });
    writes.add(() => Promise.reject(new Error('the disk is full')));
    writes.add(async () => {
      written.push('checkpoint');
    });
    writes.check();
    await assert.rejects(writes.done(), /the disk is full/);
    assert.throws(() => writes.check(), /the disk is full/);
    assert.deepEqual([written, writes.pending], [['best'], false]);
  });
});
