import { layOut } from '../capabilities/layOut.ts';
import { rankBackbones } from '../capabilities/rankBackbones.ts';
import { measuredShare } from '../core/metrics/measuredText.ts';
import { LARGEST_SEED } from '../core/random.ts';
import { criteria, type RankingCriterion } from '../core/ranking/ranking.ts';
import { leadingRows, rankedColumns, rankedRows } from '../core/reuse/rankedRows.ts';
import type { RankResult } from '../core/runs/rankingRecord.ts';
import { sortRows } from '../core/tables/resultColumns.ts';
import { duration, imageCount } from '../core/text/numbers.ts';
import { listed, plural, say } from '../core/text/text.ts';
import { backbonesOf, backbonesOption } from './backboneArguments.ts';
import { type Command, EXIT } from './command.ts';
import { type Arguments, UsageError } from './commandLine.ts';
import { withEngine } from './engineSession.ts';
import { askedFolders, folderOptions } from './layoutArguments.ts';
import { measuredNotes, skippedLines, tellSkipped } from './notRead.ts';
import { commonOptions, labelOptions } from './options.ts';
import { reuseLines } from './reuseLines.ts';
import { sessionOf } from './session.ts';
import { truthsOf, truthsOption } from './settleArguments.ts';
import { namesOf } from './targetArguments.ts';
import { printable, type Terminal } from './terminal.ts';

/** What `--sort` may name. */
const SORTS: Readonly<Record<string, RankingCriterion>> = {
  accuracy: criteria.accuracy,
  expected: criteria.expected,
  leep: criteria.leep,
  nce: criteria.nce,
  logme: criteria.logMe,
  hscore: criteria.hScore,
  similarity: criteria.labelSimilarity,
  parameters: criteria.parameters,
  size: criteria.bytes,
  speed: criteria.speed,
};

const SHOWN_SKIPPED = 5;

export const rankCommand: Command = {
  name: 'rank',
  usage: 'rank FOLDER... [--backbones A,B,...] [--labels FILE|LIST] [--truths FILE] [--sort BY] [--json]',
  summary: 'Find out which installed backbone suits a folder best, and on what evidence.',
  text: 'Samples images of each class, runs them through every backbone and shows the results in one table. If class folders name the labels: zero-shot accuracy with the default alignment, and the transferability scores LEEP, NCE, LogME and H-score (higher is better). Otherwise: the accuracy to expect, an estimate without labels. Always: the similarity of your labels to their nearest source labels by name (1 = all are there), parameters, size, and speed on this machine without decoding. A first look uses 20 images of each class, a second look 100. Outputs are cached, also for semap classify. Ctrl-C shows the results so far.',
  options: {
    ...backbonesOption,
    ...folderOptions,
    ...labelOptions,
    ...truthsOption,
    images: {
      value: 'N[,M]',
      text: 'Images of each class at the first and the second look (default 20,100). N alone: one look.',
    },
    seed: { value: 'N', text: 'Selects which images are sampled (default 0).' },
    sort: {
      value: 'BY',
      text: `${Object.keys(SORTS).join(', ')} (default: accuracy, or expected where there is none).`,
    },
    ...commonOptions,
  },
  examples: [
    ['semap rank photos/', 'All installed backbones on a folder with class folders.'],
    ['semap rank photos/ -b starter,resnet50.onnx', 'Two backbones.'],
    ['semap rank photos/ --images 5 --sort speed', 'A quick look, fastest backbone first.'],
    [
      'semap rank unsorted/ --labels cat,dog,bird',
      'Images without class folders: an estimate without labels.',
    ],
  ],
  async run({ args, setup, terminal, signal }) {
    if (args.positionals.length === 0) {
      throw new UsageError('No folder to rank backbones on.', 'For example: semap rank photos/');
    }
    const by = args.oneOf('sort', Object.keys(SORTS));
    const backbones = backbonesOf(args);
    const imagesPerClass = imagesOf(args);
    const truths = truthsOf(args);
    const seed = args.whole('seed', 0, LARGEST_SEED);
    const askedFor = await askedFolders(args);
    const names = await namesOf(args);
    return withEngine(setup, async (engine) => {
      const session = sessionOf(engine, terminal, signal);
      const images = await layOut(askedFor, session);
      const result = await rankBackbones(
        { ...images, labels: names, backbones, imagesPerClass, seed, truths },
        session,
      ).finally(() => terminal.rewrite(''));
      const rows = by === undefined ? result.rows : sortRows(result.rows, [SORTS[by]]);
      const ordered = { ...result, rows };
      tellSkipped(result.skipped, terminal);
      terminal.result(args.flag('json'), ordered, () => report(ordered, backbones ?? [], terminal));
      if (result.cancelled) return EXIT.cancelled;
      return rows.some(({ problem }) => problem === undefined) ? EXIT.done : EXIT.failed;
    });
  },
};

