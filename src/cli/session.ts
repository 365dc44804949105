import type { Engine, Session } from '../capabilities/session.ts';
import { phrase, say, verbatim } from '../core/text/text.ts';
import { printable, type Terminal } from './terminal.ts';

/** What a command gives to a capability: its notes and its progress go to standard error. */
export function sessionOf(engine: Engine, terminal: Terminal, signal: AbortSignal): Session {
  const ways: Session['ways'] = {
    labels: phrase('For example: --labels cat,dog,bird (or a file with one per line).'),
    layout: phrase('--layout changes it.'),
    balanced: verbatim('--balanced'),
  };
  return {
    engine,
    signal,
    ways,
    report: ({ message }) => terminal.rewrite(printable(say(message))),
    note: ({ about, text, hint, isWarning }) => {
      const words = printable(say(text));
      terminal.rewrite('');
      terminal.err(
        about ? `${words} ${say(ways[about])}\n` : `${isWarning ? 'Warning' : 'Note'}: ${words}\n`,
      );
      if (hint) terminal.err(`  ${printable(say(hint))}\n`);
    },
  };
}
