import type { CautionSettings, CautiousAnswers, LabelThresholds } from '../core/caution/cautiousAnswers.ts';
import { checkCaution } from '../core/caution/checkCaution.ts';
import { asksForCaution } from '../core/caution/settings.ts';
import { type SemapError, toSemapError } from '../core/errors.ts';
import { imageCount, percent } from '../core/text/numbers.ts';
import { say } from '../core/text/text.ts';
import { readRegularFile } from '../files/regularFile.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';

/** Options about answers that are not sure. */
export const cautionOptions = {
  none: {
    value: 'RATE',
    otherwise: '0.1',
    text: 'Answer "none of these" so that at most this share of the images gets a wrong label (default 0.1). Needs images with a true label that taught nothing: at least 9 for 0.1, 19 for 0.05. With fewer, nothing is promised.',
  },
  threshold: {
    value: 'P|LABEL=P|FILE',
    multiple: true,
    text: 'Answer only with at least this confidence, for all labels or for one. Can be repeated. FILE: JSON such as {"dog": 0.7}.',
  },
  'roll-up': {
    text: 'Where labels cannot be told apart, answer with what they have in common, such as "mammal" for dog or horse.',
  },
} as const satisfies OptionTable;

const NUMBER = /^(?:\d+\.?\d*|\.\d+)$/;

/**
 * What the options ask of answers; undefined for nothing.
 * @throws {UsageError}
 */
export async function cautionOf(args: Arguments): Promise<CautionSettings | undefined> {
  const settings: CautionSettings = {
    none: args.has('none') ? { errorRate: rateOf(args.text('none')!) } : undefined,
    thresholds: await thresholdsOf(args.texts('threshold')),
    rollUp: args.flag('roll-up') || undefined,
  };
  return asksForCaution(settings) ? settings : undefined;
}

/** @throws {UsageError} for a threshold of what is no label */
export function mustSuit(settings: CautionSettings, labels: readonly string[]): void {
  try {
    checkCaution(labels, settings);
  } catch (error) {
    const { text, hint } = toSemapError(error);
    throw new UsageError(`--threshold: ${say(text)}`, hint);
  }
}

/** `0.1` and `10%` are the same. */
function rateOf(text: string): number {
  const rate = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (!NUMBER.test(text.replace(/%$/, '')) || !(rate > 0 && rate < 1)) {
    throw new UsageError(`--none must be a share above 0 and below 1, such as 0.1 or 10%, not "${text}".`);
  }
  return rate;
}

async function thresholdsOf(given: readonly string[]): Promise<LabelThresholds | undefined> {
  if (given.length === 0) return undefined;
  let all: number | undefined;
  const labels: [string, number][] = [];
  for (const text of given) {
    const at = text.lastIndexOf('=');
    if (NUMBER.test(text)) all = thresholdOf(text);
    else if (at > 0) labels.push([text.slice(0, at), thresholdOf(text.slice(at + 1))]);
    else labels.push(...(await readThresholds(text)));
  }
  return { all, labels: Object.fromEntries(labels) };
}

function thresholdOf(text: string): number {
  const value = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= 1)) {
    throw new UsageError(`--threshold must be a number from 0 to 1, not "${text}".`);
  }
  return value;
}

/** The most bytes of a file of thresholds. */
const LARGEST = 32 << 20;

async function readThresholds(file: string): Promise<[string, number][]> {
  const bytes = await readRegularFile(file, { limit: LARGEST }).catch((error: SemapError) => {
    if (error.reason !== 'not-found') throw error;
    throw new UsageError(
      `--threshold: there is no file ${file}.`,
      'A threshold is a number such as 0.5, or LABEL=0.5.',
    );
  });
  return fromJson(String(bytes), file).map(([label, value]) => [label, thresholdOf(value)]);
}

function fromJson(text: string, file: string): (readonly [string, string])[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new UsageError(`--threshold: ${file} is not valid JSON.`);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new UsageError(`--threshold: ${file} must hold an object such as {"dog": 0.7}.`);
  }
  return Object.entries(data).map(([label, value]) => [label, String(value)] as const);
}

/** What `--json` tells of all images. */
export function cautionInJson({ counts, kinds, none, measured }: CautiousAnswers, labels: readonly string[]) {
  return {
    ...counts,
    ...(none
      ? {
          noneOfThese: {
            promised: none.promised ?? null,
            basis: none.basis ?? null,
            checked: none.checked,
            needed: none.needed,
            // Infinity is no number of JSON: nothing is withheld then.
            bound: Number.isFinite(none.bound) ? none.bound : null,
          },
        }
      : {}),
    ...(kinds.length > 0
      ? {
          commonKinds: kinds.map(({ label, sense, targets }) => ({
            label,
            sense,
            labels: targets.map((target) => labels[target]),
          })),
        }
      : {}),
    ...(measured ? { measured } : {}),
  };
}

/** What the report says of it, a line each. */
export function cautionLines({ counts, none, measured }: CautiousAnswers): string[] {
  const { labels, kinds, notSure, none: nothing } = counts;
  const lines = [
    `Answers: ${say(imageCount(labels))} with a label, ${kinds} with a common kind, ${nothing} none of these, ${notSure} not sure.\n`,
  ];
  if (none) lines.push(promiseLine(none));
  if (measured) {
    const { images, wrong, lost } = measured;
    lines.push(
      `Measured on ${say(imageCount(images))} with a true label: ${percent(wrong / images)} get a wrong answer, ${percent(lost / images)} get none although their label was right.\n`,
    );
  }
  return lines;
}

function promiseLine({ promised, basis, checked, needed }: NonNullable<CautiousAnswers['none']>): string {
  if (promised === undefined) {
    return `Nothing is promised: ${checked} of the ${needed} images that it takes have a true label that taught nothing. "None of these" is said where the backbone hardly knows the label.\n`;
  }
  if (basis === 'given-labels') {
    return `Promised: at most ${percent(promised)} of all images get a wrong label, if the ${say(imageCount(checked))} with a given label are a fair sample of them.\n`;
  }
  const whose = basis === 'random-labels' ? 'all images' : 'images like those with a true label';
  return `Promised: at most ${percent(promised)} of ${whose} get a wrong label (rests on ${say(imageCount(checked))}).\n`;
}
