import { invalidDocument, readProblem } from '../errors.ts';
import { isImageFolders } from '../folders/layout.ts';
import { ACCURACY, isWithinRange } from '../mapping/ranges.ts';
import { isMeasuredOn } from '../metrics/measuredOn.ts';
import type { ReuseCost, ReusedBackbone, ReuseFigure } from '../reuse/reuse.ts';
import { type DeviceInfo, lackingFields, readSkipped, runStatuses } from '../runs/run.ts';
import { phrase, readText, type Text } from '../text/text.ts';
import {
  type FindDifference,
  type FindParams,
  type FindPoint,
  type FindRecord,
  findCosts,
} from './findRecord.ts';

type Json = Readonly<Record<string, unknown>>;

const FIGURES: readonly ReuseFigure['by'][] = [
  'held-out',
  'unused-labels',
  'corrected',
  'validation',
  'expected',
];
const COUNT = { from: 0, to: Number.MAX_SAFE_INTEGER };
const DIFFERENCE = { from: -1, to: 1 };

/**
 * A search's record. The file may have been written by anyone: what a list, a page or a resumed search relies on is
 * checked.
 * @param data the JSON of a `run.json`
 * @throws {SemapError} `invalid-document`
 */
export function readFind(data: unknown): FindRecord {
  const record = objectOf(data);
  if (record['kind'] !== 'find') throw invalidDocument(phrase('Unknown record type.'));
  if (record['version'] !== 1) throw invalidDocument(phrase('The record is from a newer version of SeMap.'));
  const { labels, points, differences, verdict, recommended, measuredOn } = record;
  const device = objectOf(record['device']);
  const parts = objectOf(record['parts']);
  const whole =
    typeof record['time'] === 'string' &&
    runStatuses.some((status) => status === record['status']) &&
    isListOf(labels, isString) &&
    isString(device['name']) &&
    areCounts([parts['search'], parts['heldOut'], parts['unlabeled'], record['tried'], record['seconds']]) &&
    Number.isSafeInteger(record['seed']) &&
    (recommended === undefined || isString(recommended)) &&
    Array.isArray(points) &&
    isListOf(differences, isDifference);
  if (!whole) throw lacking();
  return {
    ...(record as unknown as FindRecord),
    name: isString(record['name']) ? record['name'] : undefined,
    pid: Number.isSafeInteger(record['pid']) ? (record['pid'] as number) : undefined,
    params: readParams(record['params']),
    measuredOn: isMeasuredOn(measuredOn) ? measuredOn : undefined,
    device: { ...device, why: readText(device['why']) ?? phrase('Unknown') } as DeviceInfo,
    points: points.map(readFindPoint),
    verdict: textsOf(verdict),
    ended: readText(record['ended']),
    problem: readProblem(record['problem']),
    skipped: (Array.isArray(record['skipped']) ? record['skipped'] : []).flatMap(readSkipped),
  };
}

/**
 * One thing that was tried, as a record or a line of a search has it.
 * @throws {SemapError} `invalid-document`
 */
export function readFindPoint(data: unknown): FindPoint {
  const point = objectOf(data);
  const { id, backbones, figure, searched, frontier, training } = point;
  const way = objectOf(point['way']);
  const prompt = way['prompt'] === undefined ? undefined : objectOf(way['prompt']);
  const whole =
    isString(id) &&
    isString(way['scores']) &&
    (prompt === undefined || isString(prompt['kind'])) &&
    (way['epochs'] === undefined || isWithinRange(way['epochs'], COUNT)) &&
    (way['settled'] === undefined || way['settled'] === true) &&
    isListOf(backbones, isBackbone) &&
    (backbones as unknown[]).length > 0 &&
    (figure === null || isFigure(figure)) &&
    isCost(point['cost']) &&
    isWithinRange(point['round'], COUNT) &&
    (searched === null || isWithinRange(searched, ACCURACY)) &&
    isListOf(frontier, (cost) => findCosts.some((one) => one === cost)) &&
    (training === undefined || isNameWithin(training));
  if (!whole) throw lacking();
  return {
    ...(point as unknown as FindPoint),
    problem: readProblem(point['problem']),
    note: readText(point['note']),
    ended: readText(point['ended']),
  };
}

/** What was asked: whoever goes on with a search reads these folders. */
function readParams(data: unknown): FindParams {
  const params = objectOf(data);
  const { targets, backbones, budgetMinutes, seed, truths, withoutPrompts, runFolder } = params;
  const whole =
    isImageFolders(params) &&
    params.folders.length > 0 &&
    isListOf(targets, (target) => isObject(target) && isString(target['name'])) &&
    (backbones === undefined || isListOf(backbones, isString)) &&
    (budgetMinutes === undefined || isWithinRange(budgetMinutes, COUNT)) &&
    (seed === undefined || Number.isSafeInteger(seed)) &&
    (truths === undefined || isString(truths)) &&
    (withoutPrompts === undefined || withoutPrompts === true) &&
    isString(runFolder);
  if (!whole) throw lacking();
  return params as unknown as FindParams;
}

function isBackbone(data: unknown): data is ReusedBackbone {
  return isObject(data) && isString(data['name']) && isString(data['path']) && isString(data['sha256']);
}

function isFigure(data: unknown): data is ReuseFigure {
  return (
    isObject(data) &&
    [data['value'], data['low'], data['high']].every((share) => isWithinRange(share, ACCURACY)) &&
    isWithinRange(data['images'], COUNT) &&
    FIGURES.some((by) => by === data['by'])
  );
}

function isCost(data: unknown): data is ReuseCost {
  if (!isObject(data)) return false;
  const { labels, seconds, imagesPerSecond, bytes } = data;
  return (
    areCounts([labels, bytes]) &&
    [seconds, imagesPerSecond].every((one) => one === null || isWithinRange(one, COUNT))
  );
}

function isDifference(data: unknown): data is FindDifference {
  if (!isObject(data)) return false;
  const { of, than, value, low, high, p, images } = data;
  return (
    isString(of) &&
    isString(than) &&
    [value, low, high].every((one) => isWithinRange(one, DIFFERENCE)) &&
    isWithinRange(p, ACCURACY) &&
    isWithinRange(images, COUNT)
  );
}

/** The name of a file or folder that lies in another one, whatever the system. */
function isNameWithin(data: unknown): boolean {
  return isString(data) && data !== '' && data !== '.' && data !== '..' && !/[/\\:\0]/.test(data);
}

function textsOf(data: unknown): Text[] {
  if (!Array.isArray(data)) throw lacking();
  return data.flatMap((one) => readText(one) ?? []);
}

function areCounts(data: readonly unknown[]): boolean {
  return data.every((one) => isWithinRange(one, COUNT));
}

function isListOf(data: unknown, is: (one: unknown) => boolean): boolean {
  return Array.isArray(data) && data.every(is);
}

function isString(data: unknown): data is string {
  return typeof data === 'string';
}

function isObject(data: unknown): data is Json {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function objectOf(data: unknown): Json {
  if (!isObject(data)) throw lacking();
  return data;
}

function lacking() {
  return invalidDocument(lackingFields);
}
