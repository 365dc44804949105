import * as vscode from 'vscode';
import { percent } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import { betterLayer, betterMapping, type FoundBetter } from '../../core/training/betterMapping.ts';
import { say } from '../language.ts';
import type { End } from '../messages.ts';
import type { RunLook } from '../runStatus.ts';
import type { LongRunWords } from '../runs/longRunCommands.ts';
import { phaseName, reachedWords, settingsWords } from '../runs/runWords.ts';
import { progressWords, runName } from './trainingWords.ts';
import type { WatchedTraining } from './watchedTraining.ts';

/** What is said of trainings wherever long runs are told. */
export function trainingRunWords(): LongRunWords<'training', WatchedTraining> {
  const { t } = vscode.l10n;
  return {
    item: { id: 'semap.training', name: t('SeMap Training'), priority: 91 },
    look: trainingLook,
    nameOf: runName,
    held: ({ phase, params }) => `${phaseName(phase)} · ${settingsWords(params.settings)}`,
    // Epochs, not steps.
    row: ({ epochs }) => `${epochs.length}`,
    interrupted: (run) => t('Training {0} was interrupted.', runName(run)),
    end: (run) => trainingEnd(run, run.record && betterMapping(run.record)),
    logged: { kind: 'Training', begins: 'Training on' },
    none: {
      message: t('There are no trainings yet.'),
      step: { title: t('Train Visual Prompt...'), command: 'semap.trainPrompt' },
    },
    resume: {
      none: t('There is no training to resume.'),
      title: t('SeMap: Resume Training'),
      placeholder: t('Which training do you want to resume?'),
      row: ({ record }, phase) =>
        [phaseName(phase), reachedWords(record)].filter((word) => word !== undefined).join(', '),
    },
    trust: phrase('Trust the workspace to train with the settings of its runs.'),
  };
}

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
