import { invalidDocument } from '../errors.ts';
import { phrase } from '../text/text.ts';
import type { CautionSettings } from './cautiousAnswers.ts';

/** Whether the settings ask for anything. */
export function asksForCaution({ thresholds, none, rollUp }: CautionSettings): boolean {
  return none !== undefined || rollUp === true || hasThresholds(thresholds);
}

/**
 * Settings as a file has them, which may have been written by anyone.
 * @throws {SemapError} `invalid-document`
 */
export function readCaution(data: unknown): CautionSettings | undefined {
  if (data === undefined) return undefined;
  const { thresholds, none, rollUp } = objectOf(data);
  const { all, labels } = objectOf(thresholds ?? {});
  const own = Object.entries(objectOf(labels ?? {}));
  const { errorRate } = objectOf(none ?? { errorRate: 0.5 });
  const shares = [all ?? 0, errorRate, ...own.map(([, least]) => least)];
  const whole =
    shares.every((share) => typeof share === 'number' && share >= 0 && share <= 1) &&
    errorRate !== 0 &&
    errorRate !== 1 &&
    (rollUp === undefined || typeof rollUp === 'boolean');
  if (!whole) throw invalidDocument(phrase('Thresholds must be numbers from 0 to 1.'));
  return {
    thresholds: thresholds === undefined ? undefined : { all, labels: Object.fromEntries(own) },
    none: none === undefined ? undefined : { errorRate },
    rollUp,
  } as CautionSettings;
}

function objectOf(data: unknown): Readonly<Record<string, unknown>> {
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) {
    return data as Readonly<Record<string, unknown>>;
  }
  throw invalidDocument(phrase('Thresholds must be numbers from 0 to 1.'));
}

function hasThresholds(thresholds: CautionSettings['thresholds']): boolean {
  return (thresholds?.all ?? 0) > 0 || Object.values(thresholds?.labels ?? {}).some((least) => least > 0);
}
