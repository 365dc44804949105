import type { RankingSummary } from '../../src/protocol/rankingView.ts';

/** What is being done, or how it ended. */
export function howFar(state: RankingSummary): string {
  const { phase, activity, rows, backbones } = state;
  if (phase !== 'running') return ending(state);
  if (!activity) return rows.length === 0 ? 'Looking at the backbones…' : 'Working…';
  const look = activity.round === 1 ? 'a first look' : 'a closer look';
  const which =
    activity.round === 1 ? `backbone ${rows.length} of ${Math.max(rows.length, backbones)}, ` : '';
  return `${activity.backbone}: ${activity.done.toLocaleString()} of ${activity.total.toLocaleString()} images (${which}${look})`;
}

export function ending({ phase, rows }: RankingSummary): string {
  const ranked = rows.filter(({ problem, scores }) => problem === undefined && scores).length;
  const count = ranked === 1 ? '1 backbone' : `${ranked} backbones`;
  if (phase === 'cancelled') return `Cancelled. ${count} looked at.`;
  return phase === 'failed' ? 'Stopped.' : `${count} ranked.`;
}
