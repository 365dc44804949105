import { wilson } from '../metrics/significance.ts';
import { type Units, unitSums } from '../metrics/units.ts';
import type { ReuseFigure } from '../reuse/reuse.ts';
import type { Candidate } from './candidate.ts';
import {
  bestOf,
  isEligible,
  plainBest,
  recommendedOf,
  referenceOf,
  searchedOf,
  withoutLabels,
} from './choose.ts';
import { type CorrectedShare, correctedBest } from './choosingBias.ts';
import { type Compared, differencesOf } from './differences.ts';
import type { FindDifference, FindPoint } from './findRecord.ts';
import { labelBudgets } from './findWays.ts';
import { frontiersOf } from './frontier.ts';
import { isWhole, meanOf, type Outcomes } from './outcomes.ts';

/** What a search has come to. */
export interface SearchState {
  readonly candidates: readonly Candidate[];
  /** Near-duplicates among the images of the search part, and of those held out. */
  readonly searchUnits: Units;
  readonly heldOutUnits: Units;
  /** Whether what chooses has been decided: only then anything is corrected or compared. */
  readonly decided: boolean;
}

/** The points of a search, and what was made of them. */
export interface SearchPoints {
  /** Best first. */
  readonly points: readonly FindPoint[];
  readonly differences: readonly FindDifference[];
  readonly recommended?: string | undefined;
  /** Id of what a person without labels would take. */
  readonly unlabelled?: string | undefined;
  /** By how much choosing the best of all made it look better, where that was corrected. */
  readonly bias?: number | undefined;
}

/** Draws that tell by how much choosing made a way look better, where no figure is lowered by it. */
const BIAS_ROUNDS = 200;

/** What reports on the images that were held out: what is on a frontier, by any cost, and what is compared. */
export function reporters(candidates: readonly Candidate[], searchUnits: Units): Candidate[] {
  const reference = referenceOf(candidates);
  const frontiers = frontiersOf(
    candidates.map((one) => ({ cost: one.cost, searched: judgedBy(one, reference) })),
  );
  const biasOf = biasBy(correctionsOf(candidates, searchUnits, BIAS_ROUNDS));
  const told = toldOf(candidates, recommendedOf(candidates, searchUnits, reference, biasOf));
  return candidates.filter((one, at) => !one.problem && (frontiers[at].length > 0 || told.has(one)));
}

/** What a verdict speaks of, on a frontier or not: its figures must be such as report. */
function toldOf(candidates: readonly Candidate[], recommended: Candidate | undefined): Set<Candidate> {
  const told = [
    recommended,
    withoutLabels(candidates),
    ...labelBudgets.filter((budget) => budget !== 0).map((budget) => plainBest(candidates, budget)),
  ];
  return new Set([...told.filter((one) => one !== undefined), ...pairsOf(candidates, recommended).flat()]);
}

function judgedBy(one: Candidate, reference: Outcomes | undefined): number | null {
  if (one.problem) return null;
  return searchedOf(one, reference) ?? one.expected?.value ?? null;
}

export function searchPoints({ candidates, searchUnits, heldOutUnits, decided }: SearchState): SearchPoints {
  const reference = referenceOf(candidates);
  const unlabelled = withoutLabels(candidates);
  const measured = candidates.some(({ search }) => search);
  const isCorrected = decided && heldOutUnits.length === 0;
  const frontiers = frontiersOf(
    candidates.map((one) => ({ cost: one.cost, searched: judgedBy(one, reference) })),
  );
  const correctedFor = correctionsOf(candidates, searchUnits, isCorrected ? undefined : BIAS_ROUNDS);
  const recommended = measured
    ? recommendedOf(candidates, searchUnits, reference, decided ? biasBy(correctedFor) : undefined)
    : bestExpected(candidates);
  const told = decided ? toldOf(candidates, recommended) : new Set<Candidate>();
  // What is lowered most: where nothing by labels is recommended, others that are told of were chosen all the same.
  const most = plainBest(candidates, 'all') ?? recommended;
  const points = candidates.map((one, at): FindPoint => {
    const { id, way, backbones, cost, round, ended, problem, note, training } = one;
    const searched = searchedOf(one, reference);
    const isReported = frontiers[at].length > 0 || told.has(one);
    return {
      id,
      way,
      backbones,
      figure: figureOf(one, searched, {
        searchUnits,
        heldOutUnits,
        corrected: isCorrected && isReported ? () => correctedFor(one) : undefined,
        // What it looks like before the end is said of all in the same way.
        apart: decided && one === unlabelled,
      }),
      cost,
      ...(problem && { problem }),
      ...(note && { note }),
      round,
      ...(ended && { ended }),
      searched,
      frontier: frontiers[at],
      ...(training !== undefined && { training }),
    };
  });
  const order = (point: FindPoint) => point.searched ?? point.figure?.value ?? -1;
  points.sort((a, b) => order(b) - order(a) || (a.id < b.id ? -1 : 1));
  return {
    points,
    differences: decided
      ? comparisons({ candidates, searchUnits, heldOutUnits, recommended }, correctedFor)
      : [],
    ...(recommended && { recommended: recommended.id }),
    ...(unlabelled && { unlabelled: unlabelled.id }),
    ...(isCorrected && most && { bias: correctedFor(most)?.bias }),
  };
}