function imagesOf(args: Arguments): readonly [number, number] | undefined {
  const text = args.text('images');
  if (text === undefined) return undefined;
  const numbers = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  const [first, second = first] = numbers;
  if (numbers.length > 2 || !(first >= 1) || !(second >= first)) {
    throw new UsageError(
      `--images must be one or two whole numbers such as 20,100, the larger last, not "${text}".`,
    );
  }
  return [first, second];
}

/** @param files backbones that were asked for by their files */
function report(result: RankResult, files: readonly string[], terminal: Terminal): string {
  const { rows, verdict, skipped, found, seconds, cancelled } = result;
  const usable = rows.filter(({ problem }) => problem === undefined);
  const measured = usable.some(({ scores }) => scores && scores.labelled > 0);
  const lines: string[] = [];
  if (usable.length > 0) {
    const shown = rankedRows(usable);
    const best = leadingRows(shown, verdict.best);
    lines.push(reuseLines(rankedColumns(shown), shown, best, terminal.columns), '\n');
  }
  lines.push(`${printable(say(verdict.headline))}\n`);
  if (result.measuredOn && measured) {
    const sampled = Math.max(...usable.map(({ scores }) => scores?.labelled ?? 0));
    lines.push(`Accuracy is measured on ${say(measuredShare(result.measuredOn, sampled))}.\n`);
  }
  if (result.splits) lines.push(`Images are drawn from ${say(listed(result.splits))} only.\n`);
  if (result.measuredOn) lines.push(measuredNotes(result.measuredOn));
  for (const reason of verdict.reasons) lines.push(`  ${printable(say(reason))}\n`);
  if (verdict.pair)
    lines.push(
      `  To join them: semap align FOLDER ${verdict.pair.map((one) => `--backbone ${printable(files.includes(one.path) ? one.path : one.name)}`).join(' ')}\n`,
    );
  if (verdict.limits.length > 0) lines.push('\nKeep in mind\n');
  for (const limit of verdict.limits) lines.push(`  ${printable(say(limit))}\n`);
  for (const { name, withoutFeatures } of usable) {
    if (withoutFeatures)
      lines.push(`  ${printable(`${name} has no LogME and H-score: ${say(withoutFeatures)}`)}\n`);
  }
  const failed = rows.filter(({ problem }) => problem !== undefined);
  if (failed.length > 0)
    lines.push(`\nCannot rank ${say(plural(failed.length, '{0} backbone', '{0} backbones'))}:\n`);
  for (const { name, problem } of failed) {
    lines.push(`  ${printable(name)}: ${printable(say(problem!.message))}\n`);
    if (problem!.hint) lines.push(`      ${printable(say(problem!.hint))}\n`);
  }
  lines.push(...skippedLines(skipped, SHOWN_SKIPPED));
  lines.push(
    `\n${cancelled ? 'Canceled after ' : ''}${say(duration(seconds))}; ${say(imageCount(found))} in the folder, sampled with seed ${result.seed}.\n`,
  );
  return lines.join('');
}
