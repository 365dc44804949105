import type { ExportSource } from '../core/exports/exportedRun.ts';
import type { FormatOptions } from '../core/exports/format.ts';
import type { SurveyedSidecars } from '../core/exports/sidecars/sidecarSurvey.ts';
import { sidecarOptions, taggedFolders } from '../core/exports/sidecars/xmpFormat.ts';
import type { LeftFile, PlanOutcome } from '../core/plans/filePlan.ts';
import { imageCount } from '../core/text/numbers.ts';
import { shellWord } from '../core/text/shellWords.ts';
import { plural, say } from '../core/text/text.ts';
import { readAlignment } from '../files/alignmentFile.ts';
import { carryOut } from '../files/plans/carryOut.ts';
import { planSidecars, surveySidecars } from '../files/plans/sidecarFiles.ts';
import { type CommandContext, EXIT } from './command.ts';
import { withEngine } from './engineSession.ts';
import { exitOf, followedPlan, leftLines } from './exportTree.ts';
import { printable } from './terminal.ts';

const SHOWN = 5;

/** Writes a file beside each image, or says which. @returns the exit code */
export async function exportSidecars(
  format: string,
  { run, images }: ExportSource,
  { options, args, setup, terminal, signal }: CommandContext & { readonly options: FormatOptions },
): Promise<number> {
  const file = args.text('alignment');
  const alignment = file === undefined ? run.alignment : await readAlignment(file);
  const source = { run: { ...run, alignment }, images };
  const asked = sidecarOptions(options);
  const folders = await taggedFolders(source, asked, async (senses) => {
    let kinds: readonly (readonly string[])[] = [];
    await withEngine(setup, async (engine) => {
      kinds = await engine.call('kindsAbove', { senses }, { signal });
      return EXIT.done;
    });
    return kinds;
  });
  const { folders: _, ...counts } = await surveySidecars(folders, asked, {
    signal,
    onProgress: (done, total) =>
      terminal.rewrite(say(plural(total, '{1} of {0} image', '{1} of {0} images', done))),
  }).finally(() => terminal.rewrite(''));
  const isTried = args.flag('dry-run');
  const { journals } = isTried ? { journals: [] } : await planSidecars(folders, asked, signal);
  const leftFiles: LeftFile[] = [];
  let [done, left] = [0, 0];
  for (const journal of journals) {
    const outcome = await followedPlan(terminal, journal, (onProgress) =>
      carryOut(journal, { signal, onProgress }),
    );
    done += outcome.done;
    left += outcome.left;
    leftFiles.push(...outcome.leftFiles);
  }
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
