import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { DEFAULT_TEMPLATES } from '../../../../src/core/encoders/templates.ts';
import { Encoders } from '../../../../src/engine/encoders/encoders.ts';
import { column } from '../../column.ts';
import { testFolder } from '../../folders.ts';
import { DIMENSION, tinyClip, tinySentenceEncoder, writeEncoder } from './tinyEncoders.ts';

const LABELS = [{ name: 'dog' }, { name: 'cat' }, { name: 'sports_car' }];

const scratch = testFolder();
let root: string;
before(async () => {
  root = path.join(scratch, 'installed');
  await writeEncoder(path.join(root, 'Somebody--tiny-clip--fp32'), tinyClip());
  await writeEncoder(path.join(root, 'Somebody--tiny-sentences--fp32'), tinySentenceEncoder());
  await writeEncoder(path.join(root, 'Somebody--broken--fp32'), { 'config.json': new Uint8Array() });
  await writeEncoder(path.join(root, 'Somebody--half--fp32.download'), tinyClip());
});

async function withEncoders(
  name: string,
  use: (encoders: Encoders, cacheFolder: string) => Promise<void>,
  idleMilliseconds?: number,
): Promise<void> {
  const cacheFolder = path.join(scratch, name);
  const encoders = new Encoders({
    roots: [root, path.join(scratch, 'missing')],
    cacheFolder,
    threads: 1,
    ...(idleMilliseconds === undefined ? {} : { idleMilliseconds }),
  });
  try {
    await use(encoders, cacheFolder);
  } finally {
    await encoders.dispose();
  }
}

async function cacheFiles(cacheFolder: string): Promise<string[]> {
  const names = await readdir(cacheFolder, { recursive: true });
  return names.filter((name) => name.endsWith('.bin')).map((name) => path.join(cacheFolder, name));
}

describe('the installed encoders', () => {
  it('are listed with kind and size; a broken one with its problem, a half-downloaded one not at all', () =>
    withEncoders('list', async (encoders) => {
      const entries = await encoders.list();
      assert.deepEqual(
        entries.map(({ name, kind, problem }) => [name, kind ?? problem?.reason]),
        [
          ['Somebody--broken--fp32', 'not-found'],
          ['Somebody--tiny-clip--fp32', 'text-tower'],
          ['Somebody--tiny-sentences--fp32', 'sentence'],
        ],
      );
      assert.ok(entries[1].bytes! > 10_000);
    }));

  it('are found by name, by path, and by what they are', () =>
    withEncoders('find', async (encoders) => {
      for (const ref of ['somebody--tiny-clip--fp32', path.join(root, 'Somebody--tiny-clip--fp32'), 'clip']) {
        assert.equal((await encoders.find(ref)).name, 'Somebody--tiny-clip--fp32');
      }
      assert.equal((await encoders.find('minilm')).name, 'Somebody--tiny-sentences--fp32');
    }));

  it('are named when an unknown one is asked for', () =>
    withEncoders('unknown', async (encoders) => {
      await assert.rejects(encoders.find('../../etc'), {
        reason: 'not-found',
        message: /Somebody--tiny-clip--fp32/,
        hint: /encoders install/,
      });
    }));

  it('can be checked', () =>
    withEncoders('check', async (encoders) => {
      const check = await encoders.check('clip');
      assert.equal(check.dimension, DIMENSION);
      assert.match(check.sha256, /^[0-9a-f]{64}$/);
      assert.equal(typeof check.sensible, 'boolean');
      assert.ok(Math.abs(check.similarities.puppy) <= 1.0001);
    }));
});

describe('removing an encoder', () => {
  it('frees and deletes it, and touches nothing outside the folders of encoders', () =>
    withEncoders('remove', async (encoders) => {
      const name = 'Somebody--spare--fp32';
      const folder = await writeEncoder(path.join(root, name), tinyClip());
      await writeEncoder(`${folder}.download`, tinyClip());
      await encoders.encodeLabels(folder, LABELS, DEFAULT_TEMPLATES);
      await encoders.remove(name);
      const left = (await readdir(root)).filter((entry) => entry.startsWith(name));
      assert.deepEqual(left, []);
      await assert.rejects(encoders.remove(name), { reason: 'not-found' });
      const own = await writeEncoder(path.join(scratch, 'own'), tinyClip());
      await assert.rejects(encoders.remove(own), { reason: 'not-found' });
      await assert.rejects(encoders.remove('..'), { reason: 'not-found' });
    }));
});

