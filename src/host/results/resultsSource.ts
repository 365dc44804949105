import { isImageFolders } from '../../core/folders/layout.ts';
import { decidedBy } from '../../files/decidedBy.ts';
import type { ResultsSource } from '../../protocol/resultsView.ts';
import type { ClassifyRun } from './classifyRun.ts';

/**
 * What another window needs to show a run again.
 * @param settled how its settled answers came about, where those are shown
 */
export function sourceOf(
  { id, images, settings, time, state, skipped, keptIn }: ClassifyRun,
  settled?: ResultsSource['settled'],
): ResultsSource {
  const { alignmentPath, params } = settings;
  return {
    id,
    ...images,
    watch: params.watch,
    alignment: alignmentPath,
    decided: decidedBy(params.alignment),
    time: time.toISOString(),
    phase: state,
    skipped: skipped.length,
    record: keptIn,
    settled,
  };
}

/** A page's memory may be of another version of SeMap. */
export function isResultsSource(value: unknown): value is ResultsSource {
  if (typeof value !== 'object' || value === null) return false;
  const { id, alignment, decided, time, phase, skipped, record, settled } = value as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    isImageFolders(value) &&
    value.folders.length > 0 &&
    (alignment === undefined || typeof alignment === 'string') &&
    typeof decided === 'string' &&
    typeof time === 'string' &&
    !Number.isNaN(Date.parse(time)) &&
    typeof phase === 'string' &&
    Number.isInteger(skipped) &&
    (record === undefined || typeof record === 'string') &&
    [undefined, 'settled', 'balanced'].some((one) => one === settled)
  );
}
