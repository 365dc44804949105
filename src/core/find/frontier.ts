import type { ReuseCost } from '../reuse/reuse.ts';
import { type FindCost, findCosts } from './findRecord.ts';

/** What is weighed against what it takes. */
export interface Weighed {
  /** Mean share that was right while choosing, or that is expected; null where nothing tells. */
  readonly searched: number | null;
  readonly cost: ReuseCost;
}

const GLANCE = 2;

/** A cost as a number of which less is better; null where it is not known. */
function costOf({ labels, seconds, imagesPerSecond, bytes }: ReuseCost, by: FindCost): number | null {
  switch (by) {
    case 'labels':
      return labels;
    case 'seconds':
      // What takes no longer than a glance takes nothing: which of two is faster by a tenth is chance.
      return seconds === null ? null : seconds < GLANCE ? 0 : Math.round(seconds);
    case 'speed':
      return imagesPerSecond === null ? null : -imagesPerSecond;
    default:
      return bytes;
  }
}

/** By which costs each is beaten by none that costs no more and is as good. */
export function frontiersOf(points: readonly Weighed[]): FindCost[][] {
  const on = points.map((): FindCost[] => []);
  for (const by of findCosts) {
    const known = points.flatMap(({ searched, cost }, at) => {
      const value = costOf(cost, by);
      return searched === null || value === null ? [] : [{ at, value, searched }];
    });
    known.sort((a, b) => a.value - b.value || b.searched - a.searched || a.at - b.at);
    let most = Number.NEGATIVE_INFINITY;
    for (const { at, searched } of known) {
      if (searched <= most) continue;
      most = searched;
      on[at].push(by);
    }
  }
  return on;
}
