import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SemapError } from '../../../../src/core/errors.ts';
import { verbatim } from '../../../../src/core/text/text.ts';
import { unreadable } from '../../../../src/engine/images/codec.ts';
import type { DecodePool } from '../../../../src/engine/images/decodePool.ts';
import { FileFault } from '../../../../src/engine/images/imageThread.ts';
import { type ImageOutput, InferencePool } from '../../../../src/engine/inference/inferencePool.ts';
import type { FileScores } from '../../../../src/engine/inference/inferenceWorker.ts';
import type { Lane } from '../../../../src/engine/inference/lane.ts';
import { ThreadLost } from '../../../../src/engine/threads/thread.ts';
import { describedColours } from '../colours.ts';
import { scratchOfTests } from '../engineHarness.ts';

const S = 3;
const NO_DECODERS = undefined as unknown as DecodePool;

/** What a file called by a number gets: that number as the logit of every label. */
function scoresOf(paths: readonly string[], done = paths.length): FileScores {
  const files = paths.slice(0, done).map((path) => seen(path));
  const scores = new Float32Array(S * paths.length);
  let row = 0;
  for (const [i, file] of files.entries())
    if (!('problem' in file)) scores.fill(Number(paths[i]), S * row, S * ++row);
  return { files, scores, dims: [1, S], milliseconds: done };
}

function seen(path: string): FileScores['files'][number] {
  if (path === 'bad') return { problem: { reason: 'unreadable-image', message: verbatim('Not an image.') } };
  const facts = { width: 4, height: 4, spread: 0, detail: 0, shape: '' };
  return {
    digest: path,
    facts,
    state: { bytes: Number(path), modified: 0, changed: 0, inode: 0 },
  };
}

describe('A pool of lanes that read files', () => {
  const files = scratchOfTests();

  /** @param runFiles what a lane does with some files; `asked` is what all of them were given so far */
  async function poolOf(
    runFiles: (paths: readonly string[], lane: { ended: boolean }) => Promise<FileScores>,
  ): Promise<{ pool: InferencePool; asked: string[][] }> {
    const asked: string[][] = [];
    const open = async () => {
      const lane = {
        ended: false,
        runFiles: async (paths: readonly string[]) => {
          asked.push([...paths]);
          await sleep(1);
          return runFiles(paths, lane);
        },
        close: async () => {},
      };
      return lane as unknown as Lane;
    };
    const backbone = describedColours(files.write('net.onnx', 'net'));
    const share = { threads: 2, copies: 2 };
    const pool = await InferencePool.open(backbone, share, NO_DECODERS, undefined, undefined, open);
    return { pool, asked };
  }

  const names = Array.from({ length: 60 }, (_, i) => String(i));
  const firstLogit = (output: ImageOutput) => ('logits' in output ? output.logits[0] : output.unreadable);

  test('gives each several at once, once they are known to be fast, and fewer towards the end', async () => {
    const { pool, asked } = await poolOf(async (paths) => scoresOf(paths));
    const few = pool.depth;
    const outputs = await Promise.all(names.map((name) => pool.logits(name)));
    assert.deepEqual(outputs.map(firstLogit), names.map(Number));
    assert.deepEqual(
      outputs.map((output) => 'state' in output && output.state.bytes),
      names.map(Number),
    );
    assert.ok(pool.depth >= 10 * few);
    assert.deepEqual(asked.flat().sort(), [...names].sort());
    assert.ok(Math.max(...asked.map(({ length }) => length)) > 8);
    assert.equal(asked.at(-1)?.length, 1);
    await pool.close();
  });

  test('asks again for files that a lane did not come to', async () => {
    const { pool, asked } = await poolOf(async (paths) => scoresOf(paths, Math.ceil(paths.length / 2)));
    const outputs = await Promise.all(names.map((name) => pool.logits(name)));
    assert.deepEqual(outputs.map(firstLogit), names.map(Number));
    assert.ok(asked.flat().length > names.length);
    await pool.close();
  });

  test('tells which file cannot be read, and which one a lane ended at; all others have their scores', async () => {
    const { pool } = await poolOf(async (paths, lane) => {
      if (lane.ended) throw new ThreadLost(undefined);
      const at = paths.indexOf('31');
      if (at < 0) return scoresOf(paths);
      lane.ended = true;
      throw new FileFault(at, unreadable(verbatim('The decoder crashed.')));
    });
    const mixed = names.map((name) => (name === '40' ? 'bad' : name));
    const outputs = await Promise.all(mixed.map((name) => pool.logits(name)));
    const expected = names.map((name) =>
      name === '31'
        ? verbatim('The decoder crashed.')
        : name === '40'
          ? verbatim('Not an image.')
          : Number(name),
    );
    assert.deepEqual(outputs.map(firstLogit), expected);
    await pool.close();
  });

  test('takes back what waits when a run is canceled, and leaves others alone', async () => {
    const { pool, asked } = await poolOf(async (paths) => scoresOf(paths));
    const run = new AbortController();
    const dropped = names.map((name) => pool.logits(name, run.signal).catch((error) => error.reason));
    const kept = names.slice(0, 9).map((name) => pool.logits(`1${name}`));
    run.abort();
    assert.deepEqual((await Promise.all(kept)).map(firstLogit), [10, 11, 12, 13, 14, 15, 16, 17, 18]);
    const reasons = await Promise.all(dropped);
    assert.ok(reasons.filter((reason) => reason === 'cancelled').length > 40);
    assert.ok(asked.flat().length < 30);
    await assert.rejects(pool.logits('1', run.signal), { reason: 'cancelled' });
    await pool.close();
  });

  test('fails for all when the backbone fails', async () => {
    const { pool } = await poolOf(async () => {
      throw new SemapError('device-failed', verbatim('Bad node\nsomewhere'));
    });
    const all = await Promise.allSettled(names.slice(0, 4).map((name) => pool.logits(name)));
    for (const one of all)
      assert.match(String((one as PromiseRejectedResult).reason), /failed to run: Bad node$/);
    await pool.close();
  });
});
