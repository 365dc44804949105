import { imageCount, percent } from '../../src/core/text/numbers.ts';
import type { CautionState } from '../../src/protocol/cautionView.ts';
import { say, t } from '../common/language.ts';

/** What a bound on wrong labels rests on, or why none can be promised. */
export function basisWords(state: CautionState | undefined): string {
  if (!state || state.problem !== undefined) return state?.problem ?? '';
  const { none, busy } = state;
  if (!none) return busy ? t('Working it out...') : '';
  if (none.promised === undefined) {
    return t(
      'No promise yet: {0} of the {1} images it takes have a true label that taught nothing. Until then, "none of these" is said where the backbone itself hardly knows the label.',
      none.checked,
      none.needed,
    );
  }
  const share = percent(none.promised);
  const images = say(imageCount(none.checked));
  if (none.basis === 'given-labels') {
    return t(
      'At most {0} of all images get a wrong label, if the {1} that you labeled are a fair sample of them.',
      share,
      images,
    );
  }
  return none.basis === 'random-labels'
    ? t(
        'At most {0} of all images get a wrong label. This rests on {1} that were drawn at random and labeled.',
        share,
        images,
      )
    : t(
        'At most {0} of images like those in the class folders get a wrong label. This rests on {1} there.',
        share,
        images,
      );
}

/** What is said of how many images. */
export function cautionWords(state: CautionState | undefined): string {
  const { counts, busy } = state ?? {};
  if (!counts || busy) return '';
  const { labels, kinds, notSure, none } = counts;
  return t(
    '{0} with a label, {1} with a common kind, {2} none of these, {3} not sure.',
    say(imageCount(labels)),
    kinds,
    none,
    notSure,
  );
}

/** How right that is, where true labels are known. */
export function measuredWords(state: CautionState | undefined): string {
  const { measured, busy } = state ?? {};
  if (!measured || busy) return '';
  const { images, wrong, lost } = measured;
  return t(
    'Measured on {0} with a true label: {1} get a wrong answer, and {2} get none although their label was right.',
    say(imageCount(images)),
    percent(wrong / images),
    percent(lost / images),
  );
}
