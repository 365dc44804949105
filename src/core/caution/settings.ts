import type { CautionSettings } from './cautiousAnswers.ts';

/** Whether the settings ask for anything. */
export function asksForCaution({ thresholds, none, rollUp }: CautionSettings): boolean {
  return none !== undefined || rollUp === true || hasThresholds(thresholds);
}

function hasThresholds(thresholds: CautionSettings['thresholds']): boolean {
  return (thresholds?.all ?? 0) > 0 || Object.values(thresholds?.labels ?? {}).some((least) => least > 0);
}
