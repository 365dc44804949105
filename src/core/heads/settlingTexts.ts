import { percent, shortShare } from '../text/numbers.ts';
import { phrase, plural, type Text } from '../text/text.ts';

/** What came of settling, as far as a sentence about it needs that. */
interface Settled {
  /** How much the answers say about the images, in [0, 1]. */
  readonly information: number;
  /** How far they are settled, in [0, 1]. */
  readonly evidence: number;
  /** Labels that were learned from. */
  readonly learned: number;
  /** Whether the settled answers are given; else those of the mapping alone. */
  readonly settled: boolean;
  /** Answers that settling changes. */
  readonly changed: number;
}

/** Below this the answers alone do not settle a folder. */
const LITTLE = 0.25;

/** Why settled answers are shown, and how much speaks for them. */
export function settledText({ information, evidence, learned }: Settled): Text {
  const shown = shortShare(information);
  if (learned > 0) return plural(learned, 'Settled with {0} label.', 'Settled with {0} labels.');
  if (evidence === 0)
    return phrase(
      'Evidence {0}: the answers say too little about these images to settle them. Label a few images.',
      shown,
    );
  if (evidence < 1)
    return phrase('Evidence {0}: enough to settle these images in part ({1}).', shown, percent(evidence));
  return information < LITTLE
    ? phrase('Evidence {0}: the answers say little, but the backbone tells these images apart.', shown)
    : phrase('Evidence {0}: the answers say enough about these images to settle them.', shown);
}

/** Why they are not, or what they would change. */
export function notSettledText({ settled, information, changed }: Settled): Text {
  if (!settled)
    return phrase(
      'Evidence {0} is too low: settling could make these answers worse. Label a few images first.',
      shortShare(information),
    );
  return plural(changed, 'Settling would change {0} answer.', 'Settling would change {0} answers.');
}

/** Whether little or nothing speaks for the answers of a folder: then a person is asked for labels. */
export function saysLittle({ settled, information, evidence, learned }: Settled): boolean {
  return learned === 0 && (!settled || evidence < 1 || information < LITTLE);
}
