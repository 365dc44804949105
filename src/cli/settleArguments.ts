import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { type ContradictedPromise, contradictedPromise } from '../core/metrics/balance.ts';
import { imageCount, percent } from '../core/text/numbers.ts';
import { listed, phrase, plural, say } from '../core/text/text.ts';
import { GIVEN } from '../core/truths/imageTruths.ts';
import type { SettleMode, SettleParams, SettleResult } from '../protocol/settling.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import type { EngineSession } from './engineSession.ts';
import { stateOf } from './folderArguments.ts';
import { printable, type Terminal } from './terminal.ts';

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

/** What the options ask of settling. */
export interface SettleAsked {
  readonly mode: SettleMode;
  readonly balanced: boolean;
  readonly truths: string | undefined;
}

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

/**
 * What the images say of the promise where it is not made: on it, all labels have about the same share.
 * @returns undefined where nothing was settled on a promise
 */
export async function contradictionOf(
  engine: EngineSession,
  result: SettleResult | undefined,
  params: SettleParams,
  signal: AbortSignal,
): Promise<ContradictedPromise | undefined> {
  if (!params.balanced || !result?.settled) return undefined;
  const asked = { ...params, balanced: false, caution: undefined, known: result.order };
  const { shares, targets } = await engine.call('settle', asked, { signal });
  return contradictedPromise(shares, targets.length);
}

/** What a person said of an image: a label; null where it is none of them, undefined for nothing. */
export function givenLabel(given: number, labels: readonly string[]): string | null | undefined {
  return given === GIVEN.nothing ? undefined : (labels[given] ?? null);
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
    lines.push(`${what}: ${say(imageCount(learned))} with a label that you gave\n`);
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

/** Warns of a promise that does not hold. */
export function warnOfPromise(
  contradicted: ContradictedPromise | undefined,
  labels: readonly string[],
  terminal: Terminal,
): void {
  const { rare, frequent } = contradicted ?? { rare: [], frequent: [] };
  const names = (targets: readonly number[]) =>
    printable(
      say(
        listed(
          targets.map((t) => labels[t]),
          NAMED,
        ),
      ),
    );
  if (rare.length > 0)
    terminal.err(`Warning: --balanced does not hold: hardly any image is ${names(rare)}.\n`);
  if (frequent.length > 0)
    terminal.err(`Warning: --balanced does not hold: too many images are ${names(frequent)}.\n`);
}
