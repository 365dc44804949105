import { SemapError, toSemapError } from '../../core/errors.ts';
import { isRankParams, readRankingRecord } from '../../core/runs/rankingRecord.ts';
import { lackingFields } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import type { RankingSource } from '../../protocol/rankingView.ts';
import { RankingRun } from './rankingRun.ts';

/**
 * A ranking as its record tells it, whoever read the file.
 * @param data the JSON of the record
 * @param file where it was read
 * @param folderOf where a folder is now, by its path and that of the workspace folder when it was written; absent: there
 * @throws {SemapError} `invalid-argument`
 */
export function rankingOf(
  data: unknown,
  file: string,
  folderOf?: (folder: string, root: string) => string,
): RankingRun {
  const record = readRankingRecord(data);
  if (!record) throw new SemapError('invalid-argument', lackingFields);
  const { asked, time, root, ...result } = record;
  // Records of versions before do not say where they were written.
  const folders =
    folderOf && typeof root === 'string'
      ? asked.folders.map((folder) => folderOf(folder, root))
      : asked.folders;
  return RankingRun.stored({ ...asked, folders }, result, timeOf(time), file);
}

/** That a ranking cannot be read, and why. */
export function cannotShow(file: string, cause: unknown): SemapError {
  const why = toSemapError(cause).text;
  return new SemapError('invalid-argument', phrase('Cannot show {0}: {1}', file, why), { cause });
}

/** The ranking that a page kept, because it was not saved; undefined where it kept none. */
export function keptRanking({ params, time, result }: RankingSource): RankingRun | undefined {
  const record = readRankingRecord({ ...result, asked: params, time });
  if (!record) return undefined;
  const { asked, time: when, ...kept } = record;
  return RankingRun.stored(asked, kept, timeOf(when));
}

/** A page's memory may be of another version of SeMap. */
export function isRankingSource(value: unknown): value is RankingSource {
  if (typeof value !== 'object' || value === null) return false;
  const { params, phase, time, record } = value as Partial<Record<keyof RankingSource, unknown>>;
  return (
    isRankParams(params) &&
    typeof phase === 'string' &&
    typeof time === 'string' &&
    (record === undefined || typeof record === 'string')
  );
}

function timeOf(time: unknown): Date {
  const date = new Date(typeof time === 'string' ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}
