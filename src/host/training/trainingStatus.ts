import * as vscode from 'vscode';
import { percent } from '../../core/text/numbers.ts';
import { betterLayer, type FoundBetter } from '../../core/training/betterMapping.ts';
import { say } from '../language.ts';
import type { End } from '../messages.ts';
import type { RunLook } from '../runStatus.ts';
import { reachedWords } from '../runs/runWords.ts';
import { progressWords, runName } from './trainingWords.ts';
import type { WatchedTraining } from './watchedTraining.ts';

/** The trainings of this window in the status bar: the one that is trained. */
export function trainingLook(runs: readonly WatchedTraining[]): RunLook {
  const { t } = vscode.l10n;
  const run = runs.find(({ phase }) => phase === 'running') ?? runs[0];
  const { step, record, folder } = run;
  const epoch = step ? `${step.epoch}/${step.epochs}` : t('training');
  const best = record?.best ? ` ${percent(record.best.valAccuracy)}` : '';
  return {
    icon: run.phase === 'paused' ? 'debug-pause' : 'sync~spin',
    text: `${epoch}${best}`,
    tooltip: [
      t('SeMap is training {0}', runName(run)),
      progressWords(run),
      ...runs.filter((one) => one !== run).map((one) => `${runName(one)}: ${progressWords(one)}`),
      t('Click to show the training.'),
    ],
    spoken: [t('SeMap is training {0}', runName(run)), progressWords(run)].join(' · '),
    click: { title: t('Show Training'), command: 'semap.showTraining', arguments: [folder] },
  };
}

/**
 * How a training ended, and what comes next.
 * @param better a mapping that needs no prompt and does better
 * @returns undefined where there is nothing to tell
 */
export function trainingEnd(run: WatchedTraining, better: FoundBetter | undefined): End | undefined {
  const { t } = vscode.l10n;
  const { record, error, phase, folder, withdrawn } = run;
  if (withdrawn || phase === 'paused') return undefined;
  const name = runName(run);
  const step = (title: string, command: string) => ({ title, command, arguments: [folder] });
  const show = step(t('Show Training'), 'semap.showTraining');
  if (phase === 'done' || phase === 'stopped') {
    const message = [
      phase === 'done'
        ? t('Finished training {0}.', name)
        : t('Stopped training {0}. The best epoch is kept.', name),
      (record?.verdict && firstSentence(say(record.verdict))) ??
        (record?.best ? t('Accuracy: {0}.', reachedWords(record) ?? '') : ''),
    ].join(' ');
    const use = step(t('Classify with This'), 'semap.classifyWithRun');
    const keep = step(t('Keep the Better Mapping'), 'semap.keepMapping');
    const layer = record && betterLayer(record);
    const keepLayer = {
      title: t('Keep the Linear Layer'),
      command: 'semap.keepHead',
      arguments: [folder, { head: layer }],
    };
    const next = layer ? [keepLayer] : better ? [keep] : record?.best ? [use] : [];
    return { weight: 'information', message, steps: [...next, show] };
  }
  const message = [error?.message, error?.hint, run.epochs.length > 0 ? t('Completed epochs are kept.') : '']
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  const resume = step(t('Resume'), 'semap.resumeTraining');
  return { weight: 'warning', message, steps: [...(record ? [resume] : []), show] };
}

/** A notification has room for one; the page has the rest. */
function firstSentence(text: string): string {
  return /^.*?(?:[.](?=\s|$)|。)/su.exec(text)?.[0] ?? text;
}
