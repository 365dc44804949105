import type { ResolvedSettings } from '../runs/trainingSettings.ts';

/** Without a gradient a step estimates it so many times, each with two runs of the backbone. */
export const SPSA_ESTIMATES = 5;

/** How many images there are to learn and to validate with. */
interface Counts {
  readonly train: number;
  readonly validation: number;
}

/**
 * Seconds that a whole training takes, with validation and baselines and without early stop.
 * @param secondsPerForward of a batch without a gradient
 */
export function trainingSeconds(
  { epochs, batch, prompt, budgetMinutes = Number.POSITIVE_INFINITY }: ResolvedSettings,
  { train, validation }: Counts,
  { secondsPerStep, secondsPerForward }: { secondsPerStep: number; secondsPerForward: number },
): number {
  const steps = Math.ceil(train / batch) * secondsPerStep;
  const validations = Math.ceil(validation / batch) * secondsPerForward;
  // Those without a prompt are needed once, not under each of several.
  const outputs = ((train + validation) / batch) * (secondsPerForward / (prompt.count ?? 1));
  return Math.min(epochs * (steps + validations) + 2 * outputs, budgetMinutes * 60);
}

/**
 * Seconds that are left.
 * @param done epochs that are over
 * @param seen images of the epoch in work that are over
 */
export function secondsLeft(
  { epochs }: ResolvedSettings,
  { train, validation }: Counts,
  { done, seen, imagesPerSecond }: { done: number; seen: number; imagesPerSecond: number },
): number {
  const left = (epochs - done) * train - seen;
  // A validation image takes about a third of a step's.
  const validations = ((epochs - done) * validation) / 3;
  return (left + validations) / Math.max(1e-3, imagesPerSecond);
}