describe('label embeddings', () => {
  it('have length 1 and come from the cache the second time, also in another process', () =>
    withEncoders('cache', async (encoders, cacheFolder) => {
      const first = await encoders.encodeLabels('clip', LABELS, DEFAULT_TEMPLATES);
      assert.equal(first.cached, false);
      assert.equal(first.values.length, LABELS.length * DIMENSION);
      for (let row = 0; row < LABELS.length; row++) {
        const length = Math.hypot(...first.values.subarray(row * DIMENSION, (row + 1) * DIMENSION));
        assert.ok(Math.abs(length - 1) < 1e-5);
      }
      const other = new Encoders({ roots: [root], cacheFolder, threads: 1 });
      const second = await other.encodeLabels('clip', LABELS, DEFAULT_TEMPLATES);
      await other.dispose();
      assert.equal(second.cached, true);
      assert.deepEqual(second.values, first.values);
    }));

  it('are kept apart by encoder, template, detail and label', () =>
    withEncoders('apart', async (encoders, cacheFolder) => {
      const requests = [
        ['clip', LABELS, DEFAULT_TEMPLATES],
        ['minilm', LABELS, DEFAULT_TEMPLATES],
        ['clip', LABELS, { ...DEFAULT_TEMPLATES, templates: ['a {}'] }],
        ['clip', LABELS, { ...DEFAULT_TEMPLATES, templates: ['a {}', 'a photo of a {}.'] }],
        ['clip', LABELS.slice(1), DEFAULT_TEMPLATES],
        ['clip', [{ name: 'dog', hint: 'wolf' }, ...LABELS.slice(1)], DEFAULT_TEMPLATES],
      ] as const;
      for (const [ref, labels, prompts] of requests) {
        assert.equal((await encoders.encodeLabels(ref, labels, prompts)).cached, false);
      }
      assert.equal((await cacheFiles(cacheFolder)).length, requests.length);
      for (const [ref, labels, prompts] of requests) {
        assert.equal((await encoders.encodeLabels(ref, labels, prompts)).cached, true);
      }
    }));

  it('are made again when the cache is damaged', () =>
    withEncoders('damaged', async (encoders, cacheFolder) => {
      const { values } = await encoders.encodeLabels('clip', LABELS, DEFAULT_TEMPLATES);
      const [file] = await cacheFiles(cacheFolder);
      const good = await readFile(file!);
      const flipped = Buffer.from(good);
      flipped[flipped.length - 3] ^= 1;
      const lying = Buffer.from(good);
      lying.writeUInt32LE(0xffffffff, 8);
      for (const bad of [
        Buffer.alloc(0),
        Buffer.from('{"a":1}'),
        good.subarray(0, good.length - 4),
        flipped,
        lying,
      ]) {
        await writeFile(file!, bad);
        const again = await encoders.encodeLabels('clip', LABELS, DEFAULT_TEMPLATES);
        assert.equal(again.cached, false);
        assert.deepEqual(again.values, values);
        assert.deepEqual(await readFile(file!), good);
      }
    }));

  it('are the mean of the templates', () =>
    withEncoders('ensemble', async (encoders) => {
      const rows: Float32Array[] = [];
      for (const templates of [['a {}'], ['a photo of a {}.'], ['a {}', 'a photo of a {}.']]) {
        rows.push(
          (await encoders.encodeLabels('clip', LABELS.slice(0, 1), { templates, detail: 'none' })).values,
        );
      }
      const sum = rows[0].map((value, d) => value + rows[1][d]);
      const length = Math.hypot(...sum);
      for (const [d, value] of rows[2].entries()) assert.ok(Math.abs(value - sum[d] / length) < 1e-5);
    }));

  it('can be asked for at the same time, with two encoders and a cancel between', () =>
    withEncoders('together', async (encoders) => {
      const cancelled = new AbortController();
      cancelled.abort();
      const [a, b, c, d] = await Promise.allSettled([
        encoders.encodeLabels('clip', LABELS, DEFAULT_TEMPLATES),
        encoders.encodeLabels('minilm', [{ name: 'dog' }], DEFAULT_TEMPLATES),
        encoders.encodeLabels('clip', [{ name: 'cat' }], DEFAULT_TEMPLATES, { signal: cancelled.signal }),
        encoders.encodeLabels('clip', [{ name: 'wolf' }], DEFAULT_TEMPLATES),
      ]);
      assert.deepEqual(column([a, b, c, d], 'status'), ['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
      assert.equal((c as PromiseRejectedResult).reason.reason, 'cancelled');
    }));

  it('work again after the encoder was freed for idleness', () =>
    withEncoders(
      'idle',
      async (encoders) => {
        await encoders.encodeLabels('clip', [{ name: 'dog' }], DEFAULT_TEMPLATES);
        await new Promise((resolve) => setTimeout(resolve, 20));
        const { cached } = await encoders.encodeLabels('clip', [{ name: 'cat' }], DEFAULT_TEMPLATES);
        assert.equal(cached, false);
      },
      0,
    ));

  it('of no labels are none', () =>
    withEncoders('none', async (encoders) => {
      const { values } = await encoders.encodeLabels('clip', [], DEFAULT_TEMPLATES);
      assert.equal(values.length, 0);
    }));
});
