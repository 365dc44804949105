import type { AlignmentMethodSettings } from '../alignments/alignment.ts';
import { invalidDocument, type Problem, readProblem } from '../errors.ts';
import type { Prediction } from '../evidence/imageScorer.ts';
import type { PassedOver } from '../images/imageFiles.ts';
import { ACCURACY, isWithinRange } from '../mapping/ranges.ts';
import { isMeasuredOn, type MeasuredOn } from '../metrics/measuredOn.ts';
import { phrase, readText } from '../text/text.ts';
import {
  type DeviceInfo,
  lackingFields,
  type RunStatus,
  readSkipped,
  runStatuses,
  type SkippedImage,
} from './run.ts';

/*
 * A classification. A run has a folder of its own, `.semap/runs/<time>-classify-<name>/`:
 *
 *   run.json                ClassificationRecord: what was asked, how it ended, figures; written at the start and the end
 *   alignment.semap.json    the alignment as it was
 *   predictions.jsonl.gz    a StoredHead, then one line per image
 */

export interface ClassMetrics {
  readonly label: string;
  readonly images: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** The figures of a classification. */
export interface ClassificationFigures {
  readonly images: number;
  /** What lies beside the images and is not read; absent where there is nothing. */
  readonly passedOver?: PassedOver | undefined;
  /** `measuredOn.learned`, where it is not 0. */
  readonly learnedFrom?: number | undefined;
  /** Null where `measuredOn` says why it is withheld. */
  readonly accuracy: number | null;
  /** Over how many of how many images, and which folders are left out: part of every sentence with the accuracy. */
  readonly measuredOn: MeasuredOn;
  readonly balancedAccuracy: number | null;
  /** One for each target, in their order. */
  readonly perClass: readonly ClassMetrics[];
  readonly backbone: { readonly name: string; readonly sha256: string };
  readonly method: AlignmentMethodSettings;
  readonly device: DeviceInfo;
  readonly seconds: number;
  /** True when it was cancelled: the rest is what had been done by then. */
  readonly cancelled: boolean;
}

/** What run.json holds. */
export interface ClassificationRecord {
  readonly version: 1;
  readonly kind: 'classification';
  /** The same in every window. */
  readonly id: string;
  /** ISO time of the start. */
  readonly time: string;
  /** Absent: the folder's name. A person may have named the run, and then it is kept. */
  readonly name?: string | undefined;
  /** `running` without a process that holds the folder: interrupted. */
  readonly status: RunStatus;
  /** Process that runs it, while it does. */
  readonly pid?: number | undefined;
  /** ISO time at which its window went, while it ran. */
  readonly left?: string | undefined;
  /** Absolute paths of what was classified. */
  readonly folders: readonly string[];
  /** The folder with `.semap` in it, and the workspace folder that the run was made for: not the same where it could not be written. */
  readonly root: string;
  readonly workspace?: string | undefined;
  /** File of the alignment document; `alignment.semap.json` is what it said then. */
  readonly alignment?: string | undefined;
  /** Tells whether the document decides otherwise by now. */
  readonly decided: string;
  readonly labels: readonly string[];
  readonly backbone: { readonly name: string; readonly path: string; readonly sha256: string };
  /** Images found by then, of which so many have a prediction. */
  readonly total: number;
  readonly predictions: number;
  readonly skipped: number;
  /** Of `judged`, how many predictions are right. */
  readonly correct: number;
  readonly judged: number;
  /** Absent where it was interrupted. */
  readonly figures?: ClassificationFigures | undefined;
  readonly problem?: Problem | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * A classification's record. The file may have been written by anyone: what a list or a page relies on is checked.
 * @param data the JSON of a `run.json`
 * @throws {SemapError} `invalid-document`
 */
export function readClassification(data: unknown): ClassificationRecord {
  const record = objectOf(data);
  if (record['kind'] !== 'classification') throw invalidDocument(phrase('Unknown record type.'));
  if (record['version'] !== 1) throw invalidDocument(phrase('The record is from a newer version of SeMap.'));
  const { id, time, name, status, left, folders, root, workspace, alignment, decided, labels, figures } =
    record;
  const backbone = objectOf(record['backbone']);
  const counts = ['total', 'predictions', 'skipped', 'correct', 'judged'].map((field) => record[field]);
  const whole =
    isTexts([id, time, root, decided, backbone['name'], backbone['path'], backbone['sha256']]) &&
    isTexts([name, left, workspace, alignment].filter((text) => text !== undefined)) &&
    runStatuses.some((one) => one === status) &&
    isTexts(folders) &&
    (folders as readonly string[]).length > 0 &&
    isTexts(labels) &&
    counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
  if (!whole) throw invalidDocument(lackingFields);
  return {
    ...(record as unknown as ClassificationRecord),
    figures: figures === undefined ? undefined : figuresOf(figures),
    problem: readProblem(record['problem']),
  };
}

function figuresOf(data: unknown): ClassificationFigures {
  const figures = objectOf(data);
  const { measuredOn, perClass, accuracy, balancedAccuracy, seconds, passedOver } = figures;
  const backbone = objectOf(figures['backbone']);
  const device = objectOf(figures['device']);
  const whole =
    isMeasuredOn(measuredOn) &&
    Number.isSafeInteger(figures['images']) &&
    isShareOrNull(accuracy) &&
    isShareOrNull(balancedAccuracy) &&
    Number.isFinite(seconds) &&
    isTexts([backbone['name'], backbone['sha256'], device['name'], objectOf(figures['method'])['name']]) &&
    Array.isArray(perClass) &&
    perClass.every(isClassMetrics) &&
    (passedOver === undefined || isPassedOver(passedOver));
  if (!whole) throw invalidDocument(lackingFields);
  return {
    ...(figures as unknown as ClassificationFigures),
    device: {
      ...(device as unknown as DeviceInfo),
      why: readText(device['why']) ?? phrase('Unknown'),
    },
  };
}

function isClassMetrics(one: unknown): boolean {
  const { label, images, precision, recall, f1 } = (one ?? {}) as Json;
  return (
    typeof label === 'string' && Number.isSafeInteger(images) && [precision, recall, f1].every(isShareOrNull)
  );
}

function isPassedOver(data: unknown): boolean {
  const { counts, files } = (data ?? {}) as Json;
  return (
    typeof counts === 'object' &&
    counts !== null &&
    Object.values(counts).every(Number.isSafeInteger) &&
    Array.isArray(files) &&
    files.every((file) => isTexts([file?.path, file?.kind]))
  );
}

function isShareOrNull(value: unknown): boolean {
  return value === null || isWithinRange(value, ACCURACY);
}

function objectOf(data: unknown): Json {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw invalidDocument(lackingFields);
  return data as Json;
}

function isTexts(data: unknown): boolean {
  return Array.isArray(data) && data.every((one) => typeof one === 'string');
}

/** The first line of a file of predictions: what is said once. */
export interface StoredHead {
  /** Names of the source labels that the lines speak of, by their index. */
  readonly sources: Readonly<Record<number, string>>;
  readonly skipped: readonly SkippedImage[];
}

/** Where an image lies: in which of the folders (-1: in none), and its path below that, with slashes. */
export interface StoredPlace {
  readonly folder: number;
  readonly path: string;
}

const LINES_VERSION = 1;
/** Source labels of an image that are kept. */
const MOST_FIRED = 3;

export function headLine({ sources, skipped }: StoredHead): string {
  return `${JSON.stringify({ version: LINES_VERSION, sources, skipped })}\n`;
}

/** `[folder, path, target, truth, confidence, source, share, source, share, ...]`, the shares with six decimals. */
export function predictionLine({ folder, path }: StoredPlace, prediction: Prediction): string {
  const { target, truth, confidence, fired } = prediction;
  const strongest = fired.flatMap(({ source, probability }) => [source, rounded(probability)]);
  return `${JSON.stringify([folder, path, target, truth, rounded(confidence), ...strongest])}\n`;
}

function rounded(share: number): number {
  return Number.isFinite(share) ? Number(share.toFixed(6)) : 0;
}

/** @throws {SemapError} `invalid-document` */
export function readHead(line: string): StoredHead {
  const head = objectOf(parsed(line));
  if (head['version'] !== LINES_VERSION)
    throw invalidDocument(phrase('The record is from a newer version of SeMap.'));
  const sources = Object.entries(objectOf(head['sources'])).filter(([, name]) => typeof name === 'string');
  const skipped = Array.isArray(head['skipped']) ? head['skipped'].flatMap(readSkipped) : [];
  return { sources: Object.fromEntries(sources) as StoredHead['sources'], skipped };
}

/**
 * @param targets how many there are: indices beyond them mean nothing
 * @throws {SemapError} `invalid-document`
 */
export function readPredictionLine(line: string, targets: number): StoredPlace & Omit<Prediction, 'path'> {
  const row = parsed(line);
  if (!Array.isArray(row)) throw invalidDocument(lackingFields);
  const [folder, path, target, truth, confidence, ...strongest] = row as unknown[];
  const isTarget = (index: unknown) => isIndex(index, -1) && index < targets;
  const whole =
    isIndex(folder, -1) &&
    typeof path === 'string' &&
    isTarget(target) &&
    isTarget(truth) &&
    isWithinRange(confidence, ACCURACY) &&
    strongest.length % 2 === 0 &&
    strongest.length <= 2 * MOST_FIRED &&
    strongest.every((value, i) => (i % 2 === 0 ? isIndex(value, 0) : isWithinRange(value, ACCURACY)));
  if (!whole) throw invalidDocument(lackingFields);
  const values = strongest as readonly number[];
  const fired = Array.from({ length: values.length / 2 }, (_, k) => ({
    source: values[2 * k],
    probability: values[2 * k + 1],
  }));
  return { folder, path, target: target as number, truth: truth as number, confidence, fired };
}

function isIndex(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) < 2 ** 31;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw invalidDocument(phrase('{0} is not valid JSON.', 'predictions.jsonl'));
  }
}
