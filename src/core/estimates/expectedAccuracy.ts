import { logistic, logit } from '../logistic.ts';
import { ACCURACY, isWithinRange } from '../mapping/ranges.ts';
import type { AnswerSigns } from './answerSigns.ts';

/** What share of answers is probably right, judged without labels: an estimate, never a measurement. All in [0, 1]. */
export interface ExpectedAccuracy {
  readonly accuracy: number;
  /** Four of five folders lie within `low` and `high`. */
  readonly low: number;
  readonly high: number;
}

/** Whether `data`, which may be of anyone, is that. */
export function isExpectedAccuracy(data: unknown): data is ExpectedAccuracy {
  const { accuracy, low, high } = (data ?? {}) as Readonly<Record<string, unknown>>;
  return [accuracy, low, high].every((one) => isWithinRange(one, ACCURACY));
}

/** What an accuracy is expected by. */
export interface AccuracyEvidence {
  readonly signs: AnswerSigns;
  /** Mean recall that the alignment expects of its labels (`expectedRecall.ts`), in [0, 1]. */
  readonly byLabels: number;
}

/** The same of a backbone among others, with what it answered: images in the same order, -1 where that is not known. */
export interface RivalEvidence extends AccuracyEvidence {
  readonly answers: ArrayLike<number>;
}

/** A logistic model of what was measured: `npm run bench:quality` fits it again. */
const BIAS = -0.8;
const WEIGHTS = { confidence: 0.8, backing: 0.25, byLabels: 0.25, diversity: 0.25 } as const;
/** A backbone that is surer than others on the same images is not right more often, one that agrees with others is. */
const RIVALS = { confidence: -0.4, agreement: 0.4 } as const;
/** How far the logit is off in four of five folders: where all labels are given, and more where few are. */
const OFF = { least: 0.7, oneLabel: 2 } as const;
/** Keeps a share that is 0 or 1 by chance from deciding everything. */
const LEAST = 0.01;

/** The accuracy that the evidence speaks for. */
export function expectedAccuracy(evidence: AccuracyEvidence): ExpectedAccuracy {
  return around(likelihood(evidence), evidence);
}

/** The accuracies of backbones that answered the same images, each judged beside the others. */
export function expectedAmong(rivals: readonly RivalEvidence[]): ExpectedAccuracy[] {
  const confidences = rivals.map(({ signs }) => logitOf(signs.confidence));
  const agreements = agreementsOf(rivals.map(({ answers }) => answers)).map(logitOf);
  const [confidence, agreement] = [median(confidences), median(agreements)];
  return rivals.map((rival, at) =>
    around(
      likelihood(rival) +
        RIVALS.confidence * (confidences[at] - confidence) +
        RIVALS.agreement * (agreements[at] - agreement),
      rival,
    ),
  );
}

function likelihood({ signs, byLabels }: AccuracyEvidence): number {
  return (
    BIAS +
    WEIGHTS.confidence * logitOf(signs.confidence) +
    WEIGHTS.backing * logitOf(signs.backing) +
    WEIGHTS.byLabels * logitOf(byLabels) +
    WEIGHTS.diversity * logitOf(signs.diversity)
  );
}

function around(z: number, { signs }: AccuracyEvidence): ExpectedAccuracy {
  const off = OFF.least + OFF.oneLabel * (1 - signs.diversity);
  return { accuracy: rounded(z), low: rounded(z - off), high: rounded(z + off) };
}

/** The mean share of equal answers of each with the others, over the images that both answered; 0 where there is none. */
export function agreementsOf(answers: readonly ArrayLike<number>[]): number[] {
  return answers.map((own, at) => {
    const shares = answers.flatMap((other, i) => (i === at ? [] : agreement(own, other)));
    return shares.reduce((sum, one) => sum + one, 0) / Math.max(1, shares.length);
  });
}

function agreement(a: ArrayLike<number>, b: ArrayLike<number>): number[] {
  let [equal, both] = [0, 0];
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] < 0 || b[i] < 0) continue;
    both++;
    if (a[i] === b[i]) equal++;
  }
  return both === 0 ? [] : [equal / both];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const logitOf = (share: number): number => logit(share, LEAST);

/** The last digits follow the order in which images came. */
const rounded = (z: number): number => Number(logistic(z).toFixed(3));
