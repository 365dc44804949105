import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { FindParams, FindRecord } from '../../../../src/core/find/findRecord.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import { WatchedSearch } from '../../../../src/host/find/watchedSearch.ts';
import type { FindProgress } from '../../../../src/protocol/find.ts';
import type { CallOptions } from '../../../../src/protocol/rpc.ts';
import { findRecordOf } from '../../core/find/findFixture.ts';
import { testFolder } from '../../folders.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import { eventually } from '../withFakeVscode.ts';

const { Searches } = await import('../../../../src/host/find/searches.ts');
const { findEnd, findLook } = await import('../../../../src/host/find/findWords.ts');
const { UnfinishedRuns } = await import('../../../../src/host/runs/unfinishedRuns.ts');

type Act = (
  report: (progress: FindProgress) => void,
  signal?: AbortSignal,
) => Promise<FindRecord> | FindRecord;

const searchOf = (params: FindParams) => new WatchedSearch({ folder: params.runFolder, params });

describe('the searches of a window', () => {
  const root = testFolder();
  const folder = (name: string) => join(root, '.semap', 'runs', name);

  /** Searches whose calls of the engine do what `acts` says, one after the other. */
  function searches(acts: readonly Act[]) {
    const calls: string[] = [];
    let over: Promise<void> | undefined;
    const call = (method: string) => (_: unknown, options?: CallOptions<FindProgress>) => {
      const act = acts[calls.length];
      calls.push(method);
      assert.ok(act, `call ${calls.length} of the engine was not expected`);
      return act((progress) => options?.onProgress?.(progress), options?.signal);
    };
    const made = new Searches({
      engine: fakeEngine({
        findReuse: call('findReuse'),
        resumeFind: call('resumeFind'),
        pauseFind: () => void calls.push('pause'),
        unpauseFind: () => void calls.push('unpause'),
        stopFind: () => void calls.push('stop'),
      } as never),
      unfinished: new UnfinishedRuns('find'),
      watch: (_: WatchedSearch, until) => {
        over = until;
      },
    });
    return { made, calls, over: () => over };
  }
  const died = () => {
    throw new SemapError('engine-stopped', phrase('The engine stopped.'));
  };
  const progress = (at: string, change: Partial<FindProgress> = {}): FindProgress => ({
    activity: { what: phrase('running {0} on the images', 'starter'), done: 10, total: 40 },
    record: findRecordOf(at, { status: 'running', tried: 1 }),
    secondsLeft: 240,
    ...change,
  });

  it('show what is done and how long it may take, and how it ended', async () => {
    const at = folder('a');
    const phases: string[] = [];
    const { made, over } = searches([
      (report) => {
        report(progress(at));
        report(progress(at, { paused: true }));
        report(progress(at));
        return findRecordOf(at);
      },
    ]);
    const looks: string[] = [];
    made.onDidChange((run) => {
      phases.push(run.phase);
      if (run.activity) looks.push(findLook([run]).spoken);
    });
    const run = made.begin(searchOf(findRecordOf(at).params));
    await over();
    assert.deepEqual(phases, ['running', 'running', 'paused', 'running', 'done', 'done']);
    assert.match(
      looks[0] ?? '',
      /running starter on the images · 81\.0% \(74\.0% to 87\.0%\) on 120 images · 4 min left/,
    );
    assert.equal(run.live, false);
    const end = findEnd(run);
    assert.match(end?.message ?? '', /^Found the best reuse for icons\. With no labels: 60\.0%\./);
    assert.deepEqual(
      end?.steps.map(({ command }) => command),
      ['semap.showFind'],
    );
    assert.deepEqual(made.live, []);
  });

  it('go on by themselves when the engine ends under them, and are left to a person when it does so twice', async () => {
    const at = folder('b');
    const once = searches([
      (report) => {
        report(progress(at));
        return died();
      },
      () => findRecordOf(at),
    ]);
    const run = once.made.begin(searchOf(findRecordOf(at).params));
    await once.over();
    assert.deepEqual([once.calls, run.phase], [['findReuse', 'resumeFind'], 'done']);

    const twice = searches([died, died, died]);
    const other = twice.made.begin(searchOf(findRecordOf(folder('c')).params));
    await twice.over();
    assert.deepEqual([twice.calls, other.phase], [['findReuse', 'findReuse'], 'interrupted']);
    const end = findEnd(other);
    assert.equal(end?.weight, 'warning');
    // Without a record there is nothing to resume.
    assert.deepEqual(
      end?.steps.map(({ title }) => title),
      ['Show Search'],
    );
  });

  it('wait for one another, and leave the queue without a word', async () => {
    let end: (record: FindRecord) => void = () => {};
    const { made, calls } = searches([
      () => new Promise<FindRecord>((resolve) => (end = resolve)),
      (_, signal) =>
        new Promise<FindRecord>((_resolve, reject) => {
          const stop = () => reject(new SemapError('cancelled', phrase('Canceled.')));
          if (signal?.aborted) stop();
          else signal?.addEventListener('abort', stop);
        }),
    ]);
    const first = made.begin(searchOf(findRecordOf(folder('d')).params));
    const second = made.begin(searchOf(findRecordOf(folder('e')).params));
    assert.deepEqual([first.phase, second.phase], ['running', 'queued']);
    await made.stop(second.folder);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([second.withdrawn, findEnd(second)], [true, undefined]);
    await made.pause(first.folder);
    await made.stop(first.folder);
    assert.deepEqual(calls, ['findReuse', 'findReuse', 'pause', 'stop']);
    end(findRecordOf(first.folder));
  });

  it('are read from their folders, where what another process has is only shown', async () => {
    const at = folder('2026-11-20T10-00-00-find-icons');
    await mkdir(at, { recursive: true });
    await writeFile(
      join(at, 'run.json'),
      JSON.stringify(findRecordOf(at, { status: 'running', pid: 2 ** 31 - 2 })),
    );
    const { made } = searches([]);
    const run = await made.open(at);
    assert.deepEqual([run.phase, run.elsewhere, run.record?.recommended], ['interrupted', false, 'probe']);
    await writeFile(join(at, 'run.json'), '{"kind": "find"');
    await assert.rejects(made.open(at), { reason: 'invalid-document' });
    await writeFile(join(at, 'run.json'), JSON.stringify({ kind: 'ranking', rows: [], verdict: {} }));
    await assert.rejects(made.open(at), /is not a search for the best reuse/);
  });

  it('are resumed once, however often that is asked', async () => {
    const at = folder('2026-11-20T11-00-00-find-icons');
    await mkdir(at, { recursive: true });
    await writeFile(join(at, 'run.json'), JSON.stringify(findRecordOf(at, { status: 'paused' })));
    let end: (record: FindRecord) => void = () => {};
    const { made, calls, over } = searches([() => new Promise<FindRecord>((resolve) => (end = resolve))]);
    const [first, second] = await Promise.all([made.resume(at), made.resume(at)]);
    assert.equal(first, second);
    await eventually(() => calls[0], 'search');
    for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([calls, made.live.length], [['resumeFind'], 1]);
    end(findRecordOf(at));
    await over();
    assert.deepEqual(made.live, []);
  });

  it('leave their note again where another window of the folder took it', async () => {
    const at = join(root, '.semap', 'runs', 'taken');
    const mine = new UnfinishedRuns('find');
    await mine.add(root, at);
    assert.deepEqual((await new UnfinishedRuns('find').take(root)).folders, [at]);
    await mine.touch(root);
    assert.deepEqual((await new UnfinishedRuns('find').take(root)).folders, [at]);
    await mine.remove(root, at);
    await mine.touch(root);
    assert.deepEqual((await new UnfinishedRuns('find').take(root)).folders, []);
  });

  it('leave a note for the next window, unless a person paused them', async () => {
    const { made } = searches([() => new Promise<FindRecord>(() => {})]);
    const run = made.begin(searchOf(findRecordOf(folder('f')).params));
    const note = join(root, '.semap', 'unfinished-find.json');
    // Searches of other tests leave notes there, too.
    const isNoted = () => existsSync(note) && readFileSync(note, 'utf8').includes(JSON.stringify(run.folder));
    for (let tries = 0; !isNoted() && tries < 200; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const { folders } = await new UnfinishedRuns('find').take(root);
    assert.ok(folders.includes(run.folder));
    assert.deepEqual((await new UnfinishedRuns('training').take(root)).folders, []);
  });
});
