import type { LabelChange } from '../../src/core/alignments/labelChanges.ts';
import { noteInFull, noteTexts } from '../../src/core/similarity/labelNoteTexts.ts';
import { percent, wholePercent } from '../../src/core/text/numbers.ts';
import { listed, phrase, type TextValue } from '../../src/core/text/text.ts';
import type { HintTrial, ShownScore } from '../../src/protocol/alignmentView.ts';
import { plural, say, t } from '../common/language.ts';
import { difference } from './scoreLine.ts';

/** Source labels named of those that come or go. */
const SOURCES = 6;
/** Other targets named. */
const OTHERS = 4;
/** Senses named. */
const SENSES = 4;

/** What is known beside a trial. */
export interface TrialAbout {
  readonly target: number;
  /** Whether a person chose the target's sense. */
  readonly pinned?: boolean;
  /** What images say of it, once they do. */
  readonly score?: ShownScore | undefined;
}

/**
 * What a hint would bring, a line each: the recall to expect, source labels, other labels, what images say, and what the
 * label would mean.
 */
export function trialLines(
  { meaning, changes }: HintTrial,
  { target, pinned = false, score }: TrialAbout,
): string[] {
  const own = changes.find((change) => change.target === target);
  const others = changes.filter((change) => change.target !== target);
  const senses = [
    ...(meaning.senses.length > 0
      ? meaning.senses.slice(0, SENSES).map(({ phrase, gloss }) => t('{0}: {1}', phrase, gloss))
      : [t('WordNet knows no sense of it.')]),
    ...(meaning.senses.length > SENSES ? [t('and {0} more', meaning.senses.length - SENSES)] : []),
    ...meaning.notes.map((note) => say(noteInFull(noteTexts(note)))),
  ];
  return [
    ...(pinned ? [t('Its sense is pinned, and comes before any hint.')] : []),
    ...(own ? changeInWords(own) : [t('Its source labels and its expected recall stay as they are.')]),
    ...(others.length > 0
      ? [
          plural(
            others.length,
            '{0} other label changes: {1}.',
            '{0} other labels change: {1}.',
            listed(others.map(otherInWords), OTHERS),
          ),
        ]
      : []),
    ...(score ? [trialScore(score)] : []),
    ...senses,
  ];
}

function changeInWords({ recall, come, go, kept }: LabelChange): string[] {
  const [before, after] = recall.map(wholePercent);
  return [
    before === after
      ? t('Expected recall: {0}, as before.', after)
      : t('Expected recall: {0} (now {1}).', after, before),
    ...(come.length > 0 ? [t('Adds {0}.', listed(come, SOURCES))] : []),
    ...(go.length > 0 ? [t('Removes {0}.', listed(go, SOURCES))] : []),
    ...(kept > 0 ? [plural(kept, 'Keeps {0} source label.', 'Keeps {0} source labels.')] : []),
  ];
}

function otherInWords({ label, recall }: LabelChange): TextValue {
  const [before, after] = recall.map(wholePercent);
  return before === after ? label : phrase('{0} ({1}, now {2})', label, after, before);
}

/** What images that were classified already say of it. */
function trialScore({ now, before, changed, title }: ShownScore): string {
  const { accuracy, images } = now;
  const count = t('{0} of {1} predictions on {2} change.', changed, images, title);
  if (accuracy === null || before?.accuracy == null) return count;
  const points = difference(accuracy, before.accuracy);
  return t('{0} Accuracy there: {1} ({2}).', count, percent(accuracy), points);
}
