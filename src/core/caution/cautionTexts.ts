import { imageCount, percent } from '../text/numbers.ts';
import { phrase, type Text } from '../text/text.ts';
import type { CautionMeasured, CautiousAnswers, NoneBound } from './cautiousAnswers.ts';

/** What a bound on wrong labels rests on, or why none can be promised. */
export function boundText({ promised, basis, checked, needed }: NoneBound): Text {
  if (promised === undefined) {
    return phrase(
      'No promise yet: {0} of the {1} images it takes have a true label that taught nothing. Until then, "none of these" is said where the backbone itself hardly knows the label.',
      checked,
      needed,
    );
  }
  const share = percent(promised);
  const images = imageCount(checked);
  if (basis === 'given-labels') {
    return phrase(
      'At most {0} of all images get a wrong label, if the {1} that you labeled are a fair sample of them.',
      share,
      images,
    );
  }
  return basis === 'random-labels'
    ? phrase(
        'At most {0} of all images get a wrong label. This rests on {1} that were drawn at random and labeled.',
        share,
        images,
      )
    : phrase(
        'At most {0} of images like those in the class folders get a wrong label. This rests on {1} there.',
        share,
        images,
      );
}

/** What is said of how many images. */
export function saidText({ labels, kinds, notSure, none }: CautiousAnswers['counts']): Text {
  return phrase(
    '{0} with a label, {1} with a common kind, {2} none of these, {3} not sure.',
    imageCount(labels),
    kinds,
    none,
    notSure,
  );
}

/** How right that is, where true labels are known. */
export function checkedText({ images, wrong, lost }: CautionMeasured): Text {
  return phrase(
    'Measured on {0} with a true label: {1} get a wrong answer, and {2} get none although their label was right.',
    imageCount(images),
    percent(wrong / images),
    percent(lost / images),
  );
}
