import type { AlignmentMethodSettings, DecidingHead, NamedBackbone } from '../alignments/alignment.ts';
import type { CautionSettings } from '../caution/cautiousAnswers.ts';
import { readCaution } from '../caution/settings.ts';
import { invalidDocument, type Problem, readProblem } from '../errors.ts';
import type { Prediction } from '../evidence/imageScorer.ts';
import { type ImageFolders, isLayout, isSplitName, type SplitName } from '../folders/layout.ts';
import type { PassedOver } from '../images/imageFiles.ts';
import { ACCURACY, isWithinRange } from '../mapping/ranges.ts';
import { phrase, readText } from '../text/text.ts';
import { type AnswerFigures, isAnswerFigures } from './answerFigures.ts';
import {
  type DeviceInfo,
  lackingFields,
  type RunStatus,
  readSkipped,
  runStatuses,
  type SkippedImage,
} from './run.ts';
import { readSettling, type SettlingRecord } from './settlingRecord.ts';

/*
 * A classification. A run has a folder of its own, `.semap/runs/<time>-classify-<name>/`:
 *
 *   run.json                ClassificationRecord: what was asked, how it ended, figures; written at the start and the end
 *   alignment.semap.json    the alignment as it was
 *   predictions.jsonl.gz    a StoredHead, then one line per image
 */

/** The figures of a classification. */
export interface ClassificationFigures extends AnswerFigures {
  readonly images: number;
  /** What lies beside the images and is not read; absent where there is nothing. */
  readonly passedOver?: PassedOver | undefined;
  readonly backbone: NamedBackbone;
  readonly method: AlignmentMethodSettings;
  /** What decided in the place of the mapping. */
  readonly head?: DecidingHead | undefined;
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
  /** ISO time at which it ended; absent in records of before, and while it runs. */
  readonly ended?: string | undefined;
  /** ISO time at which its window went, while it ran. */
  readonly left?: string | undefined;
  /** Absolute paths of what was classified. */
  readonly folders: readonly string[];
  /** How each was laid out; absent in records of before: as it is recognized. */
  readonly layouts?: ImageFolders['layouts'];
  /** Only images of it were classified. */
  readonly split?: SplitName | undefined;
  /** Folder of the job whose results were merged. */
  readonly job?: string | undefined;
  /** What came later was classified, too. */
  readonly watch?: true | undefined;
  /** The folder with `.semap` in it, and the workspace folder that the run was made for: not the same where it could not be written. */
  readonly root: string;
  readonly workspace?: string | undefined;
  /** File of the alignment document; `alignment.semap.json` is what it said then. */
  readonly alignment?: string | undefined;
  /** Tells whether the document decides otherwise by now. */
  readonly decided: string;
  readonly labels: readonly string[];
  readonly backbone: NamedBackbone & { readonly path: string };
  /** Images found by then, of which so many have a prediction. */
  readonly total: number;
  readonly predictions: number;
  readonly skipped: number;
  /** Of `judged`, how many predictions are right. */
  readonly correct: number;
  readonly judged: number;
  /** Absent where it was interrupted. */
  readonly figures?: ClassificationFigures | undefined;
  /** What is asked of answers, where anything is. */
  readonly caution?: CautionSettings | undefined;
  /** Where its images were settled. */
  readonly settling?: SettlingRecord | undefined;
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
  const {
    id,
    time,
    name,
    status,
    ended,
    left,
    folders,
    root,
    workspace,
    alignment,
    decided,
    labels,
    figures,
  } = record;
  const backbone = objectOf(record['backbone']);
  const counts = ['total', 'predictions', 'skipped', 'correct', 'judged'].map((field) => record[field]);
  const whole =
    isTexts([id, time, root, decided, backbone['name'], backbone['path'], backbone['sha256']]) &&
    isTexts([name, ended, left, workspace, alignment].filter((text) => text !== undefined)) &&
    runStatuses.some((one) => one === status) &&
    isTexts(folders) &&
    (folders as readonly string[]).length > 0 &&
    isTexts(labels) &&
    counts.every((count) => Number.isSafeInteger(count) && (count as number) >= 0);
  if (!whole) throw invalidDocument(lackingFields);
  return {
    ...(record as unknown as ClassificationRecord),
    figures: figures === undefined ? undefined : figuresOf(figures),
    watch: record['watch'] === true || undefined,
    ...readLayouts(record, (folders as readonly string[]).length),
    caution: readCaution(record['caution']),
    settling: readSettling(record['settling'], (labels as readonly string[]).length),
    problem: readProblem(record['problem']),
  };
}

/** What a record says of how its folders were read, as far as it says it in known words. */
function readLayouts(
  { layouts, split, job }: Json,
  folders: number,
): Pick<ClassificationRecord, 'layouts' | 'split' | 'job'> {
  const known = Array.isArray(layouts) && layouts.length === folders && layouts.every(isLayout);
  return {
    layouts: known ? layouts : undefined,
    split: isSplitName(split) ? split : undefined,
    job: typeof job === 'string' ? job : undefined,
  };
}

function figuresOf(data: unknown): ClassificationFigures {
  const figures = objectOf(data);
  const { seconds, passedOver } = figures;
  const backbone = objectOf(figures['backbone']);
  const device = objectOf(figures['device']);
  const whole =
    isAnswerFigures(figures) &&
    Number.isSafeInteger(figures['images']) &&
    Number.isFinite(seconds) &&
    isTexts([backbone['name'], backbone['sha256'], device['name'], objectOf(figures['method'])['name']]) &&
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
  /** Whether lines have settled answers beside the plain ones. */
  readonly settled?: boolean | undefined;
  /** The splits of the images in the order of their lines, where they are of any. */
  readonly splits?: readonly SplitRow[] | undefined;
}

