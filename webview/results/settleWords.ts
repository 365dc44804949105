import { notSettledText, settledText } from '../../src/core/heads/settlingTexts.ts';
import { wilson } from '../../src/core/metrics/significance.ts';
import { listed, phrase } from '../../src/core/text/text.ts';
import type { RunSummary } from '../../src/protocol/resultsView.ts';
import type { SettlingFigures, SettlingState } from '../../src/protocol/settlingView.ts';
import { plural, say, t } from '../common/language.ts';

/** Random labels from which on an expected accuracy is told: of fewer the interval says nothing. */
export const TELLING_LABELS = 5;

/** Why settled answers are shown, or why not; what it means for the answers. */
export function settlingWords({ refused, problem, figures, shown }: SettlingState): string {
  if (refused === 'watching') return t('The folder can be settled when watching ends.');
  if (refused === 'running') return t('The folder can be settled when all images are classified.');
  if (refused === 'too-few') return t('Settling compares the images of a folder and needs at least 3.');
  if (problem !== undefined)
    return figures
      ? t('Cannot settle the folder again: {0}', problem)
      : t('Cannot settle the folder: {0}', problem);
  if (!figures) return t('Compares the images of the folder with each other to improve their answers.');
  return say(shown ? settledText(figures) : notSettledText(figures));
}

/** That an answer is not about its image alone any more. */
export function dependsWords(): string {
  return t('The answer for an image now depends on the other images in the folder.');
}

/** How many answers are others than those of the mapping alone: `41 answers changed`. */
export function changedWords({ changed }: SettlingFigures): string {
  return plural(changed, '{0} answer changed', '{0} answers changed');
}

/** How far settling is. */
export function settlingProgress({ progress }: SettlingState): string {
  if (!progress) return '';
  const { step, done, total } = progress;
  return step === 'features' && total > 0
    ? say(phrase('Comparing images: {0} of {1}', done, total))
    : t('Settling...');
}

type Expected = SettlingFigures['expected'];

/** What random labels say about the plain answers, where nothing else judges those. */
export function expectedPlain(
  { held }: Pick<SettlingFigures, 'held'>,
  { judged, correct }: Pick<RunSummary, 'judged' | 'correct'>,
): Expected {
  if (held === 0 || judged !== held) return undefined;
  return { right: correct, of: judged, ...wilson(correct / judged, judged) };
}

/** What random labels say about all answers, or that nothing is known. @param expected of the answers that are shown */
export function expectedWords(
  { held }: Pick<SettlingFigures, 'held'>,
  expected: Expected,
): string | undefined {
  if (expected && expected.of >= TELLING_LABELS) {
    const [low, high] = [expected.low, expected.high].map((share) => Math.round(100 * share));
    return t('Expected accuracy: {0}-{1}% (from {2} random labels)', low, high, expected.of);
  }
  // Other images judge the plain answers, too.
  if (!expected && held >= TELLING_LABELS) return undefined;
  return held === 0
    ? t('Expected accuracy: unknown')
    : t('Expected accuracy: unknown ({0} of {1} random labels)', held, TELLING_LABELS);
}

/** What contradicts the promise that labels are about equally frequent; empty where nothing does. */
export function contradictionWords({ rare, frequent }: SettlingFigures, labels: readonly string[]): string {
  const named = (targets: readonly number[]) =>
    listed(
      targets.map((target) => labels[target] ?? ''),
      MOST_NAMED,
    );
  return [
    rare.length > 0 ? t('Hardly any image looks like {0}.', named(rare)) : '',
    frequent.length > 0 ? t('Far more images than expected look like {0}.', named(frequent)) : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
}

/** Labels that are named at most. */
const MOST_NAMED = 5;
