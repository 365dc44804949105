import { differencesOf } from '../../core/find/differences.ts';
import { unitsOf } from '../../core/metrics/units.ts';
import type { BaselineKind, TrainedDifference } from '../../core/runs/trainingRecord.ts';
import { NOT_ASKED } from '../../core/training/trainState.ts';

/**
 * How the answers of a prompt differ from those of what scores without it, as a search compares its ways.
 * @param own per image 1 where the prompt is right, 0 where not, {@link NOT_ASKED} where it was not asked
 * @param rival the same of the other
 * @param groups per image the number of its group of near-duplicates, negative for none
 * @returns undefined where both were asked no common image
 */
export function promptDifference(
  than: BaselineKind,
  own: ArrayLike<number>,
  rival: ArrayLike<number>,
  groups: ArrayLike<number>,
): TrainedDifference | undefined {
  const [a, b] = [own, rival].map((right) =>
    Float64Array.from(right, (one) => (one === NOT_ASKED ? Number.NaN : one)),
  );
  const compared = { of: 'prompt', than, a, b, onceA: a, onceB: b };
  const [found] = differencesOf([compared], unitsOf(groups));
  if (!found) return undefined;
  const { value, low, high, p, images } = found;
  return { than, value, low, high, p, images };
}
