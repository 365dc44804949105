import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { cancelled } from '../../../../src/core/errors.ts';
import type { FindServices } from '../../../../src/engine/find/findBackbones.ts';
import { FindRun } from '../../../../src/engine/find/findRun.ts';
import { scratchOfTests } from '../engineHarness.ts';

describe('A search that has ended', () => {
  const files = scratchOfTests();

  it('is not one that goes on, whatever a person still wants of it', async () => {
    files.write('photos/cat/1.png', '');
    const services = {
      device: { provider: 'cpu' },
      // It is canceled while it looks for its images.
      wordnet: () => Promise.reject(cancelled()),
    } as unknown as FindServices;
    const runFolder = files.path('run');
    const params = { folders: [files.path('photos')], targets: [{ name: 'cat' }], backbones: [], runFolder };
    const told: string[] = [];
    const run = new FindRun(
      services,
      params,
      { signal: new AbortController().signal, report: ({ record }) => void told.push(record.status) },
      false,
    );
    assert.equal((await run.run()).status, 'paused');
    const before = readFileSync(`${runFolder}/run.json`, 'utf8');
    run.control('stop');
    // Writes go one after the other.
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(told, []);
    assert.equal(readFileSync(`${runFolder}/run.json`, 'utf8'), before);
  });
});
