import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { CacheLimit } from '../../../../src/engine/outputs/cacheLimit.ts';
import { OutputCache } from '../../../../src/engine/outputs/outputCache.ts';
import type { KnownImage } from '../../../../src/engine/outputs/outputIndex.ts';
import { scratchOfTests } from '../engineHarness.ts';

const S = 100;
const LIMIT = 64_000;
const image = (name: string): KnownImage => ({
  path: `/images/${name}`,
  bytes: 100,
  modified: 1.5,
  changed: 2.5,
  inode: 7,
  digest: undefined,
});
const row = (seed: number) => Float32Array.from({ length: S }, (_, s) => seed + s);

describe('The bound of the output cache', () => {
  const files = scratchOfTests();

  const open = async (backbone: string, limit: CacheLimit) => {
    const cache = new OutputCache(files.path('outputs', backbone), S, limit);
    await cache.refresh();
    return cache;
  };

  async function fill(cache: OutputCache, from: number, to: number): Promise<void> {
    for (let i = from; i < to; i++) {
      cache.add(image(`${i}`), row(i));
      if (i % 10 === 9) await cache.flush();
    }
    await cache.flush();
  }

  function bytes(): number {
    let total = 0;
    for (const name of readdirSync(files.path('outputs'), { recursive: true, encoding: 'utf8' })) {
      const state = statSync(files.path('outputs', name));
      if (state.isFile()) total += state.size;
    }
    return total;
  }

  const known = (cache: OutputCache, count: number) =>
    Array.from({ length: count }, (_, i) => cache.find(image(`${i}`)) !== undefined);

  test('holds, and what was added last stays', async () => {
    const cache = await open('net', new CacheLimit(files.folder, LIMIT));
    await fill(cache, 0, 1000);
    assert.ok(bytes() <= LIMIT, `${bytes()} bytes`);
    const here = known(cache, 1000);
    assert.equal(here[0], false);
    assert.equal(here[999], true);
    assert.ok(here.filter(Boolean).length > 80, 'it is not emptied altogether');
    // What is there is right.
    for (const [i, is] of here.entries()) if (is) assert.deepEqual(cache.find(image(`${i}`)), row(i));
    await cache.close();
  });

  test('lets go of what was used longest ago, whichever backbone it is of', async () => {
    const before = new CacheLimit(files.folder, 0);
    for (const name of ['old', 'used', 'new']) {
      const cache = await open(name, before);
      await fill(cache, 0, 40);
      await cache.close();
      const hours = name === 'new' ? 1 : 5;
      const then = new Date(Date.now() - hours * 3600_000);
      for (const segment of readdirSync(files.path('outputs', name))) {
        for (const file of readdirSync(files.path('outputs', name, segment))) {
          utimesSync(files.path('outputs', name, segment, file), then, then);
        }
      }
    }
    const limit = new CacheLimit(files.folder, LIMIT);
    const used = await open('used', limit);
    assert.ok(used.find(image('1')));
    const other = await open('other', limit);
    await fill(other, 0, 40);
    assert.equal(existsSync(files.path('outputs/old')), false);
    assert.deepEqual(known(used, 40), Array(40).fill(true));
    assert.deepEqual(known(await open('new', limit), 40), Array(40).fill(true));
    await used.close();
    await other.close();
  });

  test('never takes a segment to which another process appends', async () => {
    const cache = await open('theirs', new CacheLimit(files.folder, 0));
    await fill(cache, 0, 300);
    await cache.close();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      const [segment] = readdirSync(files.path('outputs/theirs'));
      const theirs = segment.replace(/-\d+-/, `-${other.pid}-`);
      renameSync(files.path('outputs/theirs', segment), files.path('outputs/theirs', theirs));
      const ours = await open('ours', new CacheLimit(files.folder, LIMIT));
      await fill(ours, 0, 300);
      await ours.close();
      assert.deepEqual(readdirSync(files.path('outputs/theirs')), [theirs]);
    } finally {
      other.kill();
    }
  });

  test('clears away what an interrupted deletion left', async () => {
    const left = files.path('outputs/net/00000000-1-ab.evicted');
    mkdirSync(left, { recursive: true });
    writeFileSync(path.join(left, 'logits.bin'), 'x');
    const cache = await open('net', new CacheLimit(files.folder, LIMIT));
    await fill(cache, 0, 10);
    assert.equal(existsSync(left), false);
    await cache.close();
  });

  test('of another machine: a segment is deleted as any other, and its loss is borne', async () => {
    const cache = await open('net', new CacheLimit(files.folder, 0));
    await fill(cache, 0, 200);
    await cache.close();
    const [segment] = readdirSync(files.path('outputs/net'));
    renameSync(files.path('outputs/net', segment), files.path('outputs/net', `00000000-1-${'a'.repeat(8)}`));
    const limit = new CacheLimit(files.folder, LIMIT);
    const again = await open('net', limit);
    assert.deepEqual(known(again, 3), [true, true, true]);
    await fill(again, 200, 210);
    assert.deepEqual(known(again, 3), [false, false, false]);
    await again.close();
  });
});
