import * as vscode from 'vscode';
import { percent, timeLeft } from '../../core/text/numbers.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { nameOfRun } from '../runs/runEntry.ts';
import type { WatchedTraining } from './watchedTraining.ts';

/** What is done besides training steps. */
export function preparationWords(run: WatchedTraining): string | undefined {
  const { t } = vscode.l10n;
  if (run.phase === 'queued') {
    return run.ahead > 0 ? t('waiting for {0} other runs', run.ahead + 1) : t('waiting for another run');
  }
  const { preparing } = run;
  if (!preparing) return undefined;
  const { what, done, total } = preparing;
  const words = {
    graph: t('deriving the gradient'),
    images: t('reading images'),
    outputs: t('running the backbone'),
    baselines: t('computing baselines'),
  }[what];
  return total > 1 ? [words, t('{0} of {1}', done, total)].join(' · ') : words;
}

/** How far a run is, in one line. */
export function progressWords(run: WatchedTraining): string {
  const { t } = vscode.l10n;
  const { step, record } = run;
  const parts: string[] = [];
  if (run.phase === 'paused') parts.push(t('paused'));
  const preparing = preparationWords(run);
  if (preparing !== undefined) parts.push(preparing);
  else if (run.phase === 'running' && !step && run.epochs.length === 0) parts.push(t('starting'));
  if (step) parts.push(t('epoch {0} of {1}', step.epoch, step.epochs));
  if (record?.best) parts.push(t('{0} on validation', percent(record.best.valAccuracy)));
  if (step && run.phase === 'running') parts.push(say(timeLeft(step.secondsLeft)));
  return parts.join(' · ');
}

/** What a run is called, before its record is written too. */
export function runName({ folder, record, params }: WatchedTraining): string {
  return record ? nameOfRun(folder, record.time, record.name) : oneLine(titleOf(params.folders));
}
