import type { Problem } from '../errors.ts';
import type { ExpectedAccuracy } from '../estimates/expectedAccuracy.ts';
import { type Criterion, sortRows } from '../tables/resultColumns.ts';
import type { Text } from '../text/text.ts';
import type { BackboneScores, LabelSimilarity } from './backboneScores.ts';

/** What is known of a backbone without running an image. */
export interface BackboneFacts {
  /** S. */
  readonly sourceCount: number;
  readonly labelSpace: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Numbers in its weights; null where the graph could not be read. */
  readonly parameters: number | null;
  /** On this machine with all threads, decoding left out; null until it was measured. */
  readonly imagesPerSecond: number | null;
  readonly labelSimilarity: LabelSimilarity;
  /** Mean recall that the labels alone promise, in [0, 1]; absent in records of earlier versions. */
  readonly recallByLabels?: number | undefined;
}

/** One line of the ranking; a backbone that cannot be used carries its problem. */
export interface RankingRow {
  readonly name: string;
  /** Absolute path of the ONNX file, where one was found. */
  readonly path?: string | undefined;
  readonly sha256?: string | undefined;
  readonly facts?: BackboneFacts | undefined;
  readonly scores?: BackboneScores | undefined;
  /** Judged without labels, once images were scored; absent in records of earlier versions. */
  readonly expected?: ExpectedAccuracy | undefined;
  /** Why there are no LogME and H-score, where there are none. */
  readonly withoutFeatures?: Text | undefined;
  readonly problem?: Problem | undefined;
}

/** A number of a row, as verdicts name it. */
export interface RankingCriterion extends Criterion<RankingRow> {
  readonly name: string;
}

/** What rows can be compared by. */
export const criteria = {
  accuracy: { name: 'zero-shot accuracy', value: (row) => row.scores?.accuracy ?? null, better: 'higher' },
  expected: { name: 'expected accuracy', value: (row) => row.expected?.accuracy ?? null, better: 'higher' },
  leep: { name: 'LEEP', value: (row) => row.scores?.leep ?? null, better: 'higher' },
  nce: { name: 'NCE', value: (row) => row.scores?.nce ?? null, better: 'higher' },
  logMe: { name: 'LogME', value: (row) => row.scores?.logMe ?? null, better: 'higher' },
  hScore: { name: 'H-score', value: (row) => row.scores?.hScore ?? null, better: 'higher' },
  labelSimilarity: {
    name: 'label similarity',
    value: (row) => row.facts?.labelSimilarity.meanBest ?? null,
    better: 'higher',
  },
  parameters: { name: 'parameters', value: (row) => row.facts?.parameters ?? null, better: 'lower' },
  bytes: { name: 'size', value: (row) => row.facts?.bytes ?? null, better: 'lower' },
  speed: { name: 'speed', value: (row) => row.facts?.imagesPerSecond ?? null, better: 'higher' },
} as const satisfies Record<string, RankingCriterion>;

/**
 * The order in which rows suit a folder: by what was measured, where truths are known; else by what their answers are worth
 * as far as that can be judged without labels.
 */
export function rankRows(rows: readonly RankingRow[]): RankingRow[] {
  const { accuracy, leep, labelSimilarity, expected } = criteria;
  const measured = rows.some((row) => accuracy.value(row) !== null);
  return sortRows(rows, measured ? [accuracy, leep, labelSimilarity] : [expected, labelSimilarity]);
}
