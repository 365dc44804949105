import { lstat, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { ACCURACY, isWithinRange } from '../../core/mapping/ranges.ts';
import { datasetOfRun, LARGEST_RECORD, RUN_FILES, type RunPhase } from '../../core/runs/run.ts';
import type { TrainingRecord, TrainSettings } from '../../core/runs/trainingRecord.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { refuseLinks } from '../../files/links.ts';
import { isAlive } from '../../files/processes.ts';
import { readOfRun, runsFolder } from '../../files/runFolders.ts';
import type { RankResult } from '../../protocol/ranking.ts';

/** A run of a workspace as its folder tells it, or that is about to have one. */
export type RunEntry = TrainingEntry | RankingEntry | DamagedEntry | StartingEntry;

interface Entry {
  /** Absolute path of the run's folder. */
  readonly folder: string;
  /** What people call it. */
  readonly name: string;
  /** ISO time of the start, where it is told. */
  readonly time?: string;
}

export interface TrainingEntry extends Entry {
  readonly kind: 'training';
  readonly record: TrainingRecord;
}

interface RankingEntry extends Entry {
  readonly kind: 'ranking';
  /** The folders that it is about. */
  readonly folders: readonly string[];
  /** The backbone that leads: its zero-shot accuracy, and on how many images that was measured. */
  readonly best?: { readonly name: string; readonly accuracy: number | null; readonly images?: number };
}

/** A training that waits or prepares: its folder comes with its first record. */
export interface StartingEntry extends Entry {
  readonly kind: 'starting';
  readonly phase: RunPhase;
  readonly settings: TrainSettings;
}

export interface DamagedEntry extends Entry {
  readonly kind: 'damaged';
  readonly problem: string;
}

/** Folders looked at, newest first. */
const MOST_RUNS = 1000;

/** What was read of runs before, by their folder: a record that has not changed is not read again. */
export type KnownRuns = Map<string, { readonly stamp: string; readonly entry: RunEntry }>;

/**
 * The runs below a workspace folder, newest first. One that cannot be read is listed as damaged and hides no other.
 * @param known is used, and brought up to date
 */
export async function listRuns(root: string, known: KnownRuns = new Map()): Promise<readonly RunEntry[]> {
  const parent = runsFolder(root);
  let names: string[];
  try {
    await refuseLinks(parent, root);
    names = (await readdir(parent, { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
  } catch {
    // No runs, or a folder that cannot be read: there is nothing to list.
    return [];
  }
  // Names begin with the time.
  names.sort((a, b) => (a < b ? 1 : -1));
  const entries = await Promise.all(
    names.slice(0, MOST_RUNS).map((name) => readUnlessKnown(join(parent, name), known)),
  );
  return entries
    .map((entry, i) => ({ entry, i }))
    .sort((a, b) => compareTimes(b.entry.time, a.entry.time) || a.i - b.i)
    .map(({ entry }) => entry);
}

async function readUnlessKnown(folder: string, known: KnownRuns): Promise<RunEntry> {
  const stats = await lstat(join(folder, RUN_FILES.record)).catch(() => undefined);
  const stamp = stats === undefined ? '' : `${stats.mtimeMs} ${stats.ctimeMs} ${stats.size} ${stats.ino}`;
  const before = known.get(folder);
  if (stamp !== '' && before?.stamp === stamp) return before.entry;
  const entry = await readRun(folder);
  known.set(folder, { stamp, entry });
  return entry;
}

/** Reads one run's record. Never throws. */
export async function readRun(folder: string): Promise<RunEntry> {
  const fallback = { folder, name: basename(folder) };
  try {
    const record = asObject(JSON.parse(String(await readOfRun(folder, RUN_FILES.record, LARGEST_RECORD))));
    const time =
      typeof record['time'] === 'string' && !Number.isNaN(Date.parse(record['time']))
        ? record['time']
        : undefined;
    const given = typeof record['name'] === 'string' ? record['name'] : undefined;
    const entry = {
      folder,
      name: nameOfRun(folder, time, given),
      ...(time === undefined ? {} : { time }),
    };
    if (record['kind'] === 'ranking')
      return { ...entry, kind: 'ranking', folders: foldersOf(record), ...bestOf(record) };
    if (record['kind'] !== 'training')
      throw new Error(vscode.l10n.t('Its record is of no kind that is known.'));
    return { ...entry, kind: 'training', record: checkTraining(record) };
  } catch (error) {
    return { ...fallback, kind: 'damaged', problem: problemOf(error) };
  }
}

/** What a run is called: as a person named it, otherwise by the dataset and when it began. */
export function nameOfRun(folder: string, time: string | undefined, given: string | undefined): string {
  const name = oneLine(given ?? '');
  if (name !== '') return name;
  const own = oneLine(basename(folder));
  const dataset = datasetOfRun(own);
  const began = new Date(time ?? Number.NaN);
  if (dataset === undefined || Number.isNaN(began.getTime())) return own;
  const at = began.toLocaleString([], {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  return `${dataset}, ${at}`;
}

const STATUSES: readonly string[] = ['queued', 'running', 'paused', 'done', 'stopped', 'failed'];

/** What everything else relies on; fields beyond that are looked at where they are used. */
function checkTraining(record: Record<string, unknown>): TrainingRecord {
  if (record['version'] !== 1) throw new Error(vscode.l10n.t('Its record is of a newer version.'));
  const params = asObject(record['params']);
  const wrong =
    !STATUSES.includes(String(record['status'])) ||
    !isTexts(params['folders']) ||
    !isTexts(record['labels']) ||
    !isTexts([asObject(record['backbone'])['name']]) ||
    !isTexts([asObject(asObject(record['settings'])['prompt'])['kind']]) ||
    !Array.isArray(record['baselines']) ||
    !record['baselines'].every((row) => typeof row === 'object' && row !== null) ||
    !Number.isFinite(asObject(record['settings'])['epochs']) ||
    !Number.isFinite(record['epoch']);
  if (wrong) throw new Error(vscode.l10n.t('Its record lacks fields, or they are of another type.'));
  const best = record['best'];
  if (best !== undefined && !isWithinRange(asObject(best)['valAccuracy'], ACCURACY))
    throw new Error(vscode.l10n.t('Its best epoch has no accuracy.'));
  return record as unknown as TrainingRecord;
}

function bestOf(record: Record<string, unknown>): Pick<RankingEntry, 'best'> {
  const { rows, verdict } = record as Partial<RankResult>;
  const name = verdict?.best?.[0];
  if (!Array.isArray(rows) || typeof name !== 'string') return {};
  const { accuracy, labelled } = rows.find((row) => row?.name === name)?.scores ?? {};
  return {
    best: {
      name,
      accuracy: isWithinRange(accuracy, ACCURACY) ? accuracy : null,
      ...(typeof labelled === 'number' ? { images: labelled } : {}),
    },
  };
}

function foldersOf({ asked }: Record<string, unknown>): readonly string[] {
  const folders = (asked as { folders?: unknown } | undefined)?.folders;
  return isTexts(folders) ? (folders as readonly string[]) : [];
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(vscode.l10n.t('Its record lacks fields, or they are of another type.'));
  return value as Record<string, unknown>;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function problemOf(error: unknown): string {
  if (error instanceof SyntaxError) return vscode.l10n.t('{0} is not JSON.', RUN_FILES.record);
  if (error instanceof SemapError && error.reason === 'not-found')
    return vscode.l10n.t('It has no {0}.', RUN_FILES.record);
  return error instanceof Error ? error.message : String(error);
}

function compareTimes(a: string | undefined, b: string | undefined): number {
  return a === undefined || b === undefined ? 0 : Date.parse(a) - Date.parse(b);
}

/** Whether another process holds the run, as its record says. */
export function isElsewhere({ status, pid }: TrainingRecord): boolean {
  return (status === 'running' || status === 'queued') && isAlive(pid);
}
