import { join } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import type { RankingRow } from '../../core/ranking/ranking.ts';
import { readOfRun } from '../../files/runFolders.ts';
import type { RankResult } from '../../protocol/ranking.ts';
import { LARGEST_RECORD, RUN_FILES } from '../../protocol/training.ts';
import { RankRun } from './rankRun.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The ranking that a run's folder holds. The record is a file that anyone may have written: what the page relies on is
 * checked.
 * @throws {SemapError} `invalid-argument` when it cannot be read, or says something else
 */
export async function readRanking(folder: string): Promise<RankRun> {
  const file = join(folder, RUN_FILES.record);
  const { t } = vscode.l10n;
  try {
    const record = withPresentNames(
      JSON.parse(String(await readOfRun(folder, RUN_FILES.record, LARGEST_RECORD))),
    );
    if (!isRanking(record)) throw new Error(t('Its record lacks fields, or they are of another type.'));
    const { asked, ...result } = record;
    return RankRun.stored(asked, result, file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SemapError('invalid-argument', t('{0} cannot be shown. {1}', file, why), { cause });
  }
}

type RankingRecord = RankResult & { readonly asked: RankRun['params'] };

/** Records of before called label similarity coverage. */
function withPresentNames(record: unknown): unknown {
  if (!isObject(record) || !Array.isArray(record['rows'])) return record;
  const rows = record['rows'].map((row: unknown) => {
    if (!isObject(row) || !isObject(row['facts']) || !('coverage' in row['facts'])) return row;
    const { coverage, ...facts } = row['facts'];
    return { ...row, facts: { labelSimilarity: coverage, ...facts } };
  });
  return { ...record, rows };
}

function isRanking(record: unknown): record is RankingRecord {
  if (!isObject(record)) return false;
  const { asked, rows, verdict, targets, found, skipped, seconds, device } = record;
  return (
    isObject(asked) &&
    isTexts(asked['folders']) &&
    asked['folders'].length > 0 &&
    isListOf(asked['targets'], (target) => isObject(target) && typeof target['name'] === 'string') &&
    isListOf(rows, isRow) &&
    isObject(verdict) &&
    typeof verdict['headline'] === 'string' &&
    isTexts(verdict['best']) &&
    isTexts(verdict['reasons']) &&
    isTexts(verdict['limits']) &&
    isTexts(targets) &&
    isNumber(found) &&
    isListOf(skipped, isObject) &&
    isNumber(seconds) &&
    isObject(device) &&
    typeof device['name'] === 'string'
  );
}

function isRow(row: unknown): row is RankingRow {
  if (!isObject(row) || typeof row['name'] !== 'string') return false;
  const { path, facts, scores, withoutFeatures, problem } = row;
  return (
    isTextOrAbsent(path) &&
    isTextOrAbsent(withoutFeatures) &&
    (facts === undefined || isFacts(facts)) &&
    (scores === undefined || (isObject(scores) && Object.values(scores).every(isNumberOrNull))) &&
    (problem === undefined || (isObject(problem) && typeof problem['message'] === 'string'))
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

function isTexts(value: unknown): value is readonly string[] {
  return isListOf(value, (one) => typeof one === 'string');
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isNumberOrNull(value: unknown): boolean {
  return value === null || isNumber(value);
}
