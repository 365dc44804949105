import {
  endedSearch,
  findReuse,
  isOver,
  type KeptPoint,
  keepReuse,
  RECOMMENDED,
  resumeSearch,
  searchText,
} from '../capabilities/findReuse.ts';
import { layOut } from '../capabilities/layOut.ts';
import { DOCUMENT_ENDING } from '../capabilities/learnHead.ts';
import { type FindParams, type FindPoint, type FindRecord, LONGEST_BUDGET } from '../core/find/findRecord.ts';
import { foundColumns, foundRows, whyNot } from '../core/find/foundRows.ts';
import { differenceText, figureTexts, isWorthALook, pointName, pointNames } from '../core/find/foundTexts.ts';
import { LARGEST_SEED } from '../core/random.ts';
import { tellingColumns } from '../core/tables/resultColumns.ts';
import { duration } from '../core/text/numbers.ts';
import { plural, say } from '../core/text/text.ts';
import type { FindProgress } from '../protocol/find.ts';
import { writeAlignment } from './alignmentFile.ts';
import { backbonesOf, backbonesOption } from './backboneArguments.ts';
import { type Command, EXIT } from './command.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { askedFolders, folderOptions } from './layoutArguments.ts';
import { measuredNotes, skippedLines, tellSkipped } from './notRead.ts';
import { commonOptions, labelOptions } from './options.ts';
import { checkOutput, writeOutput } from './outputFiles.ts';
import { checkResumed, followRun, resumeLine, runFolderOf, tablesIn } from './resumedRun.ts';
import { reuseLines } from './reuseLines.ts';
import { sessionOf } from './session.ts';
import { truthsOf, truthsOption } from './settleArguments.ts';
import { namesOf } from './targetArguments.ts';
import { printable, type Terminal } from './terminal.ts';

const SHOWN_SKIPPED = 5;

export const findCommand: Command = {
  name: 'find',
  usage:
    'find FOLDER... [--budget MINUTES] [--backbones A,B,...] [--labels FILE|LIST] [--no-prompts] [--json]',
  summary: 'Find the best way to reuse your backbones for a folder, and what it costs.',
  text: 'Tries backbones, pairs of them, mappings, heads, and prompts: cheap ones first, and only the better ones further, until everything is tried or the budget is used up. It reports accuracy against what each way costs: labeled images, time to learn, speed, and size. With enough labels, some images are held back and used once, at the end; with few, figures are corrected for having chosen the best of many. Without labels, accuracies are estimates. Ctrl-C keeps what is done; semap find --resume RUN continues, also after a crash. --keep writes a way as an alignment, learned from all labels: semap classify NEW --alignment FILE.',
  options: {
    ...backbonesOption,
    ...folderOptions,
    ...labelOptions,
    ...truthsOption,
    budget: { value: 'MINUTES', text: 'Time budget (default: 5).' },
    'no-prompts': { text: 'Do not train visual prompts, which take longest.' },
    seed: { value: 'N', text: 'Decides how images are split and drawn (default: 0).' },
    run: {
      value: 'DIR',
      text: 'Folder for the run, empty or new (default: .semap/runs/<time>-find-<folder>).',
    },
    resume: {
      value: 'DIR',
      text: 'Resume an interrupted search. Of one that has ended, shows what it found.',
    },
    keep: {
      value: `ID|${RECOMMENDED}`,
      text: 'Keep a way as an alignment, also of a search that has ended (--resume DIR). --json lists ids.',
    },
    out: {
      short: 'o',
      value: 'FILE',
      text: 'With --keep: the alignment document to write, NAME.semap.json.',
    },
    ...commonOptions,
  },
  examples: [
    ['semap find photos/', 'All installed backbones, at most 5 minutes.'],
    [
      'semap find photos/ --budget 30 --keep recommended --out photos.semap.json',
      'Half an hour, and keep what it recommends.',
    ],
    [
      'semap find unsorted/ --labels cat,dog,bird',
      'Images without class folders: what to expect without labels.',
    ],
    [
      'semap find --resume .semap/runs/2026-01-31T10-00-00-find-photos --keep recommended --out photos.semap.json',
      'Continue after Ctrl-C or a crash, or keep something of a search that has ended.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    const resume = args.text('resume');
    if (resume === undefined && args.positionals.length === 0) {
      throw new UsageError('No folder to find the best reuse for.', 'For example: semap find photos/');
    }
    checkResumed(args, findCommand.options, ['keep', 'out']);
    const keep = args.text('keep');
    const out = outOf(args, keep);
    const about = {
      backbones: backbonesOf(args),
      budgetMinutes: args.number('budget', { above: 0, most: LONGEST_BUDGET }),
      seed: args.whole('seed', 0, LARGEST_SEED),
      truths: truthsOf(args),
      ...(args.flag('no-prompts') ? { withoutPrompts: true as const } : {}),
    };
    const askedFor = await askedFolders(args);
    const names = await namesOf(args);
    const runFolder = await runFolderOf('find', args, askedFor.folders[0], pathsIn);
    // What has ended is shown, and can be kept, without a search.
    const ended = resume === undefined ? undefined : await endedSearch(runFolder);
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const search = () =>
        followRun('find', runFolder, { terminal, signal }, async () => {
          const show = progressLines(terminal);
          if (resume !== undefined) return resumeSearch(runFolder, session, show);
          const images = await layOut(askedFor, session);
          return findReuse({ ...images, labels: names, ...about, runFolder }, session, show);
        });
      const record = ended ?? (await search());
      const point =
        keep !== undefined && out !== undefined && isOver(record)
          ? await keepReuse({ record, runFolder, keep, out }, session).finally(() => terminal.rewrite(''))
          : undefined;
      if (point && out !== undefined) await writePoint(point, out);
      const kept = point && { id: point.id, name: say(point.name), alignment: out };
      tellSkipped(record.skipped, terminal);
      terminal.result(args.flag('json'), { runFolder, ...record, ...(kept && { kept }) }, () =>
        [
          report(record, { runFolder, terminal, kept: kept !== undefined }),
          ...(kept ? [`Wrote ${printable(out!)}: ${printable(kept.name)}\n`] : []),
        ].join(''),
      );
      if (!isOver(record)) {
        if (keep !== undefined)
          terminal.err('Nothing was kept: the search is not over. Give --keep again when you resume it.\n');
        return EXIT.cancelled;
      }
      // One that ended before anything was tried found nothing either.
      const isFound = record.points.some(({ problem, figure }) => !problem && figure !== null);
      return isFound ? EXIT.done : EXIT.failed;
    });
  },
};

