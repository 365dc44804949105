import { percent } from '../text/numbers.ts';
import { phrase, type Text } from '../text/text.ts';
import type { FindRecord } from './findRecord.ts';

interface About {
  readonly unlabelled?: string | undefined;
  readonly given: number;
  readonly decided: boolean;
}

/** What a search found, in plain words. */
export function verdictOf(record: Pick<FindRecord, 'points'>, _about: About): Text[] {
  const [best] = record.points;
  return best?.figure ? [phrase('The best reaches {0}.', percent(best.figure.value))] : [];
}
