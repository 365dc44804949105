import { type ExpectedAccuracy, isExpectedAccuracy } from '../estimates/expectedAccuracy.ts';
import { ACCURACY, isWithinRange } from '../mapping/ranges.ts';
import { isMeasuredOn, type MeasuredOn } from '../metrics/measuredOn.ts';
import { isSplitScores, type SplitScore } from '../metrics/perSplit.ts';

interface ClassMetrics {
  readonly label: string;
  readonly images: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** Accuracy of answers, without the images whose labels were learned from. */
export interface AnswerFigures {
  /** `measuredOn.learned`, where it is not 0. */
  readonly learnedFrom?: number | undefined;
  /** Null where `measuredOn` says why it is withheld. */
  readonly accuracy: number | null;
  /** Over how many of how many images, and which folders are left out: part of every sentence with the accuracy. */
  readonly measuredOn: MeasuredOn;
  readonly balancedAccuracy: number | null;
  /** One for each target, in their order. */
  readonly perClass: readonly ClassMetrics[];
  /** One for each split, where the folders have several. */
  readonly perSplit?: readonly SplitScore[] | undefined;
  /** Of the mapping's answers, judged without labels; absent where scores do not tell, and in records of earlier versions. */
  readonly expectedAccuracy?: ExpectedAccuracy | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** Whether `data`, which may be of anyone, is that. */
export function isAnswerFigures(data: unknown): data is AnswerFigures {
  const { accuracy, balancedAccuracy, measuredOn, perClass, perSplit, learnedFrom, expectedAccuracy } =
    (data ?? {}) as Json;
  return (
    [accuracy, balancedAccuracy].every(isShareOrNull) &&
    isMeasuredOn(measuredOn) &&
    Array.isArray(perClass) &&
    perClass.every(isClassMetrics) &&
    (perSplit === undefined || isSplitScores(perSplit)) &&
    (expectedAccuracy === undefined || isExpectedAccuracy(expectedAccuracy)) &&
    (learnedFrom === undefined || Number.isSafeInteger(learnedFrom))
  );
}

function isClassMetrics(one: unknown): boolean {
  const { label, images, precision, recall, f1 } = (one ?? {}) as Json;
  return (
    typeof label === 'string' && Number.isSafeInteger(images) && [precision, recall, f1].every(isShareOrNull)
  );
}

function isShareOrNull(value: unknown): boolean {
  return value === null || isWithinRange(value, ACCURACY);
}
