import type { Session } from '../capabilities/session.ts';
import { phrase } from '../core/text/text.ts';
import type { Engine } from './supervisor/engineClient.ts';

/** How what is asked by pages and questions is said otherwise. */
const WAYS: Session['ways'] = {
  labels: phrase('SeMap: Align Labels asks for them.'),
  layout: phrase('Right-click the folder in the Datasets view to change it.'),
  balanced: phrase('Assumes about equally many images of each label'),
};

/**
 * What a page gives to a capability: it shows by itself what becomes of it.
 * @param signal absent: nobody can stop it
 */
export function quietSession(engine: Engine, signal: AbortSignal = new AbortController().signal): Session {
  return { engine, signal, ways: WAYS, report: () => {}, note: () => {} };
}