/** So many images one after the other are of a split, or of none. */
export type SplitRow = readonly [split: SplitName | null, images: number];

/** The splits of images, one after the other, as rows. */
export function splitRows(splits: Iterable<SplitName | undefined>): readonly SplitRow[] {
  const rows: [split: SplitName | null, images: number][] = [];
  for (const split of splits) {
    const last = rows.at(-1);
    if (last && last[0] === (split ?? null)) last[1]++;
    else rows.push([split ?? null, 1]);
  }
  return rows;
}

/** The same one after the other again; none for images beyond. */
export function* splitsOf(rows: readonly SplitRow[] = []): Generator<SplitName | undefined, undefined> {
  for (const [split, images] of rows) for (let i = 0; i < images; i++) yield split ?? undefined;
}

/** Where an image lies: in which of the folders (-1: in none), and its path below that, with slashes. */
export interface StoredPlace {
  readonly folder: number;
  readonly path: string;
}

/** What stands beside a prediction where the images were settled. */
export interface StoredAnswer {
  readonly target: number;
  readonly confidence: number;
  /** What a person said: a target; -1: nothing, -2: none of the labels. */
  readonly given: number;
}

const PLAIN_LINES = 1;
/** Lines have a {@link StoredAnswer}, too. */
const SETTLED_LINES = 2;
/** Source labels of an image that are kept. */
const MOST_FIRED = 3;

export function headLine({ sources, skipped, settled, splits }: StoredHead): string {
  const version = settled ? SETTLED_LINES : PLAIN_LINES;
  return `${JSON.stringify({ version, sources, skipped, ...(splits && { splits }) })}\n`;
}

/**
 * `[folder, path, target, truth, confidence, source, share, source, share, ...]`, the shares with six decimals. In lines
 * of version 2 the settled target, its confidence and what was given follow the plain confidence.
 */
export function predictionLine(
  { folder, path }: StoredPlace,
  prediction: Prediction,
  answer?: StoredAnswer,
): string {
  const { target, truth, confidence, fired } = prediction;
  const strongest = fired.flatMap(({ source, probability }) => [source, rounded(probability)]);
  const settled = answer ? [answer.target, rounded(answer.confidence), answer.given] : [];
  return `${JSON.stringify([folder, path, target, truth, rounded(confidence), ...settled, ...strongest])}\n`;
}

function rounded(share: number): number {
  return Number.isFinite(share) ? Number(share.toFixed(6)) : 0;
}

/** @throws {SemapError} `invalid-document` */
export function readHead(line: string): StoredHead {
  const head = objectOf(parsed(line));
  const version = head['version'];
  if (version !== PLAIN_LINES && version !== SETTLED_LINES)
    throw invalidDocument(phrase('The record is from a newer version of SeMap.'));
  const sources = Object.entries(objectOf(head['sources'])).filter(([, name]) => typeof name === 'string');
  const skipped = Array.isArray(head['skipped']) ? head['skipped'].flatMap(readSkipped) : [];
  return {
    sources: Object.fromEntries(sources) as StoredHead['sources'],
    skipped,
    settled: version === SETTLED_LINES,
    ...(Array.isArray(head['splits']) && { splits: head['splits'].filter(isSplitRow) }),
  };
}

function isSplitRow(row: unknown): row is SplitRow {
  if (!Array.isArray(row) || row.length !== 2) return false;
  const [split, images] = row as unknown[];
  return (split === null || isSplitName(split)) && isIndex(images, 1);
}

/** What a line of predictions holds. */
export type StoredPrediction = StoredPlace &
  Omit<Prediction, 'path'> & { readonly answer?: StoredAnswer | undefined };

/**
 * @param targets how many there are: indices beyond them mean nothing
 * @param settled whether lines have settled answers
 * @throws {SemapError} `invalid-document`
 */
export function readPredictionLine(line: string, targets: number, settled = false): StoredPrediction {
  const row = parsed(line);
  if (!Array.isArray(row)) throw invalidDocument(lackingFields);
  const [folder, path, target, truth, confidence, ...others] = row as unknown[];
  const [settledTarget, settledConfidence, given] = settled ? others.splice(0, 3) : [-1, 0, -1];
  const isTarget = (index: unknown) => isIndex(index, -1) && index < targets;
  const whole =
    isIndex(folder, -1) &&
    typeof path === 'string' &&
    isTarget(target) &&
    isTarget(truth) &&
    isWithinRange(confidence, ACCURACY) &&
    isTarget(settledTarget) &&
    isWithinRange(settledConfidence, ACCURACY) &&
    isIndex(given, -2) &&
    given < targets &&
    others.length % 2 === 0 &&
    others.length <= 2 * MOST_FIRED &&
    others.every((value, i) => (i % 2 === 0 ? isIndex(value, 0) : isWithinRange(value, ACCURACY)));
  if (!whole) throw invalidDocument(lackingFields);
  const values = others as readonly number[];
  const fired = Array.from({ length: values.length / 2 }, (_, k) => ({
    source: values[2 * k],
    probability: values[2 * k + 1],
  }));
  return {
    folder,
    path,
    target: target as number,
    truth: truth as number,
    confidence,
    fired,
    ...(settled
      ? { answer: { target: settledTarget as number, confidence: settledConfidence as number, given } }
      : {}),
  };
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
