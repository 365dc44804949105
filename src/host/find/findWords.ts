import * as vscode from 'vscode';
import { timeLeft } from '../../core/text/numbers.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { phrase } from '../../core/text/text.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import type { End } from '../messages.ts';
import type { RunLook } from '../runStatus.ts';
import type { LongRunWords } from '../runs/longRunCommands.ts';
import { nameOfRun } from '../runs/runEntry.ts';
import { findingName, foundWords } from '../runs/runWords.ts';
import type { WatchedSearch } from './watchedSearch.ts';

const SHOW = 'semap.showFind';

/** What a search is called, before its record is written too. */
export function searchName({ folder, record, params }: WatchedSearch): string {
  return record ? nameOfRun(folder, record.time, record.name) : oneLine(titleOf(params.folders));
}

/** What is said of searches wherever long runs are told. */
export function findRunWords(): LongRunWords<'find', WatchedSearch> {
  const { t } = vscode.l10n;
  return {
    item: { id: 'semap.find', name: t('SeMap Best Reuse'), priority: 92 },
    look: findLook,
    nameOf: searchName,
    held: ({ phase }) => `${t('best reuse')} · ${findingName(phase)}`,
    // What leads, not every step.
    row: ({ record }) => `${record?.recommended}`,
    interrupted: (run) => t('The search {0} was interrupted.', searchName(run)),
    end: findEnd,
    logged: { kind: 'Search', begins: 'Finding the best reuse for' },
    none: {
      message: t('There are no searches yet.'),
      step: { title: t('Find Best Reuse...'), command: 'semap.findReuse' },
    },
    resume: {
      none: t('There is no search to resume.'),
      title: t('SeMap: Resume Search'),
      placeholder: t('Which search do you want to resume?'),
      row: ({ record }, phase) =>
        [findingName(phase), foundWords(record)].filter((word) => word !== undefined).join(', '),
    },
    trust: phrase('Trust the workspace to search with the settings of its runs.'),
  };
}

/** What a search does and how long it may, in one line. */
function progressWords({ phase, activity, secondsLeft, record }: WatchedSearch): string {
  const found = record && foundWords(record);
  return [
    phase === 'running' && activity ? say(activity.what) : findingName(phase),
    found,
    phase === 'running' && secondsLeft !== undefined ? say(timeLeft(secondsLeft)) : undefined,
  ]
    .filter((word) => word !== undefined)
    .join(' · ');
}

/** The searches of this window in the status bar. */
export function findLook(runs: readonly WatchedSearch[]): RunLook {
  const { t } = vscode.l10n;
  const run = runs.find(({ phase }) => phase === 'running') ?? runs[0];
  const { secondsLeft, phase, folder } = run;
  const title = titleOf(run.params.folders);
  const left =
    phase === 'running' && secondsLeft !== undefined ? say(timeLeft(secondsLeft)) : findingName(phase);
  const about = t('SeMap is finding the best reuse for {0}', title);
  return {
    icon: phase === 'paused' ? 'debug-pause' : 'sync~spin',
    text: `${title} ${left}`,
    tooltip: [
      about,
      progressWords(run),
      ...runs.filter((one) => one !== run).map((one) => `${searchName(one)}: ${progressWords(one)}`),
      t('Click to show the search.'),
    ],
    spoken: [about, progressWords(run)].join(' · '),
    click: { title: t('Show Search'), command: SHOW, arguments: [folder] },
  };
}

/**
 * How a search ended, and what comes next.
 * @returns undefined where there is nothing to tell
 */
export function findEnd(run: WatchedSearch): End | undefined {
  const { t } = vscode.l10n;
  const { record, error, phase, folder, withdrawn } = run;
  if (withdrawn || phase === 'paused') return undefined;
  const step = (title: string, command: string) => ({ title, command, arguments: [folder] });
  const show = step(t('Show Search'), SHOW);
  if (phase === 'done' || phase === 'stopped') {
    const verdict = record?.verdict.slice(0, SENTENCES).map(say) ?? [];
    const message = [
      phase === 'done'
        ? t('Found the best reuse for {0}.', titleOf(run.params.folders))
        : t('Stopped the search on {0}. What it found is kept.', titleOf(run.params.folders)),
      ...verdict,
    ].join(' ');
    return { weight: 'information', message, steps: [show] };
  }
  const message = [
    error?.message ?? t('The search was interrupted.'),
    error?.hint,
    record && record.points.length > 0 ? t('What it found is kept.') : undefined,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  return {
    weight: 'warning',
    message,
    steps: [...(record ? [step(t('Resume'), 'semap.resumeFind')] : []), show],
  };
}

/** A notification has room for as many; the page has the rest. */
const SENTENCES = 3;
