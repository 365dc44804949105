import { listed } from '../../../src/core/text/text.ts';
import { say, t } from '../language.ts';

/** Texts of each run together, with the run's name where there are several. */
export function byRun(
  texts: readonly { readonly run: number; readonly of: string; readonly text: string }[],
): string[] {
  const runs = [...new Set(texts.map(({ run }) => run))].sort((a, b) => a - b);
  return runs.map((run) => {
    const own = texts.filter((one) => one.run === run);
    const words = say(listed(own.map(({ text: words }) => words)));
    return runs.length > 1 ? t('{0}: {1}', own[0]?.of ?? '', words) : words;
  });
}
