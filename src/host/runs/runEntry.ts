import { basename } from 'node:path';
import * as vscode from 'vscode';
import { toSemapError } from '../../core/errors.ts';
import type { FindRecord } from '../../core/find/findRecord.ts';
import { readFind } from '../../core/find/readFind.ts';
import { ACCURACY, isWithinRange } from '../../core/mapping/ranges.ts';
import type { ClassificationRecord } from '../../core/runs/classificationRecord.ts';
import type { RankResult } from '../../core/runs/rankingRecord.ts';
import { datasetOfRun, RUN_FILES, type RunPhase } from '../../core/runs/run.ts';
import { readTraining, type TrainingRecord } from '../../core/runs/trainingRecord.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { phrase, type Text } from '../../core/text/text.ts';

/** A run of a workspace as its folder tells it, or that is about to have one. */
export type RunEntry =
  | TrainingEntry
  | RankingEntry
  | ClassificationEntry
  | FindEntry
  | DamagedEntry
  | StartingEntry;

interface Entry {
  /** Absolute path of the run's folder. */
  readonly folder: string;
  /** What people call it. */
  readonly name: string;
  /** ISO time of the start, where it is told. */
  readonly time?: string | undefined;
}

export interface TrainingEntry extends Entry {
  readonly kind: 'training';
  readonly record: TrainingRecord;
}

interface RankingBest {
  readonly name: string;
  readonly accuracy: number | null;
  /** On how many the accuracy was measured. */
  readonly images: number | undefined;
}

interface RankingEntry extends Entry {
  readonly kind: 'ranking';
  /** The folders that it is about. */
  readonly folders: readonly string[];
  /** The leading backbone and its zero-shot accuracy. */
  readonly best: RankingBest | undefined;
}

export interface ClassificationEntry extends Entry {
  readonly kind: 'classification';
  readonly record: ClassificationRecord;
}

/** A search for the best reuse. */
export interface FindEntry extends Entry {
  readonly kind: 'find';
  readonly record: FindRecord;
}

/** A training or search that waits or prepares: its folder comes with its first record. */
export interface StartingEntry extends Entry {
  readonly kind: 'starting';
  readonly of: 'training' | 'find';
  readonly phase: RunPhase;
  /** What it does now and with what: `waiting · padding + BLM+`. */
  readonly words: string;
}

export interface DamagedEntry extends Entry {
  readonly kind: 'damaged';
  readonly problem: Text;
}

/**
 * A run as its record tells it, whoever read the file.
 * @param read the JSON of the record
 * @param classificationOf the record of a classification, with its folders where they are here
 * @throws {SemapError} `invalid-document`
 */
export function runOf(
  folder: string,
  read: unknown,
  classificationOf: (read: unknown) => ClassificationRecord,
): RunEntry {
  const record = asObject(read);
  const time =
    typeof record['time'] === 'string' && !Number.isNaN(Date.parse(record['time']))
      ? record['time']
      : undefined;
  const given = typeof record['name'] === 'string' ? record['name'] : undefined;
  const entry = { folder, name: nameOfRun(folder, time, given), time };
  if (record['kind'] === 'ranking')
    return { ...entry, kind: 'ranking', folders: foldersOf(record), best: bestOf(record) };
  if (record['kind'] === 'classification')
    return { ...entry, kind: 'classification', record: classificationOf(read) };
  if (record['kind'] === 'find') return { ...entry, kind: 'find', record: readFind(read) };
  return { ...entry, kind: 'training', record: readTraining(read) };
}

/** A run whose record cannot be read. */
export function damagedRun(folder: string, error: unknown): DamagedEntry {
  return { folder, name: basename(folder), kind: 'damaged', problem: problemOf(error) };
}

/** Runs by when they began; those whose times are not told stay where they are. */
export function newestFirst(entries: readonly RunEntry[]): readonly RunEntry[] {
  return entries
    .map((entry, i) => ({ entry, i }))
    .sort((a, b) => compareTimes(b.entry.time, a.entry.time) || a.i - b.i)
    .map(({ entry }) => entry);
}

/** What a run is called: as a person named it, otherwise by the dataset and when it began. */
export function nameOfRun(folder: string, time: string | undefined, given: string | undefined): string {
  const name = oneLine(given ?? '');
  if (name !== '') return name;
  const own = oneLine(basename(folder));
  const dataset = datasetOfRun(own);
  const began = new Date(time ?? Number.NaN);
  if (dataset === undefined || Number.isNaN(began.getTime())) return own;
  const isToday = began.toDateString() === new Date().toDateString();
  const at = began.toLocaleString(vscode.env.language, {
    ...(isToday ? {} : { day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
  });
  return `${dataset}, ${at}`;
}

function bestOf(record: Readonly<Record<string, unknown>>): RankingBest | undefined {
  const { rows, verdict } = record as Partial<RankResult>;
  const name = verdict?.best?.[0];
  if (!Array.isArray(rows) || typeof name !== 'string') return undefined;
  const { accuracy, labelled } = rows.find((row) => row?.name === name)?.scores ?? {};
  return {
    name,
    accuracy: isWithinRange(accuracy, ACCURACY) ? accuracy : null,
    images: typeof labelled === 'number' ? labelled : undefined,
  };
}

function foldersOf({ asked }: Readonly<Record<string, unknown>>): readonly string[] {
  const { folders } = asObject(asked);
  return Array.isArray(folders) && folders.every((one) => typeof one === 'string') ? folders : [];
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function problemOf(error: unknown): Text {
  if (error instanceof SyntaxError) return phrase('{0} is not valid JSON.', RUN_FILES.record);
  const { reason, text } = toSemapError(error);
  return reason === 'not-found' ? phrase('{0} is missing.', RUN_FILES.record) : text;
}

function compareTimes(a: string | undefined, b: string | undefined): number {
  return a === undefined || b === undefined ? 0 : Date.parse(a) - Date.parse(b);
}
