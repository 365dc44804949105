import type { Prediction } from '../core/evidence/imageScorer.ts';
import type { StoredAnswer } from '../core/runs/classificationRecord.ts';
import { type SettlingRecord, settlingFigures } from '../core/runs/settlingRecord.ts';
import { GIVEN } from '../core/truths/imageTruths.ts';
import type { SettleResult } from '../protocol/settling.ts';
import type { SettleAsked } from './settleArguments.ts';

/** How a run keeps that its images were settled. */
export function settlingRecord(together: SettleResult, { mode, balanced }: SettleAsked): SettlingRecord {
  return {
    shown: together.settled,
    mode,
    balanced,
    ...settlingFigures(together),
    measured: together.figures,
    plainMeasured: together.plainFigures,
  };
}

/** What stands beside each prediction in a kept run. */
export function storedAnswers(
  predictions: readonly Prediction[],
  { paths = [], targets, confidences, given }: SettleResult,
): (at: number) => StoredAnswer {
  const places = new Map(paths.map((file, place) => [file, place]));
  return (at) => {
    const { path: file, target, confidence } = predictions[at];
    const place = places.get(file);
    return place === undefined
      ? { target, confidence, given: GIVEN.nothing }
      : { target: targets[place], confidence: confidences[place], given: given[place] };
  };
}
