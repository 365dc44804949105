import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readProblem, SemapError, toSemapError } from '../../core/errors.ts';
import { ACCURACY, isWithinRange } from '../../core/mapping/ranges.ts';
import { isMeasuredOn } from '../../core/metrics/measuredOn.ts';
import type { RankingRow } from '../../core/ranking/ranking.ts';
import { LARGEST_RECORD, RUN_FILES, runFolderName } from '../../core/runs/run.ts';
import { isText, phrase, readText, textsInEnglish } from '../../core/text/text.ts';
import { makeFolderBelow } from '../../files/belowRoot.ts';
import { readOfRun, runsFolder } from '../../files/runFolders.ts';
import { sweepTemporaries, temporaryFor, writeError, writeWhole } from '../../files/wholeFile.ts';
import type { RankParams, RankResult } from '../../protocol/ranking.ts';
import type { RankingSource } from '../../protocol/rankingView.ts';
import { RankingRun } from './rankingRun.ts';

/** Grows when the record's fields change. */
const VERSION = 1;

/**
 * Writes a ranking to `<root>/.semap/runs/<time>-rank-<folder>/run.json`, in a folder of a temporary name first.
 * @param root a folder of the workspace
 * @returns the file
 * @throws {SemapError} `not-writable`, `out-of-space`, `unreadable-file` where a link leads out of the workspace
 */
export async function saveRanking(
  root: string,
  params: RankParams,
  result: RankResult,
  now: Date,
): Promise<string> {
  const runs = runsFolder(root);
  const name = runFolderName('rank', basename(params.folders[0] ?? ''), now);
  const { backbones, ...asked } = params;
  const record = { version: VERSION, kind: 'ranking', time: now.toISOString(), asked, ...result };
  await makeFolderBelow(root, runs);
  await sweepTemporaries(runs);
  const temporary = temporaryFor(join(runs, name));
  try {
    await mkdir(temporary);
    await writeWhole(join(temporary, RUN_FILES.record), `${JSON.stringify(record, textsInEnglish, 2)}\n`, {
      root,
    });
    for (let attempt = 0; ; attempt++) {
      const folder = join(runs, `${name}${attempt === 0 ? '' : `-${attempt}`}`);
      try {
        await rename(temporary, folder);
        return join(folder, RUN_FILES.record);
      } catch (error) {
        // Another one of the same second.
        const taken = ['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'].includes(
          (error as NodeJS.ErrnoException).code ?? '',
        );
        if (!taken || attempt === 9) throw error;
      }
    }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw writeError(runs, error);
  }
}

type Json = Readonly<Record<string, unknown>>;

/**
 * The ranking that a run's folder holds. The record is a file that anyone may have written: what the page relies on is
 * checked.
 * @throws {SemapError} `invalid-argument` when it cannot be read, or says something else
 */
export async function readRanking(folder: string): Promise<RankingRun> {
  const file = join(folder, RUN_FILES.record);
  try {
    const record = withPresentNames(
      JSON.parse(String(await readOfRun(folder, RUN_FILES.record, LARGEST_RECORD))),
    );
    if (!isRanking(record))
      throw new SemapError(
        'invalid-argument',
        phrase('The record lacks fields, or has fields of another type.'),
      );
    const { asked, time, ...result } = record;
    return RankingRun.stored(asked, result, timeOf(time), file);
  } catch (cause) {
    const why = toSemapError(cause).text;
    throw new SemapError('invalid-argument', phrase('Cannot show {0}: {1}', file, why), { cause });
  }
}

/** The ranking that a page kept, because it was not saved; undefined where it kept none. */
export function keptRanking({ params, time, result }: RankingSource): RankingRun | undefined {
  const record = withPresentNames({ ...result, asked: params, time });
  if (!isRanking(record)) return undefined;
  const { asked, time: when, ...kept } = record;
  return RankingRun.stored(asked, kept, timeOf(when));
}

