import type { Units } from '../metrics/units.ts';
import type { Candidate } from './candidate.ts';
import type { LabelBudget } from './findWays.ts';
import { isWhole, levelledMean, type Outcomes, pairedDifference } from './outcomes.ts';

/** Mean share that was right while choosing, as if all had been asked the same images; null where nothing was asked. */
export function searchedOf(candidate: Candidate, reference: Outcomes | undefined): number | null {
  return candidate.search ? levelledMean(candidate.search.mean, reference) : null;
}

/** What others are levelled by that were not asked everything: the best that was asked the most labels' ways. */
export function referenceOf(candidates: readonly Candidate[]): Outcomes | undefined {
  let best: { share: number; outcomes: Outcomes } | undefined;
  for (const { search, find, problem } of candidates) {
    if (!search || !find || problem || !isWhole(search.mean)) continue;
    const share = levelledMean(search.mean, undefined) ?? 0;
    if (!best || share > best.share) best = { share, outcomes: search.mean };
  }
  return best?.outcomes;
}

/** Whether it may be recommended: what is simulated with fewer labels than there are may not. */
export function isEligible({ budget, search, problem }: Candidate): boolean {
  return (budget === 0 || budget === 'all') && search !== undefined && !problem;
}

/** Differences within so many standard errors are no reason to prefer what costs more. */
const ERRORS = 1;

/**
 * What is recommended, by the images that chose alone: of those that are not clearly worse than the best (one standard
 * error of their difference on the same images; Breiman et al. 1984), the one that asks least of a person and a machine:
 * no prompt, one backbone, then the fastest.
 * @param biasOf how much better a way looks because it was chosen, where its figure is lowered by that: labels that after
 * all make it no better than what a person takes without any are not worth it
 */
export function recommendedOf(
  candidates: readonly Candidate[],
  units: Units,
  reference: Outcomes | undefined,
  biasOf?: (one: Candidate) => number,
): Candidate | undefined {
  const eligible = candidates.filter(isEligible);
  const share = (one: Candidate) => searchedOf(one, reference) ?? -1;
  const best = eligible.reduce<Candidate | undefined>(
    (top, one) => (!top || share(one) > share(top) ? one : top),
    undefined,
  );
  if (!best) return undefined;
  const near = eligible.filter((one) => {
    if (one === best) return true;
    const { value, error } = pairedDifference(best.search!.mean, one.search!.mean, units);
    return value <= ERRORS * error && share(best) - share(one) <= ERRORS * error;
  });
  const asks = (one: Candidate): readonly number[] => [
    one.way.prompt ? 1 : 0,
    one.backbones.length,
    one.cost.labels > 0 ? 1 : 0,
    one.way.settled ? 1 : 0,
    -(one.cost.imagesPerSecond ?? 0),
    -share(one),
  ];
  const unlabelled = biasOf && withoutLabels(candidates);
  const least = unlabelled ? share(unlabelled) : -1;
  const worth = near.filter((one) => one.budget === 0 || !biasOf || share(one) - biasOf(one) >= least);
  return worth.reduce((top, one) => (isLess(asks(one), asks(top)) ? one : top), worth[0] ?? unlabelled);
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}

/**
 * What a person without labels would take: settled answers of the backbone that probably gets most right, judged without
 * labels. Labels neither chose nor taught it.
 */
export function withoutLabels(candidates: readonly Candidate[]): Candidate | undefined {
  const judged = candidates.filter(({ budget, expected, problem }) => budget === 0 && expected && !problem);
  const best = judged.reduce<Candidate | undefined>(
    (top, one) => (!top || one.expected!.value > top.expected!.value ? one : top),
    undefined,
  );
  if (!best) return undefined;
  const settled = candidates.find(
    ({ find, key, problem }) => find?.id === 'settled' && key === best.key && !problem,
  );
  return settled?.search ? settled : best;
}

/** The best by so many labels, of one backbone and without a prompt: what others are compared with. */
export function plainBest(candidates: readonly Candidate[], budget: LabelBudget): Candidate | undefined {
  const rivals = candidates.filter(
    (one) => one.budget === budget && !one.problem && !one.way.prompt && one.backbones.length === 1,
  );
  return bestOf(rivals, referenceOf(candidates));
}

/** The best of some by the images that chose. */
export function bestOf(
  candidates: readonly Candidate[],
  reference: Outcomes | undefined,
): Candidate | undefined {
  let best: { one: Candidate; share: number } | undefined;
  for (const one of candidates) {
    const share = searchedOf(one, reference);
    if (share !== null && (!best || share > best.share)) best = { one, share };
  }
  return best?.one;
}