/** @throws {UsageError} where one of the two options is given without the other */
function outOf(args: Arguments, keep: string | undefined): string | undefined {
  const out = args.text('out');
  if (keep === undefined) {
    if (out !== undefined) throw new UsageError('--out goes with --keep.', 'For example: --keep recommended');
    return undefined;
  }
  if (out === undefined || !DOCUMENT_ENDING.test(out))
    throw new UsageError('--keep needs --out with a file to write that ends with .semap.json.');
  checkOutput('out', out);
  return out;
}

/** What of the parameters of a search are paths. */
function pathsIn({ folders, layouts, truths, backbones }: Partial<FindParams>): readonly unknown[] {
  return [folders, tablesIn(layouts), truths, backbones];
}

/** A line that shows what is done and how long it may take, and one that stays for everything that leads. */
function progressLines(terminal: Terminal): (progress: FindProgress) => void {
  let told: string | undefined;
  return ({ activity, record, secondsLeft }) => {
    const leader = record.points.find(({ id }) => id === record.recommended);
    const leads =
      leader && [pointName(leader), ...figureTexts(leader).slice(0, 1)].map((text) => say(text)).join(': ');
    if (leads !== told && leads !== undefined && terminal.interactive) {
      terminal.rewrite('');
      terminal.err(`Recommended so far: ${printable(leads)}\n`);
    }
    told = leads;
    if (activity) terminal.rewrite(say(searchText({ activity, record, secondsLeft })));
  };
}

/** Writes the document of a point, and the files beside it. */
async function writePoint({ document, files }: KeptPoint, out: string): Promise<void> {
  for (const { file, bytes } of files) await writeOutput('out', file, bytes);
  await writeAlignment(out, document);
}

/** Columns that only pages have room for. */
const LEFT_OUT: ReadonlySet<string> = new Set(['learns', 'changes', 'measured', 'searched', 'outcome']);

/** How many fell out for each reason; the record names them. */
function fellOut(points: readonly FindPoint[]): string[] {
  const reasons = new Map<string, number>();
  for (const point of points) {
    const why = say(whyNot(point));
    reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  const total = say(plural(points.length, '{0} way fell out', '{0} ways fell out'));
  return points.length === 0
    ? []
    : [
        `${total} (--json lists them):\n`,
        ...[...reasons].map(([why, count]) => `  ${count} x ${printable(why)}\n`),
        '\n',
      ];
}

/** Plain words first, then the table, then what limits it. */
function report(
  record: FindRecord,
  {
    runFolder,
    terminal,
    kept,
  }: { readonly runFolder: string; readonly terminal: Terminal; readonly kept: boolean },
): string {
  const { points, differences, verdict, recommended, measuredOn, skipped, seconds, seed, ended, problem } =
    record;
  const lines: string[] = verdict.map((text) => `${printable(say(text))}\n`);
  if (lines.length > 0) lines.push('\n');
  const shown = foundRows(
    points.filter((point) => isWorthALook(point, recommended)),
    recommended,
  );
  if (shown.length > 0) {
    const best = new Set(recommended === undefined ? [] : [recommended]);
    // A terminal has no room for what the reference explains.
    const columns = foundColumns.filter(({ id }) => !LEFT_OUT.has(id));
    lines.push(reuseLines(tellingColumns(columns, shown), shown, best, terminal.columns), '\n');
  }
  lines.push(...fellOut(points.filter((point) => !point.problem && !isWorthALook(point, recommended))));
  const named = pointNames(points);
  for (const difference of differences) {
    const [of, than] = [named.get(difference.of), named.get(difference.than)];
    if (of && than) lines.push(`${printable(`${say(of)}: ${say(differenceText(difference, than))}`)}\n`);
  }
  if (measuredOn) lines.push(measuredNotes(measuredOn));
  const failed = points.filter((point) => point.problem);
  if (failed.length > 0) lines.push(`\nFailed:\n`);
  for (const point of failed) {
    lines.push(`  ${printable(say(pointName(point)))}: ${printable(say(point.problem!.message))}\n`);
    if (point.problem!.hint) lines.push(`      ${printable(say(point.problem!.hint))}\n`);
  }
  lines.push(...skippedLines(skipped, SHOWN_SKIPPED));
  if (problem) lines.push(`${printable(say(problem.message))}\n`);
  if (ended) lines.push(`${printable(say(ended))}\n`);
  if (record.status === 'paused')
    lines.push(`Paused. To continue: ${resumeLine('find', printable(runFolder))}\n`);
  if ((record.status === 'done' || record.status === 'stopped') && recommended !== undefined && !kept)
    lines.push(
      `To keep it: ${resumeLine('find', printable(runFolder))} --keep ${RECOMMENDED} --out FILE.semap.json\n`,
    );
  lines.push(`${say(duration(seconds))}, seed ${seed}\n${printable(runFolder)}\n`);
  return lines.join('');
}
