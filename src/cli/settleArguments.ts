import path from 'node:path';
import type { SettleAsked } from '../capabilities/together.ts';
import { SemapError } from '../core/errors.ts';
import type { ContradictedPromise } from '../core/metrics/balance.ts';
import { imageCount, percent } from '../core/text/numbers.ts';
import { listed, phrase, plural, say } from '../core/text/text.ts';
import type { SettleResult } from '../protocol/settling.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import { stateOf } from './folderArguments.ts';
import { printable } from './terminal.ts';

const NAMED = 5;

/** The labels that persons gave, from a table. */
export const truthsOption = {
  truths: {
    value: 'FILE',
    text: 'A CSV with the header file_name,label: labels that you know, instead of labels.semap.csv in FOLDER. Paths are relative to it or to FOLDER.',
  },
} as const satisfies OptionTable;

/** Options about the images of folders together. */
export const settleOptions = {
  settle: {
    text: 'Let the images of the folders decide together. That is the default where they say enough about each other, or where labels are known.',
  },
  'no-settle': { text: 'Judge every image alone.' },
  balanced: {
    text: 'You promise that there are about as many images of each label. Results get worse where that is not so.',
  },
  ...truthsOption,
} as const satisfies OptionTable;

/** @throws {UsageError} for options that exclude each other; {@link SemapError} `not-found` */
export function settlingOf(args: Arguments): SettleAsked {
  const [on, off] = [args.flag('settle'), args.flag('no-settle')];
  const balanced = args.flag('balanced');
  if (on && off) throw new UsageError('--settle and --no-settle exclude each other.');
  if (balanced && off) {
    throw new UsageError(
      '--balanced needs settling.',
      'Leave out --no-settle: the promise is used when the images are settled together.',
    );
  }
  return { mode: off ? 'never' : on || balanced ? 'always' : 'auto', balanced, truths: truthsOf(args) };
}

/** @throws {SemapError} `not-found` */
export function truthsOf(args: Arguments): string | undefined {
  const truths = args.text('truths');
  if (truths === undefined) return undefined;
  if (!stateOf(truths)?.isFile()) {
    throw new SemapError('not-found', phrase('There is no table of labels {0}.', truths), {
      hint: phrase('It is a CSV file whose first line is {0}.', 'file_name,label'),
    });
  }
  return path.resolve(truths);
}

/** What `--json` tells of the images together. */
export function settledInJson(
  result: SettleResult,
  contradicted: ContradictedPromise | undefined,
  labels: readonly string[],
) {
  const { information, evidence, guard, changed, kind, learned, held, expected, labelNotes } = result;
  const { unknown, gone, goneCount, contradictory, problems } = labelNotes;
  const sharesOf = (shares: Float64Array) =>
    Object.fromEntries(labels.map((label, t) => [label, Number(shares[t].toFixed(6))]));
  const contradictedBy = contradicted
    ? [...contradicted.rare, ...contradicted.frequent].map((t) => labels[t])
    : [];
  return {
    settled: {
      applied: result.settled,
      information,
      evidence,
      guard,
      changed,
      balanced: contradicted !== undefined,
      ...(contradictedBy.length > 0 ? { contradictedBy } : {}),
      comparedBy: kind,
      shares: sharesOf(result.shares),
      plainShares: sharesOf(result.plainShares),
      seconds: result.seconds,
    },
    knownLabels: {
      learned,
      held,
      ...(expected ? { expected } : {}),
      doubtful: result.doubtful.map(({ image, given, answer, confidence }) => ({
        path: result.paths?.[image],
        given: labels[given],
        answer: labels[answer],
        confidence,
      })),
      unknown,
      gone,
      goneCount,
      contradictory,
      ...(problems.length > 0 ? { problems } : {}),
    },
  };
}

/** What the report says of it, a line each. */
export function settledLines(result: SettleResult, asked: SettleAsked, labels: readonly string[]): string[] {
  const { changed, targets, information, evidence, learned, held, expected, doubtful, paths = [] } = result;
  // The same figure as on the results page.
  const shown = `evidence ${information.toFixed(2)}`;
  const lines: string[] = [];
  if (result.settled) {
    const answers = say(plural(targets.length, '{1} of {0} answer', '{1} of {0} answers', changed));
    const alone = result.plainFigures.accuracy;
    const without = alone === null ? '' : `; accuracy without settling ${percent(alone)}`;
    const part = evidence < 1 ? `, enough to settle in part` : '';
    lines.push(`Settled: ${answers} changed (${shown}${part}${without})\n`);
  } else if (asked.mode === 'always') {
    const why =
      labels.length > 1 ? `the images say too little about each other (${shown})` : 'there is but one label';
    lines.push(`Not settled: ${why}\n`);
  }
  if (learned > 0) {
    // Known labels judge nothing, also where nothing came of them.
    const what = result.settled ? 'Learned from' : 'Not measured';
    lines.push(`${what}: ${say(imageCount(learned))} with a label that was given\n`);
  }
  if (held > 0 && expected) {
    const { right, of, low, high } = expected;
    lines.push(
      `Expected accuracy: ${percent(right / of)} (${percent(low)} to ${percent(high)}), from ${say(imageCount(of))} that were drawn at random\n`,
    );
  }
  if (doubtful.length > 0) {
    const named = doubtful.map(({ image, given, answer }) =>
      phrase('{0} ({1}, looks like {2})', paths[image] ?? '', labels[given], labels[answer]),
    );
    lines.push(`Doubtful labels: ${printable(say(listed(named, NAMED)))}\n`);
  }
  return lines;
}
