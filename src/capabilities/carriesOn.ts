import { phrase } from '../core/text/text.ts';
import type { Session } from './session.ts';

/** For calls that go on where they stopped when their engine ends by itself: notes that another one does. */
export function carriesOn({ note }: Pick<Session, 'note'>): (why: string) => void {
  return (why) => note({ text: phrase('{0} Continuing with a new engine.', why) });
}
