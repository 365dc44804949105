import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { toSemapError } from '../../core/errors.ts';
import type { RankingSource } from '../../protocol/rankingView.ts';
import { keptRanking, readRanking } from './rankingRecord.ts';
import type { RankingRun } from './rankingRun.ts';

/** The ranking that a page of another window showed: from its record, or from what the page kept; else why it is not there. */
export async function restoreRanking(
  source: RankingSource,
): Promise<{ readonly run: RankingRun } | { readonly run?: undefined; readonly why: string }> {
  const { t } = vscode.l10n;
  if (source.record !== undefined) {
    try {
      return { run: await readRanking(dirname(source.record)) };
    } catch (error) {
      const { cause, message } = toSemapError(error);
      const gone = toSemapError(cause).reason === 'not-found';
      return {
        why: gone
          ? t('Its record {0} was deleted or renamed.', vscode.workspace.asRelativePath(source.record))
          : message,
      };
    }
  }
  const run = keptRanking(source);
  if (run) return { run };
  return {
    why:
      source.phase === 'running'
        ? t('The window was reloaded while the backbones were ranked. What was computed is kept.')
        : t('The ranking did not come to its end. What was computed is kept.'),
  };
}
