import { readProblem } from '../errors.ts';
import { isExpectedAccuracy } from '../estimates/expectedAccuracy.ts';
import { type ImageFolders, isImageFolders, isSplitName, type SplitName } from '../folders/layout.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import { ACCURACY, isWithinRange } from '../mapping/ranges.ts';
import { isMeasuredOn, type MeasuredOn } from '../metrics/measuredOn.ts';
import type { RankingRow } from '../ranking/ranking.ts';
import type { Verdict } from '../ranking/verdict.ts';
import { isText, readText } from '../text/text.ts';
import { type DeviceInfo, readSkipped, type SkippedImage } from './run.ts';

export interface RankParams extends ImageFolders {
  readonly targets: readonly TargetLabel[];
  /** Absolute paths or names; absent = all installed ones. */
  readonly backbones?: readonly string[] | undefined;
  /** Images of each class to look at, first and then again with more; default 20 and 100. The total is bounded. */
  readonly imagesPerClass?: readonly [first: number, refined: number] | undefined;
  /** Decides which images are drawn; default 0. */
  readonly seed?: number | undefined;
  /** A table of labels that stands for those that people gave. */
  readonly truths?: string | undefined;
}

export interface RankResult {
  readonly rows: readonly RankingRow[];
  readonly verdict: Verdict;
  readonly targets: readonly string[];
  /** Images in the folders. */
  readonly found: number;
  /**
   * Of the images in the folders, those that the accuracies are drawn from, and which folders are left out; each row says
   * how many were drawn (`scores.labelled`). Absent in records of earlier versions.
   */
  readonly measuredOn?: MeasuredOn | undefined;
  /** The splits that images were drawn from, where the folders have several: not those that measure in the end. */
  readonly splits?: readonly SplitName[] | undefined;
  readonly skipped: readonly SkippedImage[];
  readonly seed: number;
  /** How target labels were compared with source labels. */
  readonly method: { readonly name: 'semap'; readonly similarity: string };
  readonly device: DeviceInfo;
  readonly seconds: number;
  /** True when it was cancelled: the rows are what had been done by then. */
  readonly cancelled: boolean;
}

/** What the run.json of a ranking holds. */
export type RankingRecord = RankResult & {
  readonly asked: RankParams;
  readonly time?: unknown;
  /** The folder of the workspace that it was written below; no earlier version says it. */
  readonly root?: unknown;
};

type Json = Readonly<Record<string, unknown>>;

/**
 * A ranking's record; undefined for what is none. The file may have been written by anyone: what a page relies on is
 * checked.
 * @param data the JSON of a `run.json`
 */
export function readRankingRecord(data: unknown): RankingRecord | undefined {
  const record = withPresentNames(data);
  return isRanking(record) ? record : undefined;
}

/** Records of before 0.2 have words as strings, and call label similarity coverage. */
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
    skipped: Array.isArray(record['skipped']) ? record['skipped'].flatMap(readSkipped) : undefined,
    verdict: { ...verdict, headline: readText(headline), reasons: texts(reasons), limits: texts(limits) },
  };
}

function isRanking(record: unknown): record is RankingRecord {
  if (!isObject(record)) return false;
  const { asked, rows, verdict, targets, found, skipped, seconds, device, measuredOn } = record;
  return (
    isRankParams(asked) &&
    isListOf(rows, isRow) &&
    isObject(verdict) &&
    isText(verdict['headline']) &&
    isStrings(verdict['best']) &&
    isListOf(verdict['reasons'], isText) &&
    isListOf(verdict['limits'], isText) &&
    (verdict['pair'] === undefined || isListOf(verdict['pair'], isNamedFile)) &&
    isStrings(targets) &&
    isNumber(found) &&
    Array.isArray(skipped) &&
    isNumber(seconds) &&
    isObject(device) &&
    typeof device['name'] === 'string' &&
    (measuredOn === undefined || isMeasuredOn(measuredOn)) &&
    (record['splits'] === undefined || isListOf(record['splits'], isSplitName))
  );
}

/** What a ranking begins with; a page's memory may be of another version of SeMap. */
export function isRankParams(asked: unknown): boolean {
  return (
    isObject(asked) &&
    isImageFolders(asked) &&
    asked.folders.length > 0 &&
    isListOf(asked['targets'], (target) => isObject(target) && typeof target['name'] === 'string')
  );
}

function isRow(row: unknown): row is RankingRow {
  if (!isObject(row) || typeof row['name'] !== 'string') return false;
  const { path, facts, scores, expected, withoutFeatures, problem } = row;
  return (
    isStringOrAbsent(path) &&
    (withoutFeatures === undefined || isText(withoutFeatures)) &&
    (facts === undefined || isFacts(facts)) &&
    (scores === undefined ||
      (isObject(scores) &&
        Object.entries(scores).every(([key, one]) => key === 'signs' || isNumberOrNull(one)) &&
        (scores['signs'] === undefined ||
          isNumbers(scores['signs'], ['images', 'confidence', 'backing', 'diversity'])) &&
        // A scores' accuracy is a share; null where it says nothing.
        isWithinRange(scores['accuracy'] ?? 0, ACCURACY))) &&
    (expected === undefined || isExpectedAccuracy(expected)) &&
    (problem === undefined || readProblem(problem) !== undefined)
  );
}

function isFacts(facts: unknown): boolean {
  if (!isObject(facts)) return false;
  const { sourceCount, bytes, parameters, imagesPerSecond, labelSimilarity, recallByLabels } = facts;
  return (
    isNumber(sourceCount) &&
    isNumber(bytes) &&
    isNumberOrNull(parameters) &&
    isNumberOrNull(imagesPerSecond) &&
    (recallByLabels === undefined || isNumber(recallByLabels)) &&
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

function isNumbers(value: unknown, keys: readonly string[]): boolean {
  return isObject(value) && keys.every((key) => isNumber(value[key]));
}

function isNamedFile(value: unknown): boolean {
  return isObject(value) && typeof value['name'] === 'string' && typeof value['path'] === 'string';
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
