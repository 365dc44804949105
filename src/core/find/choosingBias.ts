import type { Units } from '../metrics/units.ts';
import { seededRandom } from '../random.ts';
import { isWhole, type Outcomes } from './outcomes.ts';

/** What the best of several ways is worth on images that did not choose it. */
export interface CorrectedShare {
  readonly value: number;
  /** 95% interval. */
  readonly low: number;
  readonly high: number;
  /** How much better the best looked on the images that chose it. */
  readonly bias: number;
}

const ROUNDS = 1000;

/**
 * Bootstrap bias corrected cross-validation (BBC-CV; Tsamardinos, Greasidou, Borboudakis: Bootstrapping the out-of-sample
 * predictions for efficient and accurate cross-validation, Machine Learning 2018): images are drawn with replacement, the
 * way that is best on those drawn is asked on those that were not, again and again. Every answer must be of a way that had
 * not learned from the image. Near-duplicates are drawn together.
 *
 * @param ways the outcomes of all that were compared on the same images; NaN where one was not asked
 * @returns undefined where there are fewer than two units to draw from
 */
export function correctedBest(
  ways: readonly Outcomes[],
  units: Units,
  { seed = 1, rounds = ROUNDS }: { seed?: number; rounds?: number | undefined } = {},
): CorrectedShare | undefined {
  if (units.length < 2 || ways.length === 0) return undefined;
  const random = seededRandom(seed);
  const reference = ways.find(isWhole);
  const n = units.length;
  const N = ways[0].length;
  const counts = new Float64Array(N);
  const shares: number[] = [];
  let bias = 0;
  for (let round = 0; round < rounds; round++) {
    counts.fill(0);
    for (let draw = 0; draw < n; draw++) for (const i of units[Math.floor(random() * n)]) counts[i]++;
    const inBag = (i: number) => counts[i];
    const outOfBag = (i: number) => (counts[i] === 0 ? 1 : 0);
    let [best, most] = [-1, Number.NEGATIVE_INFINITY];
    for (const [w, way] of ways.entries()) {
      const share = weighedShare(way, inBag, reference);
      if (share !== undefined && share > most) [best, most] = [w, share];
    }
    const out = best < 0 ? undefined : weighedShare(ways[best], outOfBag, reference);
    if (out === undefined) continue;
    shares.push(out);
    bias += most - out;
  }
  if (shares.length === 0) return undefined;
  const value = shares.reduce((sum, one) => sum + one, 0) / shares.length;
  shares.sort((a, b) => a - b);
  const at = (share: number) => shares[Math.round(share * (shares.length - 1))];
  return { value, low: at(0.025), high: at(0.975), bias: bias / shares.length };
}

/** The share of some draws; of a way that was not asked all images as `levelledMean` has it. */
function weighedShare(
  way: Outcomes,
  weightOf: (image: number) => number,
  reference: Outcomes | undefined,
): number | undefined {
  let [own, beside, known, rest, all] = [0, 0, 0, 0, 0];
  for (let i = 0; i < way.length; i++) {
    const weight = weightOf(i);
    if (weight === 0) continue;
    if (reference) {
      rest += weight * reference[i];
      all += weight;
    }
    if (Number.isNaN(way[i])) continue;
    own += weight * way[i];
    known += weight;
    if (reference) beside += weight * reference[i];
  }
  if (known === 0) return undefined;
  return reference && known < all ? own / known - beside / known + rest / all : own / known;
}
