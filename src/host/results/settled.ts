import type { AnswerFigures } from '../../core/runs/answerFigures.ts';
import { settlingFigures } from '../../core/runs/settlingRecord.ts';
import type { SettleResult } from '../../protocol/settling.ts';
import type { SettlingFigures } from '../../protocol/settlingView.ts';
import type { SettledAnswers } from './answers.ts';
import type { PredictionList } from './predictionList.ts';

/** What came of settling a run, by its rows. */
export interface Settled {
  readonly answers: SettledAnswers;
  readonly figures: SettlingFigures;
  readonly measured: AnswerFigures;
  readonly plainMeasured: AnswerFigures;
  /** Of the labels that it was settled with. */
  readonly version: number;
}

/**
 * @param rows of the run, for the images of the engine; -1 for those that the run does not have
 * @param version of the labels that it was settled with
 */
export function settledOf(
  result: SettleResult,
  rows: Int32Array,
  predictions: Pick<PredictionList, 'length' | 'target' | 'confidence'>,
  version: number,
): Settled {
  const answers = plainAnswers(predictions);
  for (const [i, row] of rows.entries()) {
    if (row < 0) continue;
    answers.targets[row] = result.targets[i];
    answers.confidences[row] = result.confidences[i];
  }
  const { figures: measured, plainFigures: plainMeasured } = result;
  const doubtful = result.doubtful
    .map(({ image, given, answer }) => ({ image: rows[image], given, answer }))
    .filter(({ image }) => image >= 0);
  return { answers, figures: { ...settlingFigures(result), doubtful }, measured, plainMeasured, version };
}

/** What the mapping says of each image alone. */
export function plainAnswers(
  predictions: Pick<PredictionList, 'length' | 'target' | 'confidence'>,
): SettledAnswers {
  const { length } = predictions;
  return {
    targets: Int32Array.from({ length }, (_, row) => predictions.target(row)),
    confidences: Float32Array.from({ length }, (_, row) => predictions.confidence(row)),
  };
}
