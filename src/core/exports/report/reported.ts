import { wilson } from '../../metrics/significance.ts';
import { percent } from '../../text/numbers.ts';
import { phrase, type Text, verbatim } from '../../text/text.ts';
import type { ExportedRun } from '../exportedRun.ts';
import type { ExportFilter } from '../exportFilter.ts';
import type { ReportFacts } from './reportFacts.ts';

/** What a report is made of. */
export interface Reported {
  readonly run: ExportedRun;
  readonly facts: ReportFacts;
  /** Which images were chosen, where any condition was set. */
  readonly filter: ExportFilter | undefined;
  /** Whether these are not all images of the run: then its figures are not theirs. */
  readonly isPart: boolean;
  /** Of SeMap. */
  readonly version: string;
}

/** How good answers are, of the images that the report is about. */
export interface Measured {
  /** Null where nothing is known, or it would say nothing. */
  readonly accuracy: number | null;
  readonly balancedAccuracy: number | null;
  /** Images that it is about. */
  readonly images: number;
  /** One for each label, in their order. */
  readonly perClass: readonly {
    readonly images: number;
    readonly recall: number | null;
    readonly precision: number | null;
    readonly f1: number | null;
  }[];
}

/**
 * The figures of the run where the report is about all of its images; else counted again, but for images that were
 * chosen by being right or wrong.
 */
export function measuredOf({ run, facts, filter, isPart }: Reported): Measured {
  const { figures } = run;
  if (figures && !isPart)
    return {
      accuracy: figures.accuracy,
      balancedAccuracy: figures.balancedAccuracy,
      images: figures.measuredOn.measured,
      perClass: figures.perClass,
    };
  const { accuracy, balancedAccuracy, perClass } = facts.scores;
  const chosen = filter?.truth === 'right' || filter?.truth === 'wrong';
  const isWithheld = chosen || run.labels.length < 2 || figures?.measuredOn.withheld !== undefined;
  const none = { recall: null, precision: null, f1: null };
  return {
    accuracy: isWithheld ? null : accuracy,
    balancedAccuracy: isWithheld ? null : balancedAccuracy,
    images: facts.judged,
    perClass: isWithheld ? perClass.map(({ images }) => ({ images, ...none })) : perClass,
  };
}

/** `84.1% (82.0% to 86.0%)`: a share of so many images with its interval; a dash where it is not known. */
export function shareText(share: number | null, images: number): Text {
  if (share === null || images === 0) return verbatim(percent(null));
  const { low, high } = wilson(share, images);
  return phrase('{0} ({1} to {2})', percent(share), percent(low), percent(high));
}
