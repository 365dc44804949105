import { type Problem, SemapError } from '../core/errors.ts';

/** Begins the line on stderr by which a process that ends itself says why. */
const MARK = 'semap-engine-ended ';

/** The line itself, for a process that has no time for a message over its channel. */
export function lastWord(word: Problem): string {
  return `\n${MARK}${JSON.stringify(word)}\n`;
}

/** What the last lines of a process that has ended say of its end; undefined where they say nothing. */
export function readLastWord(lines: string): SemapError | undefined {
  const line = lines.split('\n').findLast((one) => one.startsWith(MARK));
  if (line === undefined) return undefined;
  try {
    const { reason, message, hint } = JSON.parse(line.slice(MARK.length)) as Problem;
    return new SemapError(reason, message, { hint });
  } catch {
    return undefined;
  }
}
