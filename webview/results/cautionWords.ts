import { boundText, checkedText, saidText } from '../../src/core/caution/cautionTexts.ts';
import type { CautionState } from '../../src/protocol/cautionView.ts';
import { say, t } from '../common/language.ts';

/** What a bound on wrong labels rests on, or why none can be promised. */
export function basisWords(state: CautionState | undefined): string {
  if (!state || state.problem !== undefined) return state?.problem ?? '';
  const { none, busy } = state;
  if (!none) return busy ? t('Working it out...') : '';
  return say(boundText(none));
}

/** What is said of how many images. */
export function cautionWords(state: CautionState | undefined): string {
  const { counts, busy } = state ?? {};
  return counts && !busy ? say(saidText(counts)) : '';
}

/** How right that is, where true labels are known. */
export function measuredWords(state: CautionState | undefined): string {
  const { measured, busy } = state ?? {};
  return measured && !busy ? say(checkedText(measured)) : '';
}
