import { invalidArgument } from '../errors.ts';
import { closestName } from '../text/closestName.ts';
import { phrase } from '../text/text.ts';
import type { CautionSettings } from './cautiousAnswers.ts';

/**
 * Refuses settings that mean nothing for these labels.
 * @throws {SemapError} `invalid-argument`
 */
export function checkCaution(labels: readonly string[], { thresholds, none }: CautionSettings): void {
  if (none && !(none.errorRate > 0 && none.errorRate < 1)) {
    throw invalidArgument(phrase('The error rate must be above 0% and below 100%.'));
  }
  const known = new Set(labels);
  for (const [label, least] of Object.entries(thresholds?.labels ?? {})) {
    if (!known.has(label)) {
      const near = closestName(label, labels);
      throw invalidArgument(
        phrase('There is a threshold for {0}, which is not a label.', label),
        near === undefined ? {} : { hint: phrase('Did you mean "{0}"?', near) },
      );
    }
    checkThreshold(least);
  }
  if (thresholds?.all !== undefined) checkThreshold(thresholds.all);
}

function checkThreshold(least: number): void {
  if (!(least >= 0 && least <= 1)) {
    throw invalidArgument(phrase('A threshold must be between 0 and 1, not {0}.', String(least)));
  }
}
