import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SemapError } from '../../../../src/core/errors.ts';
import type { TrainingRecord } from '../../../../src/core/runs/trainingRecord.ts';
import type { TrainParams } from '../../../../src/core/runs/trainingSettings.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { TrainProgress } from '../../../../src/core/training/trainJob.ts';
import { lockRun } from '../../../../src/files/runFolders.ts';
import { WatchedTraining } from '../../../../src/host/training/watchedTraining.ts';
import type { CallOptions } from '../../../../src/protocol/rpc.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import '../withFakeVscode.ts';
import { testFolder } from '../../folders.ts';
import { metricsOf, recordOf, writeRun } from './runFixture.ts';

const { Trainings } = await import('../../../../src/host/training/trainings.ts');
const { UnfinishedRuns } = await import('../../../../src/host/runs/unfinishedRuns.ts');

type Report = (progress: TrainProgress) => void;
type Act = (report: Report) => Promise<TrainingRecord> | TrainingRecord;

describe('the trainings of a window', () => {
  const root = testFolder();
  /** Trainings whose calls of the engine do what `acts` says, one after the other. */
  function trainings(acts: readonly Act[], asked?: TrainParams) {
    const calls: string[] = [];
    let running: Promise<void> | undefined;
    const call = (method: string) => (_: unknown, options?: CallOptions<TrainProgress>) => {
      const act = acts[calls.length];
      calls.push(method);
      assert.ok(act, `call ${calls.length} of the engine was not expected`);
      return act((progress) => options?.onProgress?.(progress));
    };
    const made = new Trainings({
      engine: fakeEngine({
        train: call('train'),
        resumeRun: call('resumeRun'),
        pauseTraining: () => void calls.push('pause'),
        resumeTraining: () => void calls.push('resume'),
        stopTraining: () => void calls.push('stop'),
      } as never),
      asked: () => asked,
      unfinished: new UnfinishedRuns('training'),
      watch: (_: WatchedTraining, until) => {
        running = until;
      },
    });
    return { made, calls, over: () => running };
  }

  const runFolder = () => join(root, '.semap', 'runs', 'one');
  const params = () => ({ ...recordOf(runFolder()).params, runFolder: runFolder() });
  const started = (): TrainProgress => ({
    kind: 'started',
    record: recordOf(runFolder(), { status: 'running' }),
    epochs: [metricsOf(0)],
  });
  const epoch = (n: number): TrainProgress => ({
    kind: 'epoch',
    metrics: metricsOf(n),
    changes: [],
    confusion: { labels: [], counts: [] },
    best: { epoch: n, valAccuracy: 0.5, valLoss: 1 },
  });
  const dies = () => {
    throw new SemapError('engine-stopped', phrase('The engine ended.'));
  };

  it('go on by themselves when the engine ends under them', async () => {
    const { made, calls, over } = trainings([
      (report) => {
        report(started());
        report(epoch(1));
        return dies();
      },
      (report) => {
        report(epoch(2));
        return dies();
      },
      () => recordOf(runFolder()),
    ]);
    const run = made.begin(new WatchedTraining({ folder: runFolder(), params: params() }));
    await over();
    assert.deepEqual(calls, ['train', 'resumeRun', 'resumeRun']);
    assert.equal(run.phase, 'done');
    assert.deepEqual(made.live, []);
  });

  it('give up when the engine ends again before an epoch is over, and stay to be resumed', async () => {
    const { made, calls, over } = trainings([
      (report) => {
        report(started());
        report(epoch(1));
        return dies();
      },
      dies,
      dies,
    ]);
    const run = made.begin(new WatchedTraining({ folder: runFolder(), params: params() }));
    await over();
    assert.deepEqual(calls, ['train', 'resumeRun', 'resumeRun']);
    assert.equal(run.phase, 'interrupted');
    const { folders } = await new UnfinishedRuns('training').take(root);
    assert.deepEqual(folders, [runFolder()]);
  });

  it('that waited when the engine ended wait again', async () => {
    const { made, calls, over } = trainings([
      (report) => {
        report({ kind: 'queued', ahead: 0 });
        return dies();
      },
      () => recordOf(runFolder()),
    ]);
    const run = made.begin(new WatchedTraining({ folder: runFolder(), params: params() }));
    await over();
    assert.deepEqual([calls, run.phase], [['train', 'train'], 'done']);
  });

  it('that waited when their window went begin in the next one, with what was asked', async () => {
    const asked = params();
    const { made, calls, over } = trainings([() => recordOf(runFolder())], asked);
    assert.deepEqual((await made.open(runFolder())).params, asked);
    const run = await made.resume(runFolder());
    await over();
    assert.deepEqual([calls, run.phase], [['train'], 'done']);
  });

  it('are steered only while they are live, and resumed from their folder afterwards', async () => {
    let end: (record: TrainingRecord) => void = () => {};
    const { made, calls, over } = trainings([
      (report) => {
        report(started());
        report({ kind: 'paused' });
        return new Promise<TrainingRecord>((resolve) => {
          end = resolve;
        });
      },
    ]);
    await made.stop(runFolder());
    const run = made.begin(new WatchedTraining({ folder: runFolder(), params: params() }));
    assert.equal(await made.open(runFolder()), run);
    await made.resume(runFolder());
    await made.stop(runFolder());
    end(recordOf(runFolder(), { status: 'stopped' }));
    await over();
    assert.deepEqual(calls, ['train', 'resume', 'stop']);
    await made.pause(runFolder());
    assert.equal(calls.length, 3);
  });

  it('that a person paused are not taken up by the next window', async () => {
    const { made, over } = trainings([
      async (report) => {
        report(started());
        report({ kind: 'paused' });
        await new Promise((resolve) => setTimeout(resolve, 50));
        const marker = join(root, '.semap', 'unfinished-training.json');
        await assert.rejects(readFile(marker), { code: 'ENOENT' });
        return recordOf(runFolder());
      },
    ]);
    made.begin(new WatchedTraining({ folder: runFolder(), params: params() }));
    await over();
  });

  it('that a person paused stay paused when the engine goes', async () => {
    const { made, calls, over } = trainings([
      (report) => {
        report(started());
        report({ kind: 'paused' });
        return dies();
      },
    ]);
    const run = made.begin(new WatchedTraining({ folder: runFolder(), params: params() }));
    await over();
    assert.deepEqual([calls, run.phase], [['train'], 'paused']);
    assert.deepEqual((await new UnfinishedRuns('training').take(root)).folders, []);
  });

  it('that end with a checkpoint because their window goes are left to the next one', async () => {
    const { made, over } = trainings([
      (report) => {
        report(started());
        return recordOf(runFolder(), { status: 'paused' });
      },
    ]);
    made.begin(new WatchedTraining({ folder: runFolder(), params: params() }));
    await over();
    assert.deepEqual((await new UnfinishedRuns('training').take(root)).folders, [runFolder()]);
  });

  it('of a process that runs elsewhere are left to it', async () => {
    const folder = await writeRun(root, 'elsewhere', { status: 'running', pid: process.ppid });
    const { made } = trainings([]);
    // A process of that id that does not have the run is another one.
    assert.equal((await made.open(folder)).phase, 'interrupted');
    const lock = await lockRun(folder);
    await assert.rejects(made.resume(folder), { reason: 'busy' });
    await lock.release();
    const gone = await writeRun(root, 'gone', { status: 'running', pid: 2 ** 31 - 2 });
    assert.equal((await made.open(gone)).phase, 'interrupted');
    await assert.rejects(made.open(join(root, 'nothing')), { reason: 'invalid-document' });
  });
});
