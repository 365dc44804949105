import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { RunQueue } from '../../../../src/engine/runs/runQueue.ts';
import type { CallContext } from '../../../../src/protocol/rpc.ts';

type Wish = 'pause';
type Progress = number;

/** A run that is over when the test says so, or when its call is cancelled. */
class TestRun {
  readonly runFolder: string;
  readonly wishes: Wish[] = [];
  begun = false;
  finish: () => void = () => {};
  readonly #signal: AbortSignal;

  constructor(name: string, { signal }: CallContext<Progress>) {
    this.runFolder = path.resolve('/runs', name);
    this.#signal = signal;
  }

  control(wish: Wish): void {
    this.wishes.push(wish);
  }

  run(): Promise<string> {
    this.begun = true;
    return new Promise((resolve, reject) => {
      this.finish = () => resolve(path.basename(this.runFolder));
      this.#signal.addEventListener('abort', () => reject(this.#signal.reason));
    });
  }
}

describe('The queue of long runs', () => {
  const ahead: number[] = [];
  function queue() {
    const runs = new RunQueue<TestRun, Wish, string, Progress>((_, before) => ahead.push(before));
    const made: TestRun[] = [];
    const add = (name: string, signal = new AbortController().signal) =>
      runs.add({ signal, report: () => {} }, (context) => {
        const run = new TestRun(name, context);
        made.push(run);
        return run;
      });
    return { runs, made, add };
  }
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  it('runs one at a time in order, and tells those that wait how many others do before them', async () => {
    const { made, add } = queue();
    ahead.length = 0;
    const results = ['a', 'b', 'c'].map((name) => add(name));
    await turn();
    assert.deepEqual(
      [made.map(({ begun }) => begun), ahead],
      [
        [true, false, false],
        [0, 0, 1],
      ],
    );
    made[0].finish();
    assert.equal(await results[0], 'a');
    await turn();
    assert.deepEqual(
      made.map(({ begun }) => begun),
      [true, true, false],
    );
    assert.equal(ahead.at(-1), 0);
    made[1].finish();
    await results[1];
    await turn();
    made[2].finish();
    assert.equal(await results[2], 'c');
  });

  it('lets one that waits be taken out, and the others come to their turn', async () => {
    const { made, add, runs } = queue();
    const first = add('a');
    const abort = new AbortController();
    const second = add('b', abort.signal);
    const third = add('c');
    abort.abort();
    await assert.rejects(second);
    assert.deepEqual(
      runs.runs.map(({ runFolder }) => path.basename(runFolder)),
      ['a', 'c'],
    );
    made[0].finish();
    await first;
    await turn();
    assert.deepEqual(
      made.map(({ begun }) => begun),
      [true, false, true],
    );
    made[2].finish();
    await third;
  });

  it('takes a folder once, and steers the run in it however its path is written', async () => {
    const { made, add, runs } = queue();
    const first = add('a');
    await turn();
    assert.throws(() => runs.mustBeFree('/runs/x/../a'), { reason: 'busy' });
    assert.throws(() => runs.mustBeFree('runs/a'), { reason: 'internal' });
    runs.control('/runs/x/../a', 'pause');
    assert.deepEqual(made[0].wishes, ['pause']);
    assert.throws(() => runs.control('/runs/b', 'pause'), { reason: 'not-found' });
    made[0].finish();
    await first;
    runs.mustBeFree('/runs/a');
  });

  it('ends all of them when the engine does', async () => {
    const { made, add, runs } = queue();
    const ended = ['a', 'b'].map((name) => add(name).catch(() => 'ended'));
    await turn();
    await runs.close();
    assert.deepEqual(await Promise.all(ended), ['ended', 'ended']);
    assert.deepEqual([made[1].begun, runs.runs.length], [false, 0]);
  });
});
