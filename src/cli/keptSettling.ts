import type { Prediction } from '../core/evidence/imageScorer.ts';
import { contradictedPromise } from '../core/metrics/balance.ts';
import type { StoredAnswer } from '../core/runs/classificationRecord.ts';
import type { SettlingRecord } from '../core/runs/settlingRecord.ts';
import { GIVEN } from '../core/truths/imageTruths.ts';
import type { SettleResult } from '../protocol/settling.ts';
import type { SettleAsked } from './settleArguments.ts';

/** How a run keeps that its images were settled. */
export function settlingRecord(together: SettleResult, { mode, balanced }: SettleAsked): SettlingRecord {
  const { settled, kind, information, evidence, changed, learned, held, expected } = together;
  const { rare, frequent } = contradictedPromise(together.shares, together.targets.length);
  return {
    shown: settled,
    mode,
    balanced,
    settled,
    kind,
    information,
    evidence,
    changed,
    learned,
    held,
    ...(expected && { expected }),
    rare,
    frequent,
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