type Corrections = (one: Candidate) => CorrectedShare | undefined;

/** What the best is worth of all that a way was chosen from: whatever learns from as many labels, together. */
function correctionsOf(candidates: readonly Candidate[], units: Units, rounds?: number): Corrections {
  const known = new Map<string, CorrectedShare | undefined>();
  return ({ cost: { labels }, search }) => {
    const whole = search !== undefined && isWhole(search.mean);
    const key = `${labels} ${whole}`;
    if (!known.has(key)) known.set(key, correctedAmong(candidates, labels, { whole, units, rounds }));
    return known.get(key);
  };
}

/** By how much a way looks better because it was chosen. */
function biasBy(correctedFor: Corrections): (one: Candidate) => number {
  return (one) => Math.max(0, correctedFor(one)?.bias ?? 0);
}

function bestExpected(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (top, one) => (one.expected && one.expected.value > (top?.expected?.value ?? -1) ? one : top),
    undefined,
  );
}

/**
 * What the best is worth of all that learn from at most so many labels.
 * @param whole of those alone that were asked all images: the best of them was chosen from them whatever else there was.
 * Prompts are asked a few images only, and would often be the best of a bag by chance.
 */
function correctedAmong(
  candidates: readonly Candidate[],
  labels: number,
  {
    whole,
    units,
    rounds,
  }: { readonly whole: boolean; readonly units: Units; readonly rounds: number | undefined },
): CorrectedShare | undefined {
  const rivals = candidates.filter(
    ({ cost, search, problem }) =>
      search && !problem && cost.labels <= labels && (!whole || isWhole(search.mean)),
  );
  return correctedBest(
    rivals.map(({ search }) => search!.mean),
    units,
    { rounds },
  );
}

interface FigureContext {
  readonly searchUnits: Units;
  readonly heldOutUnits: Units;
  /** What the best of those that it was chosen from is worth; undefined where it was not chosen, or not yet. */
  readonly corrected: (() => CorrectedShare | undefined) | undefined;
  /** Labels neither chose nor taught it. */
  readonly apart: boolean;
}

function figureOf(
  one: Candidate,
  searched: number | null,
  { searchUnits, heldOutUnits, corrected, apart }: FigureContext,
): ReuseFigure | null {
  if (one.problem) return null;
  if (one.heldOut) return shareOf(one.heldOut.mean, heldOutUnits, 'held-out');
  if (one.search && searched !== null) {
    const found = shareOf(one.search.mean, searchUnits, apart ? 'unused-labels' : 'validation');
    if (apart) return found;
    const best = corrected?.();
    if (!best || !found) return found && movedTo(searched, found, found);
    // The best of all is worth what the bootstrap says; others on the frontier lose as much, for they were chosen as well.
    const value = Math.max(0, searched - Math.max(0, best.bias));
    // Of what was asked only some of the images the bootstrap's interval, which is of all, would be too narrow.
    const interval = isWhole(one.search.mean) ? best : found;
    return movedTo(value, interval, { images: found.images, by: 'corrected' });
  }
  return one.expected ? { ...one.expected, images: 0, by: 'expected' } : null;
}

