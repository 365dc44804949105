import {
  type ImportedLabels,
  LabelCollector,
  labelled,
  listOf,
  NONE_OF_THESE,
  objectOf,
} from './importedLabels.ts';

/*
 * What SeMap exported of a run. Its answers are no labels of anybody: what is imported is what persons said of the images,
 * and what they were known to be.
 */

/** Whether an object is what `semap classify --json` prints, or an export as JSON. */
export function isAnswers(data: Readonly<Record<string, unknown>>): boolean {
  const first = objectOf(listOf(data['predictions'])[0]);
  return Array.isArray(data['predictions']) && (first === undefined || isAnswer(first));
}

/** Whether a row is of such an export: as JSON Lines, Parquet or CSV. */
export function isAnswer(row: Readonly<Record<string, unknown>>): boolean {
  return ['path', 'label', 'confidence'].every((key) => key in row);
}

export function labelsOfAnswers(rows: Iterable<unknown>): ImportedLabels {
  const labels = new LabelCollector();
  for (const one of rows) {
    const row = objectOf(one);
    const path = row?.['path'] ?? row?.['file_name'];
    if (!row || typeof path !== 'string') continue;
    const { given, truth } = row;
    labels.answered(path);
    const isNone = given === 'none of these' || (given === null && 'given' in row);
    labels.add(path, isNone ? [NONE_OF_THESE] : [...labelled(given), ...labelled(truth)].slice(0, 1));
  }
  return labels.done('SeMap');
}
