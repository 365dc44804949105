import assert from 'node:assert/strict';
import type { TrainingRecord } from '../../../../src/core/runs/trainingRecord.ts';
import type { TrainParams } from '../../../../src/core/runs/trainingSettings.ts';
import type { TrainProgress } from '../../../../src/core/training/trainJob.ts';
import type { SuiteEngine } from '../engineHarness.ts';

/**
 * Does what breaks a run off in its middle, with more and more epochs until that has come before the run's end: it crosses a
 * process and a thread, and on a busy machine the steps of a small backbone do not wait for it.
 *
 * @param epochs of the first attempt
 * @param attempt resolves to undefined where the run was over too soon
 */
export async function beforeItsEnd<T>(
  epochs: number,
  attempt: (epochs: number) => Promise<T | undefined>,
): Promise<T> {
  for (const times of [1, 4, 16, 64]) {
    const broken = await attempt(epochs * times);
    if (broken !== undefined) return broken;
  }
  return assert.fail(`A run of ${64 * epochs} epochs was over before it was broken off.`);
}

/**
 * Begins a run, or goes on with it where it was begun, and cancels it once an epoch has ended.
 *
 * @returns undefined where it was over before the cancel came
 */
export async function pausedAfter(
  epoch: number,
  { rpc }: SuiteEngine,
  given: TrainParams | Pick<TrainParams, 'runFolder'>,
): Promise<TrainingRecord | undefined> {
  const abort = new AbortController();
  const options = {
    signal: abort.signal,
    onProgress: (progress: TrainProgress) => {
      if (progress.kind === 'epoch' && progress.metrics.epoch >= epoch) abort.abort();
    },
  };
  const record = await ('settings' in given
    ? rpc.call('train', given, options)
    : rpc.call('resumeRun', { runFolder: given.runFolder }, options));
  if (record.status === 'done') return undefined;
  assert.equal(record.status, 'paused');
  return record;
}
