import type { ResultsSource } from '../../protocol/resultsView.ts';
import { decidedBy } from '../alignments/watchedAlignment.ts';
import type { ClassifyRun } from './classifyRun.ts';

/** What another window needs to show a run again. */
export function sourceOf({ id, settings, time, state, skipped }: ClassifyRun): ResultsSource {
  const { alignmentPath, params } = settings;
  return {
    id,
    folders: params.folders,
    ...(alignmentPath === undefined ? {} : { alignment: alignmentPath }),
    decided: decidedBy(params.alignment),
    time: time.toISOString(),
    phase: state,
    skipped: skipped.length,
  };
}

/** A page's memory may be of another version of SeMap. */
export function isResultsSource(value: unknown): value is ResultsSource {
  if (typeof value !== 'object' || value === null) return false;
  const { id, folders, alignment, decided, time, phase, skipped } = value as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    Array.isArray(folders) &&
    folders.length > 0 &&
    folders.every((folder) => typeof folder === 'string') &&
    (alignment === undefined || typeof alignment === 'string') &&
    typeof decided === 'string' &&
    typeof time === 'string' &&
    !Number.isNaN(Date.parse(time)) &&
    typeof phase === 'string' &&
    Number.isInteger(skipped)
  );
}