/** A figure of another value than its interval was found for, which moves with it. */
function movedTo(
  value: number,
  interval: Pick<ReuseFigure, 'value' | 'low' | 'high'>,
  { images, by }: Pick<ReuseFigure, 'images' | 'by'>,
): ReuseFigure {
  const shift = value - interval.value;
  const [low, high] = [Math.max(0, interval.low + shift), Math.min(1, interval.high + shift)];
  return { value, low, high, images, by };
}

/** A share with Wilson's interval, in which near-duplicates count as one image. */
function shareOf(outcomes: Outcomes, units: Units, by: ReuseFigure['by']): ReuseFigure | null {
  const value = meanOf(outcomes);
  if (value === null) return null;
  const sums = unitSums(units, (i) => outcomes[i]);
  const images = sums.reduce((sum, one) => sum + one.images, 0);
  return { value, ...wilson(value, sums.length), images, by };
}

/** What a person asks: what labels add, what a prompt adds, what a second backbone adds, and whether the next best is worse. */
function pairsOf(
  candidates: readonly Candidate[],
  recommended: Candidate | undefined,
): (readonly [Candidate, Candidate])[] {
  const reference = referenceOf(candidates);
  const unlabelled = withoutLabels(candidates);
  const all = candidates.filter(({ budget, problem }) => budget === 'all' && !problem);
  const best = (some: readonly Candidate[]) => bestOf(some, reference);
  const plain = all.filter(({ way }) => !way.prompt);
  const one = best(plain.filter(({ backbones }) => backbones.length === 1));
  const pairs: [Candidate | undefined, Candidate | undefined][] = [
    [one, unlabelled],
    [best(all.filter(({ way }) => way.prompt)), one],
    [best(plain.filter(({ backbones }) => backbones.length > 1)), one],
    [recommended, unlabelled],
    [best(all), recommended],
  ];
  const seen = new Set<string>();
  return pairs.flatMap(([of, than]) => {
    if (!of || !than || of === than || seen.has(`${of.id} ${than.id}`)) return [];
    seen.add(`${of.id} ${than.id}`);
    return [[of, than] as const];
  });
}

function comparisons(
  {
    candidates,
    searchUnits,
    heldOutUnits,
    recommended,
  }: Omit<SearchState, 'decided'> & { readonly recommended: Candidate | undefined },
  correctedFor: (one: Candidate) => CorrectedShare | undefined,
): FindDifference[] {
  const isHeld = heldOutUnits.length > 0;
  const unlabelled = withoutLabels(candidates);
  const eligible = candidates.filter(isEligible).map(({ search }) => search!.mean);
  const compared = pairsOf(candidates, recommended).flatMap(([of, than]): Compared[] => {
    const [a, b] = isHeld ? [of.heldOut, than.heldOut] : [of.search, than.search];
    if (!a || !b) return [];
    // The best of many against what no label chose looks better on the images that chose it than it is.
    const chosen = isHeld
      ? undefined
      : than === unlabelled
        ? { from: eligible, bias: correctedFor(of)?.bias ?? 0 }
        : amongAlike(of, than, candidates, searchUnits);
    return [{ of: of.id, than: than.id, a: a.mean, b: b.mean, onceA: a.once, onceB: b.once, chosen }];
  });
  return differencesOf(compared, isHeld ? heldOutUnits : searchUnits);
}

/**
 * What the best prompt, or the best way to join backbones, was chosen from by the images that compare it with what is
 * neither: what one of them adds is not what the best of several seems to add.
 */
function amongAlike(
  of: Candidate,
  than: Candidate,
  candidates: readonly Candidate[],
  units: Units,
): Compared['chosen'] {
  const kindOf = ({ way, backbones }: Candidate) =>
    way.prompt ? 'prompt' : backbones.length > 1 ? 'joined' : 'plain';
  const kind = kindOf(of);
  if (kind === 'plain' || kind === kindOf(than)) return undefined;
  const from = candidates.flatMap((one) =>
    kindOf(one) === kind && one.budget === of.budget && one.search && !one.problem ? [one.search.mean] : [],
  );
  return from.length < 2
    ? undefined
    : { from, bias: correctedBest(from, units, { rounds: BIAS_ROUNDS })?.bias ?? 0 };
}
