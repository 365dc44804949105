import { type Carry, placeTree } from '../capabilities/placeImages.ts';
import type { Session } from '../capabilities/session.ts';
import { type Reason, toSemapError } from '../core/errors.ts';
import type { ExportSource } from '../core/exports/exportedRun.ts';
import type { FormatOptions, TreeFormat } from '../core/exports/format.ts';
import { treeOptions } from '../core/exports/trees/treeFormats.ts';
import { treeNotes } from '../core/exports/trees/treeWords.ts';
import type { LeftFile, PlanOutcome, PlanProgress } from '../core/plans/filePlan.ts';
import { leftWords } from '../core/plans/planWords.ts';
import { fileSize, imageCount } from '../core/text/numbers.ts';
import { shellWord } from '../core/text/shellWords.ts';
import { plural, say } from '../core/text/text.ts';
import type { SurveyedTree } from '../files/plans/treeFiles.ts';
import { EXIT } from './command.ts';
import type { Arguments } from './commandLine.ts';
import { printable, type Terminal, table } from './terminal.ts';

interface Asked {
  readonly to: string;
  readonly options: FormatOptions;
  readonly isTried: boolean;
  readonly args: Arguments;
  readonly terminal: Terminal;
  readonly session: Session;
}

const SHOWN = 5;
/** Of a plan that is not done because of them nothing happened. */
const NEVER_BEGAN: readonly Reason[] = [
  'invalid-document',
  'newer-document',
  'invalid-argument',
  'not-found',
  'busy',
];

/** Places images, or says where they would go. @returns the exit code */
export async function exportTree(
  format: TreeFormat,
  source: ExportSource,
  { to, options, isTried, args, terminal, session }: Asked,
): Promise<number> {
  const asked = treeOptions(format, options);
  const isJson = args.flag('json');
  const { tree, outcome } = await placeTree({ source, options: asked, to, dryRun: isTried }, session, {
    onSurveyed: (surveyed) => {
      terminal.rewrite('');
      if (!isJson) terminal.out(planned(surveyed, terminal));
    },
    carry: carriedOut(terminal),
  }).finally(() => terminal.rewrite(''));
  const { plan, folder, images, bytes } = tree;
  const json = {
    format: format.id,
    dryRun: isTried,
    mode: asked.mode,
    folder,
    images,
    of: source.run.images,
    bytes,
    labels: plan.counts,
    renamedLabels: plan.renamedLabels,
    renamed: plan.renamed,
    unlabeled: plan.unlabeled,
    inPlace: plan.inPlace,
    missing: plan.missing,
  };
  if (isTried) {
    if (isJson) terminal.json({ ...json, left: tree.left, leftFiles: tree.leftFiles });
    else
      terminal.out(
        `Would place ${say(imageCount(images))} (${say(fileSize(bytes))}) in ${printable(folder)}\n`,
      );
    return EXIT.done;
  }
  if (!outcome) {
    if (isJson) terminal.json({ ...json, left: tree.left, leftFiles: tree.leftFiles, journal: null });
    else terminal.out('Placed no image.\n');
    return exitOf({ done: 0, left: tree.left });
  }
  const { journal } = outcome;
  const left = tree.left + outcome.left;
  const leftFiles = [...tree.leftFiles, ...outcome.leftFiles];
  if (isJson)
    terminal.json({ ...json, images: outcome.done, bytes: outcome.bytes, left, leftFiles, journal });
  else {
    terminal.out(
      `Placed ${say(imageCount(outcome.done))} (${say(fileSize(outcome.bytes))}) in ${printable(folder)}\n`,
    );
    terminal.out(leftLines(outcome.leftFiles, outcome.left));
    terminal.out(`To undo: semap undo ${printable(shellWord(to))}\n`);
  }
  return exitOf(outcome);
}

/** Images may be gone meanwhile, or taken; where none at all was placed, something is wrong. */
export function exitOf({ done, left }: Pick<PlanOutcome, 'done' | 'left'>): number {
  return done === 0 && left > 0 ? EXIT.failed : EXIT.done;
}

/** Carries out a plan as {@link followedPlan} shows it. */
export function carriedOut(terminal: Terminal): Carry {
  return (journal, work) => followedPlan(terminal, journal, work);
}

/** Shows how far a plan is; where it stops, says how to go on and back. */
export async function followedPlan(
  terminal: Terminal,
  journal: string,
  work: (onProgress: (progress: PlanProgress) => void) => Promise<PlanOutcome>,
  isUndone = false,
): Promise<PlanOutcome> {
  try {
    return await work(({ done, total, bytes }) => {
      const words = plural(total, '{1} of {0} file, {2}', '{1} of {0} files, {2}', done, fileSize(bytes));
      terminal.rewrite(say(words));
    });
  } catch (error) {
    terminal.rewrite('');
    const named = printable(shellWord(journal));
    if (NEVER_BEGAN.includes(toSemapError(error).reason)) throw error;
    terminal.err(
      isUndone
        ? `Not finished. Undo the rest: semap undo ${named}\n`
        : `Not finished. Continue: semap export --continue ${named}\nOr undo: semap undo ${named}\n`,
    );
    throw error;
  } finally {
    terminal.rewrite('');
  }
}

/** Counts by label and split, and what is not as it was. */
function planned(tree: SurveyedTree, terminal: Terminal): string {
  const { plan, left, leftFiles } = tree;
  const { counts, splits } = plan;
  const columns = splits.length > 0 ? splits : (['all'] as const);
  const rows = counts.map(({ label, folder, images }) => [
    label === '' ? '(none)' : label,
    ...columns.map((split) => String(images[split] ?? 0)),
    folder,
  ]);
  const heads = [
    { title: 'label' },
    ...columns.map((split) => ({ title: split === 'all' ? 'images' : split, right: true as const })),
    { title: 'folder' },
  ];
  const said = treeNotes(tree).map((note) => `${printable(say(note))}\n`);
  return [table(heads, rows, terminal.columns), ...said, leftLines(leftFiles, left)].join('');
}

/** The first files that were left, and why. */
export function leftLines(files: readonly LeftFile[], count: number): string {
  if (count === 0) return '';
  const shown = files
    .slice(0, SHOWN)
    .map((left) => `  ${printable(left.file)}: ${printable(say(leftWords(left)))}\n`);
  const more = count > SHOWN ? `  and ${(count - SHOWN).toLocaleString('en')} more\n` : '';
  return `Left as they are: ${count.toLocaleString('en')}\n${shown.join('')}${more}`;
}
