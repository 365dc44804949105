import type { Note, Progress, Session } from '../capabilities/session.ts';
import { say } from './language.ts';
import { type Step, showInformation, showWarning } from './messages.ts';
import { quietSession } from './quietSession.ts';
import type { Engine } from './supervisor/engineClient.ts';

/** What a command gives to a capability: notes are notifications. @param show of the notification with Cancel */
export function sessionOf(engine: Engine, signal: AbortSignal, show: (step: Step) => void): Session {
  const quiet = quietSession(engine, signal);
  const report = ({ share, message }: Progress) =>
    show({ message: say(message), ...(share !== undefined && { percent: 100 * share }) });
  const note = ({ about, text, hint, isWarning }: Note) => {
    const sentences = [text, hint, about && quiet.ways[about]].flatMap((one) => (one ? [say(one)] : []));
    void (isWarning ? showWarning : showInformation)(sentences.join(' '));
  };
  return { ...quiet, report, note };
}