/** A page's memory may be of another version of SeMap. */
export function isRankingSource(value: unknown): value is RankingSource {
  if (!isObject(value) || !isObject(value['params'])) return false;
  const { params, phase, time, record } = value;
  return isAsked(params) && typeof phase === 'string' && typeof time === 'string' && isStringOrAbsent(record);
}

type RankingRecord = RankResult & { readonly asked: RankingRun['params']; readonly time?: unknown };

/**
 * What a record says as texts: it has its words in English. Records of before 0.2 called label similarity coverage.
 */
function withPresentNames(record: unknown): unknown {
  if (!isObject(record) || !Array.isArray(record['rows'])) return record;
  const rows = record['rows'].map((row: unknown) => {
    if (!isObject(row)) return row;
    const problem = readProblem(row['problem']);
    const withoutFeatures = readText(row['withoutFeatures']);
    const kept = { ...row, ...(problem && { problem }), ...(withoutFeatures && { withoutFeatures }) };
    if (!isObject(row['facts']) || !('coverage' in row['facts'])) return kept;
    const { coverage, ...facts } = row['facts'];
    return { ...kept, facts: { labelSimilarity: coverage, ...facts } };
  });
  const verdict = isObject(record['verdict']) ? record['verdict'] : {};
  const texts = (list: unknown) => (Array.isArray(list) ? list.map(readText) : undefined);
  const { headline, reasons, limits } = verdict;
  return {
    ...record,
    rows,
    verdict: { ...verdict, headline: readText(headline), reasons: texts(reasons), limits: texts(limits) },
  };
}

function isRanking(record: unknown): record is RankingRecord {
  if (!isObject(record)) return false;
  const { asked, rows, verdict, targets, found, skipped, seconds, device, measuredOn } = record;
  return (
    isAsked(asked) &&
    isListOf(rows, isRow) &&
    isObject(verdict) &&
    isText(verdict['headline']) &&
    isStrings(verdict['best']) &&
    isListOf(verdict['reasons'], isText) &&
    isListOf(verdict['limits'], isText) &&
    isStrings(targets) &&
    isNumber(found) &&
    isListOf(skipped, isObject) &&
    isNumber(seconds) &&
    isObject(device) &&
    typeof device['name'] === 'string' &&
    (measuredOn === undefined || isMeasuredOn(measuredOn))
  );
}

function isAsked(asked: unknown): boolean {
  return (
    isObject(asked) &&
    isStrings(asked['folders']) &&
    asked['folders'].length > 0 &&
    isListOf(asked['targets'], (target) => isObject(target) && typeof target['name'] === 'string')
  );
}

function timeOf(time: unknown): Date {
  const date = new Date(typeof time === 'string' ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

function isRow(row: unknown): row is RankingRow {
  if (!isObject(row) || typeof row['name'] !== 'string') return false;
  const { path, facts, scores, withoutFeatures, problem } = row;
  return (
    isStringOrAbsent(path) &&
    (withoutFeatures === undefined || isText(withoutFeatures)) &&
    (facts === undefined || isFacts(facts)) &&
    (scores === undefined ||
      (isObject(scores) &&
        Object.values(scores).every(isNumberOrNull) &&
        // A scores' accuracy is a share; null where it says nothing.
        isWithinRange(scores['accuracy'] ?? 0, ACCURACY))) &&
    (problem === undefined || readProblem(problem) !== undefined)
  );
}

function isFacts(facts: unknown): boolean {
  if (!isObject(facts)) return false;
  const { sourceCount, bytes, parameters, imagesPerSecond, labelSimilarity } = facts;
  return (
    isNumber(sourceCount) &&
    isNumber(bytes) &&
    isNumberOrNull(parameters) &&
    isNumberOrNull(imagesPerSecond) &&
    isObject(labelSimilarity) &&
    isNumber(labelSimilarity['meanBest'])
  );
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(value: unknown, is: (one: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(is);
}

function isStrings(value: unknown): value is readonly string[] {
  return isListOf(value, (one) => typeof one === 'string');
}

function isStringOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || isNumber(value);
}
