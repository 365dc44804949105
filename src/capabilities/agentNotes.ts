import { say } from '../core/text/text.ts';
import type { Note } from './session.ts';

/** Notes that are more than an agent should read. */
const MOST = 20;

/** Gathers what an agent should know beside a result: each once, in English. */
export function agentNotes(): { readonly note: (note: Note) => void; readonly all: readonly string[] } {
  const all: string[] = [];
  const note = ({ text, hint }: Note) => {
    const words = hint ? `${say(text)} ${say(hint)}` : say(text);
    if (all.length < MOST && !all.includes(words)) all.push(words);
  };
  return { note, all };
}
