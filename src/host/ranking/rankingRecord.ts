import { join } from 'node:path';
import * as vscode from 'vscode';
import { readProblem, SemapError } from '../../core/errors.ts';
import { ACCURACY, isWithinRange } from '../../core/mapping/ranges.ts';
import { isMeasuredOn } from '../../core/metrics/measuredOn.ts';
import type { RankingRow } from '../../core/ranking/ranking.ts';
import { LARGEST_RECORD, RUN_FILES } from '../../core/runs/run.ts';
import { isText, readText, verbatim } from '../../core/text/text.ts';
import { readOfRun } from '../../files/runFolders.ts';
import type { RankResult } from '../../protocol/ranking.ts';
import type { RankingSource } from '../../protocol/rankingView.ts';
import { RankingRun } from './rankingRun.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The ranking that a run's folder holds. The record is a file that anyone may have written: what the page relies on is
 * checked.
 * @throws {SemapError} `invalid-argument` when it cannot be read, or says something else
 */
export async function readRanking(folder: string): Promise<RankingRun> {
  const file = join(folder, RUN_FILES.record);
  const { t } = vscode.l10n;
  try {
    const record = withPresentNames(
      JSON.parse(String(await readOfRun(folder, RUN_FILES.record, LARGEST_RECORD))),
    );
    if (!isRanking(record)) throw new Error(t('Its record lacks fields, or they are of another type.'));
    const { asked, time, ...result } = record;
    return RankingRun.stored(asked, result, timeOf(time), file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SemapError('invalid-argument', verbatim(t('{0} cannot be shown. {1}', file, why)), { cause });
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
