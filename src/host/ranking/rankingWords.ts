import * as vscode from 'vscode';
import { plural } from '../../core/text/text.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import type { End } from '../messages.ts';
import type { RunLook } from '../runStatus.ts';
import type { RankingRun } from './rankingRun.ts';

const SHOW = 'semap.showRanking';

/** A ranking in the status bar. */
export function rankingLook(runs: readonly RankingRun[]): RunLook {
  const { t } = vscode.l10n;
  const { params, rows } = runs[runs.length - 1];
  const title = titleOf(params.folders);
  const far = `${rows.length}/${params.backbones?.length ?? rows.length}`;
  return {
    icon: 'sync~spin',
    text: `${title} ${far}`,
    tooltip: [t('Ranking backbones'), `${title} ${far}`, t('Click to show the ranking.')],
    spoken: [t('Ranking backbones'), title, far].join(' · '),
    click: { title: t('Show Ranking'), command: SHOW },
  };
}

/** How a ranking ended that was not interrupted by a failure. */
export function rankingEnd(run: RankingRun): End {
  const { t } = vscode.l10n;
  const { params, rows, verdict, phase } = run;
  const ranked = say(
    plural(
      rows.length,
      'Ranked {0} backbone on {1}.',
      'Ranked {0} backbones on {1}.',
      titleOf(params.folders),
    ),
  );
  const message = phase === 'cancelled' ? t('Canceled.') : ranked;
  return {
    weight: 'information',
    message: verdict ? `${message} ${say(verdict.headline)}` : message,
    steps: [{ title: t('Show Ranking'), command: SHOW }],
  };
}
