import * as vscode from 'vscode';
import { percent } from '../../core/text/numbers.ts';
import { oneLine } from '../../core/text/plainText.ts';
import type { PromptKind, RunRecord, TrainMapping, TrainSettings } from '../../protocol/training.ts';
import type { TrainingPhase } from '../../protocol/trainingView.ts';
import { titleOf } from '../folderNames.ts';
import { nameOfRun } from '../runs/runEntries.ts';
import type { TrainingRun } from './trainingRun.ts';

/** What a kind of prompt is called. */
export function promptName(kind: PromptKind): string {
  const { t } = vscode.l10n;
  const names: Record<PromptKind, string> = {
    padding: t('padding'),
    watermark: t('watermark'),
    'low-rank': t('low-rank'),
    mask: t('mask'),
    none: t('no prompt'),
  };
  return Object.hasOwn(names, kind) ? names[kind] : kind;
}

/** What a way of mapping is called. */
export function mappingName(mapping: TrainMapping): string {
  const names: Record<TrainMapping, string> = {
    semap: 'SeMap',
    ilm: 'ILM',
    flm: 'FLM',
    blm: 'BLM',
    'blm+': 'BLM+',
    'semap-labels': vscode.l10n.t('SeMap + labels'),
  };
  return Object.hasOwn(names, mapping) ? names[mapping] : mapping;
}

/** `padding + BLM+`. */
export function settingsWords({ prompt, mapping }: TrainSettings): string {
  return `${promptName(prompt.kind)} + ${mappingName(mapping ?? 'blm+')}`;
}

export function phaseName(phase: TrainingPhase): string {
  const { t } = vscode.l10n;
  const names: Record<TrainingPhase, string> = {
    queued: t('waiting'),
    running: t('training'),
    paused: t('paused'),
    done: t('done'),
    stopped: t('stopped'),
    interrupted: t('interrupted'),
    failed: t('failed'),
  };
  return names[phase];
}

/** `80.4% on 40 validation images of icons`: what a training reached, and on what. */
export function reachedWords(record: RunRecord): string | undefined {
  const { t } = vscode.l10n;
  const { best, params, validationImages, testAccuracy, testImages } = record;
  // Validation images have chosen the epoch; those of the test folder have chosen nothing.
  if (typeof testAccuracy === 'number' && testImages !== undefined && params.testFolder !== undefined) {
    const folder = titleOf([params.testFolder]);
    return t('{0} on {1} test images of {2}', percent(testAccuracy), testImages, oneLine(folder));
  }
  if (!best) return undefined;
  const folder = oneLine(titleOf(params.folders));
  return t('{0} on {1} validation images of {2}', percent(best.valAccuracy), validationImages, folder);
}

/** `50 s`, `4 min`, `1.5 h`. */
export function duration(seconds: number): string {
  const { t } = vscode.l10n;
  if (seconds < 1) return t('less than 1 s');
  if (seconds < 90) return t('{0} s', Math.round(seconds));
  if (seconds < 90 * 60) return t('{0} min', Math.round(seconds / 60));
  return t('{0} h', (seconds / 3600).toFixed(1));
}

/** What is done besides training steps. */
export function preparationWords(run: TrainingRun): string | undefined {
  const { t } = vscode.l10n;
  if (run.phase === 'queued') {
    return run.ahead > 0
      ? t('waiting for {0} runs before it', run.ahead + 1)
      : t('waiting for the run before it');
  }
  const { preparing } = run;
  if (!preparing) return undefined;
  const { what, done, total } = preparing;
  const words = {
    graph: t('deriving the gradient'),
    images: t('reading images'),
    outputs: t('running the backbone once'),
    baselines: t('computing baselines'),
  }[what];
  return total > 1 ? t('{0}, {1} of {2}', words, done, total) : words;
}

/** How far a run is, in one line. */
export function progressWords(run: TrainingRun): string {
  const { t } = vscode.l10n;
  const { step, record } = run;
  const parts: string[] = [];
  if (run.phase === 'paused') parts.push(t('paused'));
  const preparing = preparationWords(run);
  if (preparing !== undefined) parts.push(preparing);
  else if (run.phase === 'running' && !step && run.epochs.length === 0) parts.push(t('starting'));
  if (step) parts.push(t('epoch {0} of {1}', step.epoch, step.epochs));
  if (record?.best) parts.push(t('{0} on validation', percent(record.best.valAccuracy)));
  if (step && run.phase === 'running') parts.push(t('{0} left', duration(step.secondsLeft)));
  return parts.join(', ');
}

/** What a run is called, before its record is written too. */
export function runName({ folder, record, params }: TrainingRun): string {
  return record ? nameOfRun(folder, record.time, record.name) : oneLine(titleOf(params.folders));
}
