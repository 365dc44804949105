import { phrase } from '../../src/core/text/text.ts';
import type { RankingSummary } from '../../src/protocol/rankingView.ts';
import { plural, t } from '../common/language.ts';

/** What is being done, or how it ended. */
export function howFar(state: RankingSummary): string {
  const { phase, activity, rows, backbones } = state;
  if (phase !== 'running') return ending(state);
  if (!activity) return rows.length === 0 ? t('Looking for backbones...') : t('Working...');
  const round =
    activity.round === 1
      ? phrase('backbone {0} of {1}, first pass', rows.length, Math.max(rows.length, backbones))
      : phrase('second pass');
  return t('{0}: {1} of {2} images ({3})', activity.backbone, activity.done, activity.total, round);
}

export function ending({ phase, rows }: RankingSummary): string {
  const ranked = rows.filter(({ problem, scores }) => problem === undefined && scores).length;
  if (phase === 'failed') return t('Stopped.');
  if (phase === 'cancelled') {
    return plural(ranked, 'Canceled after {0} backbone.', 'Canceled after {0} backbones.');
  }
  return plural(ranked, '{0} backbone ranked.', '{0} backbones ranked.');
}
