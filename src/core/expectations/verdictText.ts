import { imageCount, intervalText, percent } from '../text/numbers.ts';
import { phrase, plural, type Text } from '../text/text.ts';
import { type Comparison, type Counted, type Expectation, figureText } from './expectation.ts';
import type { BreakingImage, Verdict } from './judge.ts';

/** `Recall of cat is 62.0% (51.0 to 72.1%) on 80 images; expected at least 70.0%.`: what was found, in a sentence. */
export function verdictText(expectation: Expectation, verdict: Verdict): Text {
  if (verdict.status === 'undecidable') return verdict.why;
  const { status, found, interval, images, broke } = verdict;
  const failed = status === 'failed';
  switch (expectation.kind) {
    case 'share':
    case 'label': {
      const { comparison, bound } = expectation;
      const [shown, limit] = toldApart(found, bound);
      const said = phrase(
        '{0} is {1} ({2}) on {3}',
        figureText(expectation),
        shown,
        intervalText(interval ?? { low: found, high: found }),
        imageCount(images),
      );
      return failed
        ? phrase('{0}; expected {1}.', said, comparedText(comparison, limit))
        : phrase('{0}.', said);
    }
    case 'count': {
      const { limit, count, counted } = expectation;
      const said = countText(counted, found);
      if (!failed) return phrase('{0}.', said);
      return limit === 'at most'
        ? phrase('{0}; expected at most {1}.', said, count)
        : phrase('{0}; expected at least {1}.', said, count);
    }
    case 'image': {
      const { must, label, path } = expectation;
      if (images > 1)
        return phrase('{0} of {1} in {2} are taken for {3}.', found, imageCount(images), path, label);
      if (!failed)
        return must === 'never'
          ? phrase('{0} is not taken for {1}.', path, label)
          : phrase('{0} is taken for {1}.', path, label);
      return must === 'never'
        ? phrase('{0} is taken for {1} ({2}).', path, label, percent(broke[0].confidence))
        : phrase('{0} is {1}, not {2}.', path, answerText(broke[0]), label);
    }
  }
}

/** `wolf/12.jpg: dog (91.2%), truth wolf`: an image that broke an expectation, in a line. */
export function breakingText(image: BreakingImage): Text {
  return phrase('{0}: {1}', image.name, answerAbout(image));
}

/** What was said of it, or why nothing was. */
export function answerAbout(image: BreakingImage): Text {
  const { truth, reason } = image;
  if (reason) return reason;
  return truth === undefined ? answerText(image) : phrase('{0}, truth {1}', answerText(image), truth);
}

function answerText({ answer, confidence }: BreakingImage): Text {
  return answer === undefined ? phrase('undecided') : phrase('{0} ({1})', answer, percent(confidence));
}

function comparedText(comparison: Comparison, limit: string): Text {
  switch (comparison) {
    case '>=':
      return phrase('at least {0}', limit);
    case '<=':
      return phrase('at most {0}', limit);
    case '>':
      return phrase('more than {0}', limit);
    case '<':
      return phrase('less than {0}', limit);
  }
}

/** What was found and the bound, with as many decimals as tell them apart: 79.96% is not 80.0%. */
function toldApart(found: number, bound: number): readonly [string, string] {
  for (let decimals = 1; ; decimals++) {
    const [a, b] = [found, bound].map((share) => `${(100 * share).toFixed(decimals)}%`);
    if (a !== b || decimals === 4 || Math.abs(found - bound) < 1e-9) return [a, b];
  }
}

function countText(counted: Counted, found: number): Text {
  switch (counted) {
    case 'unread':
      return plural(found, '{0} file could not be read', '{0} files could not be read');
    case 'wrong':
      return plural(found, '{0} answer is wrong', '{0} answers are wrong');
    case 'undecided':
      return plural(found, '{0} image has no answer', '{0} images have no answer');
    case 'measured':
      return plural(found, '{0} image has a known label', '{0} images have a known label');
    case 'images':
      return plural(found, '{0} image was classified', '{0} images were classified');
  }
}

/** Whether chance may have decided: the interval holds the bound. */
export function isWithinChance(expectation: Expectation, verdict: Verdict): boolean {
  if (verdict.status === 'undecidable' || !verdict.interval || !('bound' in expectation)) return false;
  const { low, high } = verdict.interval;
  return low <= expectation.bound && expectation.bound <= high;
}
