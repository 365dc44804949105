import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { fillInput } from '../../../../src/core/images/tensor.ts';
import { decodeImage } from '../../../../src/engine/images/decodeImage.ts';
import { DecodePool, type DecodePoolOptions } from '../../../../src/engine/images/decodePool.ts';
import { testFolder } from '../../folders.ts';
import { gradientJpeg, smallInput as spec } from './imageFiles.ts';

const folder = testFolder();
let photo: string;

before(() => {
  photo = path.join(folder, 'photo.jpg');
  writeFileSync(photo, gradientJpeg(60, 40));
});

async function withPool(
  work: (pool: DecodePool) => Promise<void>,
  options: Partial<DecodePoolOptions> = {},
): Promise<void> {
  const pool = new DecodePool({ workers: 2, ...options });
  try {
    await work(pool);
  } finally {
    await pool.dispose();
  }
}

/** A worker that does what `onMessage` (source text over `id`, `params`, `answer` and `workerData`) says. */
function worker(onMessage: string): URL {
  const source = `import { parentPort as port, workerData } from 'node:worker_threads';
    const answer = (id, value) => port.postMessage({ kind: 'ok', id, value });
    port.on('message', ({ kind, id, params }) => { if (kind === 'call') { ${onMessage} } });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

describe('DecodePool', () => {
  test("fills one image's part of the input tensor", async () => {
    await withPool(async (pool) => {
      const expected = new Float32Array(3 * 16 * 16);
      fillInput(await decodeImage(gradientJpeg(60, 40)), spec, expected);
      const { image, facts } = await pool.load(photo, spec);
      assert.deepEqual(new Float32Array(image), expected);
      assert.deepEqual([facts.width, facts.height], [60, 40], 'the size of the picture, not of the input');
      assert.ok(facts.spread > 10 && facts.detail > 0);
    });
  });

  test('fills a buffer that is handed in, and makes another when its size is wrong', async () => {
    await withPool(async (pool) => {
      const expected = new Float32Array((await pool.load(photo, spec)).image);
      const buffer = new ArrayBuffer(3 * 16 * 16 * 4);
      const result = await pool.load(photo, spec, buffer);
      assert.equal(buffer.byteLength, 0, 'the buffer was transferred');
      assert.deepEqual(new Float32Array(result.image), expected);
      assert.deepEqual(new Float32Array((await pool.load(photo, spec, new ArrayBuffer(8))).image), expected);
    });
  });

  test('rejects what cannot be read and goes on with the others', async () => {
    await withPool(async (pool) => {
      const empty = path.join(folder, 'empty.png');
      writeFileSync(empty, '');
      const results = await Promise.allSettled([
        pool.load(empty, spec),
        pool.load(path.join(folder, 'missing.jpg'), spec),
        pool.load(folder, spec),
        pool.load(photo, { ...spec, height: 99 }),
        pool.load(photo, spec),
      ]);
      assert.deepEqual(
        results.map((r) => (r.status === 'fulfilled' ? r.value.image.byteLength : r.reason.reason)),
        ['unreadable-image', 'not-found', 'unreadable-image', 'invalid-description', 3 * 16 * 16 * 4],
      );
    });
  });

  test('gives an upright thumbnail with the asked longest edge, and enlarges nothing', async () => {
    await withPool(async (pool) => {
      const { type, bytes } = await pool.thumbnail(photo, 30);
      assert.equal(type, 'image/jpeg');
      const small = await decodeImage(bytes);
      assert.deepEqual([small.width, small.height], [30, 20]);
      const same = await decodeImage((await pool.thumbnail(photo, 500)).bytes);
      assert.deepEqual([same.width, same.height], [60, 40]);
    });
  });

  test('a signal cancels what waits, and only that', async () => {
    await withPool(
      async (pool) => {
        const controller = new AbortController();
        const kept = pool.load(photo, spec);
        const dropped = pool.load(photo, spec, undefined, controller.signal);
        controller.abort();
        await assert.rejects(dropped, { reason: 'cancelled' });
        await assert.rejects(pool.load(photo, spec, undefined, controller.signal), { reason: 'cancelled' });
        assert.equal((await kept).image.byteLength, 3 * 16 * 16 * 4);
      },
      { workers: 1 },
    );
  });

  test('a worker that dies gives up its file; the files behind it are done by another', async () => {
    // Answers, but dies of the second file; which is in work is written where the pool looks.
    const mortal = worker(`
      workerData.decoding[0] = params.ticket;
      if (params.path === 'deadly') process.exit(1);
      answer(id, { image: new ArrayBuffer(params.ticket) });
      workerData.decoding[0] = 0;`);
    await withPool(
      async (pool) => {
        const results = await Promise.allSettled(
          ['good', 'deadly', 'better', 'best'].map((p) => pool.load(p, spec)),
        );
        assert.deepEqual(
          results.map((r) => (r.status === 'fulfilled' ? r.value.image.byteLength : r.reason.reason)),
          [1, 'unreadable-image', 1, 2],
        );
        assert.equal((await pool.load('after', spec)).image.byteLength, 3);
      },
      { workers: 1, entry: mortal },
    );
  });

  test('a file that never ends is given up', async () => {
    const endless = worker(`
      workerData.decoding[0] = params.ticket;
      if (params.path === 'endless') for (;;);
      answer(id, { image: new ArrayBuffer(params.ticket) });
      workerData.decoding[0] = 0;`);
    await withPool(
      async (pool) => {
        const stuck = pool.load('endless', spec);
        const behind = pool.load('good', spec);
        await assert.rejects(stuck, { reason: 'unreadable-image', message: /too long/ });
        assert.equal((await behind).image.byteLength, 1);
      },
      { workers: 1, entry: endless, secondsPerFile: 0.5 },
    );
  });

  test('a worker that cannot start is an error, not an endless retry', async () => {
    await withPool(
      async (pool) => {
        await assert.rejects(pool.load(photo, spec), { reason: 'internal', message: /could not start/ });
      },
      { entry: new URL('./noSuchWorker.mjs', import.meta.url) },
    );
  });

  test('dispose cancels what is left and refuses more', async () => {
    const pool = new DecodePool({ workers: 1 });
    const left = pool.load(photo, spec);
    const outcome = assert.rejects(left, { reason: 'cancelled' });
    await pool.dispose();
    await outcome;
    await assert.rejects(pool.load(photo, spec), { reason: 'cancelled' });
    await pool.dispose();
  });

  test('needs at least one worker', () => {
    assert.throws(() => new DecodePool({ workers: 0 }), { reason: 'invalid-argument' });
  });
});
