import { type Reason, SemapError } from '../core/errors.ts';

/** Begins the line on stderr by which a process that ends itself says why. */
const MARK = 'semap-engine-ended ';

interface LastWord {
  readonly reason: Reason;
  readonly message: string;
  readonly hint: string;
}

/** The line itself, for a process that has no time for a message over its channel. */
export function lastWord(word: LastWord): string {
  return `\n${MARK}${JSON.stringify(word)}\n`;
}

/** What the last lines of a process that has ended say of its end; undefined where they say nothing. */
export function readLastWord(lines: string): SemapError | undefined {
  const line = lines.split('\n').findLast((one) => one.startsWith(MARK));
  if (line === undefined) return undefined;
  try {
    const { reason, message, hint } = JSON.parse(line.slice(MARK.length)) as LastWord;
    return new SemapError(reason, message, { hint });
  } catch {
    return undefined;
  }
}
