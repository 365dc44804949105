import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Problem } from '../../../../src/core/errors.ts';
import { SemapError } from '../../../../src/core/errors.ts';
import type { TrainingRecord } from '../../../../src/core/runs/trainingRecord.ts';
import type { TrainParams } from '../../../../src/core/runs/trainingSettings.ts';
import { phrase } from '../../../../src/core/text/text.ts';
import type { TrainProgress } from '../../../../src/core/training/trainJob.ts';
import { WatchedTraining } from '../../../../src/host/training/watchedTraining.ts';
import type { CallOptions } from '../../../../src/protocol/rpc.ts';
import { column } from '../../column.ts';
import { fakeEngine } from '../results/fakeRun.ts';
import { metricsOf, recordOf } from './runFixture.ts';

const folder = '/ws/.semap/runs/one';
const params: TrainParams = recordOf(folder).params;

function epochOf(epoch: number, best = epoch): TrainProgress {
  return {
    kind: 'epoch',
    metrics: metricsOf(epoch),
    changes: [{ target: 1, from: 3, to: -1, fromLabel: 'beagle', toLabel: '' }],
    confusion: { labels: ['cat', 'dog'], counts: Uint32Array.of(4, 1, 0, 5) },
    best: { epoch: best, valAccuracy: metricsOf(best).valAccuracy, valLoss: 1 },
    prompt: { width: 1, height: 1, png: Uint8Array.of(epoch) },
  };
}

/** An engine that reports `progress` and answers `end`. */
function engineThat(progress: readonly TrainProgress[], end: () => TrainingRecord) {
  const call = (_: never, options?: CallOptions<never>) => {
    for (const one of progress) options?.onProgress?.(one as never);
    return end();
  };
  return fakeEngine({ train: call, resumeRun: call });
}

const started: TrainProgress = {
  kind: 'started',
  record: recordOf(folder, { status: 'running', baselines: [], epoch: 0 }),
  epochs: [metricsOf(0)],
};
const step: TrainProgress = {
  kind: 'step',
  epoch: 2,
  epochs: 20,
  step: 3,
  steps: 12,
  loss: 1,
  trainAccuracy: 0.5,
  imagesPerSecond: 40,
  secondsLeft: 100,
};

describe('a training run', () => {
  it('waits, prepares, trains and is done', async () => {
    const run = new WatchedTraining({ folder, params });
    const phases: string[] = [];
    run.onDidChange(() => phases.push(run.preparing ? `${run.phase} ${run.preparing.what}` : run.phase));
    const progress: TrainProgress[] = [
      { kind: 'queued', ahead: 0 },
      { kind: 'preparing', what: 'images', done: 1, total: 50 },
      started,
      epochOf(1),
      { kind: 'paused' },
      { kind: 'resumed' },
      epochOf(2),
    ];
    await run.start(
      engineThat(progress, () => recordOf(folder)),
      'train',
    );
    assert.deepEqual(phases, [
      'running',
      'queued',
      'running images',
      'running',
      'running',
      'paused',
      'running',
      'running',
      'done',
    ]);
    assert.deepEqual(run.epochs, [0, 1, 2].map(metricsOf));
    assert.equal(run.live, false);
  });

  it('keeps the newest of everything that an epoch tells', async () => {
    const run = new WatchedTraining({ folder, params });
    let seen: Partial<TrainingRecord> = {};
    run.onDidChange(() => {
      if (run.phase === 'running' && run.record) seen = run.record;
    });
    await run.start(
      engineThat([started, epochOf(1), epochOf(2, 1)], () => recordOf(folder)),
      'train',
    );
    assert.deepEqual([seen.epoch, seen.best?.epoch], [2, 1]);
    assert.deepEqual([...(run.prompt ?? [])], [2]);
  });

  it('replaces what came after the checkpoint that a resumed run goes on from', async () => {
    const record = recordOf(folder, { status: 'running' });
    const run = new WatchedTraining({
      folder,
      record,
      epochs: [0, 1, 2, 3].map(metricsOf),
      elsewhere: false,
    });
    assert.equal(run.phase, 'interrupted');
    const counts: number[] = [];
    run.onDidChange(() => counts.push(run.epochs.length));
    await run.start(
      engineThat([epochOf(2), epochOf(3)], () => recordOf(folder)),
      'resumeRun',
    );
    assert.deepEqual(counts, [4, 3, 4, 4]);
  });

  it('is interrupted, not failed, when the engine ends under it', async () => {
    const run = new WatchedTraining({ folder, params });
    const die = () => {
      throw new SemapError('engine-stopped', phrase('The engine ended.'));
    };
    await run.start(engineThat([started, epochOf(1), step], die), 'train');
    assert.deepEqual(
      [run.phase, run.error?.message, run.step],
      ['interrupted', 'The engine ended.', undefined],
    );
    assert.deepEqual(column(run.epochs, 'epoch'), [0, 1]);
  });

  it('stays paused when the engine ends meanwhile', async () => {
    const run = new WatchedTraining({ folder, params });
    const die = () => {
      throw new SemapError('engine-stopped', phrase('The engine ended.'));
    };
    await run.start(engineThat([started, epochOf(1), { kind: 'paused' }], die), 'train');
    assert.deepEqual([run.phase, run.live, run.error], ['paused', false, undefined]);
  });

  it('leaves the queue without a trace', async () => {
    const run = new WatchedTraining({ folder, params });
    const engine = fakeEngine({
      train: (_: never, options?: CallOptions<never>) => {
        options?.onProgress?.({ kind: 'queued', ahead: 0 } as never);
        return new Promise<never>((_, reject) => {
          options?.signal?.addEventListener('abort', () =>
            reject(new SemapError('cancelled', phrase('Cancelled.'))),
          );
        });
      },
    });
    const over = run.start(engine, 'train');
    run.withdraw();
    await over;
    assert.deepEqual([run.withdrawn, run.phase, run.error, run.live], [true, 'stopped', undefined, false]);
  });

  it('tells why it failed, live or from its record', async () => {
    const problem: Problem = { reason: 'out-of-space', message: phrase('The disk is full.') };
    const live = new WatchedTraining({ folder, params });
    await live.start(
      engineThat([], () => recordOf(folder, { status: 'failed', problem })),
      'train',
    );
    assert.deepEqual([live.phase, live.error?.message], ['failed', 'The disk is full.']);
    const record = recordOf(folder, { status: 'failed', problem });
    const stored = new WatchedTraining({ folder, record, epochs: [], elsewhere: false });
    assert.equal(stored.error?.message, 'The disk is full.');
  });

  it('counts a baseline of one kind once', async () => {
    const run = new WatchedTraining({ folder, params });
    const baseline = (valAccuracy: number): TrainProgress => ({
      kind: 'baseline',
      baseline: { kind: 'zero-shot', name: phrase('Zero-shot'), valAccuracy },
    });
    const seen: (number | null)[][] = [];
    run.onDidChange(() => seen.push(run.baselines.map(({ valAccuracy }) => valAccuracy)));
    await run.start(
      engineThat([baseline(0.3), baseline(0.4)], () => recordOf(folder)),
      'train',
    );
    assert.deepEqual(seen.slice(1, 3), [[0.3], [0.4]]);
  });
});
