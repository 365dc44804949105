import { placeSidecars } from '../capabilities/placeImages.ts';
import type { Session } from '../capabilities/session.ts';
import type { ExportSource } from '../core/exports/exportedRun.ts';
import type { FormatOptions } from '../core/exports/format.ts';
import type { SurveyedSidecars } from '../core/exports/sidecars/sidecarSurvey.ts';
import type { PlanOutcome } from '../core/plans/filePlan.ts';
import { imageCount } from '../core/text/numbers.ts';
import { shellWord } from '../core/text/shellWords.ts';
import { plural, say } from '../core/text/text.ts';
import { readAlignment } from '../files/alignmentFile.ts';
import type { Arguments } from './commandLine.ts';
import { carriedOut, exitOf, leftLines } from './exportTree.ts';
import { printable, type Terminal } from './terminal.ts';

const SHOWN = 5;

interface Asked {
  readonly options: FormatOptions;
  readonly args: Arguments;
  readonly terminal: Terminal;
  readonly session: Session;
}

/** Writes a file beside each image, or says which. @returns the exit code */
export async function exportSidecars(
  format: string,
  { run, images }: ExportSource,
  { options, args, terminal, session }: Asked,
): Promise<number> {
  const file = args.text('alignment');
  const alignment = file === undefined ? run.alignment : await readAlignment(file);
  const isTried = args.flag('dry-run');
  const { surveyed, journals, done, left, leftFiles } = await placeSidecars(
    { source: { run: { ...run, alignment }, images }, options, dryRun: isTried },
    session,
    carriedOut(terminal),
  ).finally(() => terminal.rewrite(''));
  const { folders: _, ...counts } = surveyed;
  const result = { format, dryRun: isTried, ...counts, leftFiles, journals };
  terminal.result(args.flag('json'), result, () =>
    [
      counted(counts, isTried ? undefined : { done, left }),
      leftLines(leftFiles, left),
      ...journals.map((journal) => `To undo: semap undo ${printable(shellWord(journal))}\n`),
    ].join(''),
  );
  return exitOf({ done, left });
}

function counted(
  { created, merged, unchanged, left, problems }: Omit<SurveyedSidecars, 'folders'>,
  wrote: Pick<PlanOutcome, 'done' | 'left'> | undefined,
): string {
  const files = [
    ...(created > 0 || merged === 0 ? [say(plural(created, '{0} new file', '{0} new files'))] : []),
    ...(merged > 0 ? [say(plural(merged, '{0} existing file', '{0} existing files'))] : []),
  ];
  const same = unchanged > 0 ? `; ${say(imageCount(unchanged))} unchanged` : '';
  const planned = files.join(' and ');
  // What was changed while it was written is left.
  const said = wrote && wrote.left > 0 ? `${wrote.done} of ${planned}` : planned;
  return [
    `${wrote ? 'Wrote' : 'Would write'} ${said}${same}.\n`,
    ...(left > 0 ? [`${say(imageCount(left))} left out:\n`] : []),
    ...problems.slice(0, SHOWN).map(({ problem }) => `  ${printable(say(problem.message))}\n`),
  ].join('');
}
