import * as vscode from 'vscode';
import { parseAlignment } from '../core/alignments/alignmentText.ts';
import { invalidDocument, SemapError } from '../core/errors.ts';
import { imageFolders } from '../core/folders/layout.ts';
import { type ClassificationRecord, readClassification } from '../core/runs/classificationRecord.ts';
import { MovedPaths } from '../core/runs/movedPaths.ts';
import { LARGEST_RECORD, RUN_FILES } from '../core/runs/run.ts';
import { LARGEST_PREDICTIONS, storedPredictions } from '../core/runs/storedPredictions.ts';
import { type EpochMetrics, parseMetrics } from '../core/runs/trainingRecord.ts';
import { phrase } from '../core/text/text.ts';
import { mustBeSearch, WatchedSearch } from '../host/find/watchedSearch.ts';
import type { RankingRun } from '../host/ranking/rankingRun.ts';
import { cannotShow, rankingOf } from '../host/ranking/storedRanking.ts';
import type { ClassifyRun } from '../host/results/classifyRun.ts';
import { runOfRecord } from '../host/results/recordedRun.ts';
import type { Settlings } from '../host/results/settlings.ts';
import { damagedRun, type RunEntry, runOf } from '../host/runs/runEntry.ts';
import { mustBeTraining, WatchedTraining } from '../host/training/watchedTraining.ts';
import { readFile, uriOf } from './workspaceFiles.ts';

const LARGEST_ALIGNMENT = 256 << 20;
const LARGEST_METRICS = 64 << 20;

/** What a record says of the computer that wrote it: a folder of a run there, in a workspace. */
const RUN_FOLDER = /^(.*?)[\\/]\.semap[\\/]runs[\\/]/;

/** Reads one run's record. Never throws. @param folder its path */
export async function readRun(folder: string): Promise<RunEntry> {
  try {
    const read = await recordIn(folder);
    return withMovedFolders(runOf(folder, read, (data) => classificationIn(folder, data)));
  } catch (error) {
    return damagedRun(folder, error);
  }
}

/** The record of a classification, with its folders where they are here. */
function classificationIn(folder: string, data: unknown): ClassificationRecord {
  const record = readClassification(data);
  const paths = pathsOf(record.root, folder);
  return { ...record, folders: record.folders.map((one) => paths.absolute(one)) };
}

/** The same of a training and of a search, which name where they lay. */
function withMovedFolders(entry: RunEntry): RunEntry {
  if (entry.kind !== 'training' && entry.kind !== 'find') return entry;
  const { runFolder, folders } = entry.record.params;
  const root = typeof runFolder === 'string' ? RUN_FOLDER.exec(runFolder)?.[1] : undefined;
  if (root === undefined) return entry;
  const paths = pathsOf(root, entry.folder);
  const moved = folders.map((one) => paths.absolute(one));
  if (entry.kind === 'find')
    return { ...entry, record: { ...entry.record, params: { ...entry.record.params, folders: moved } } };
  const { sample, params } = entry.record;
  const { testFolder } = params;
  return {
    ...entry,
    record: {
      ...entry.record,
      ...(typeof sample === 'string' && { sample: paths.absolute(sample) }),
      params: {
        ...params,
        folders: moved,
        ...(testFolder !== undefined && { testFolder: paths.absolute(testFolder) }),
      },
    },
  };
}

/** A run is below the root of its workspace; one elsewhere has nothing else here. */
function pathsOf(root: string, folder: string): MovedPaths {
  return new MovedPaths(root, RUN_FOLDER.exec(`${folder}/`)?.[1] ?? folder);
}

/**
 * The training that a folder holds, with its curves.
 * @throws {SemapError} `invalid-document`
 */
export async function openTraining(folder: string): Promise<WatchedTraining> {
  const { record } = mustBeTraining(await readRun(folder));
  return new WatchedTraining({ folder, record, epochs: await metricsIn(folder), elsewhere: false });
}

/** None where there is no such file yet. */
async function metricsIn(folder: string): Promise<readonly EpochMetrics[]> {
  try {
    return parseMetrics(new TextDecoder().decode(await readIn(folder, RUN_FILES.metrics, LARGEST_METRICS)));
  } catch {
    return [];
  }
}

/**
 * The search that a folder holds.
 * @throws {SemapError} `invalid-document`
 */
export async function openSearch(folder: string): Promise<WatchedSearch> {
  const { record } = mustBeSearch(await readRun(folder));
  return new WatchedSearch({ folder, record, elsewhere: false });
}

/**
 * The ranking that a folder holds.
 * @throws {SemapError} `invalid-argument`
 */
export async function openRanking(folder: string): Promise<RankingRun> {
  const file = `${folder}/${RUN_FILES.record}`;
  try {
    return rankingOf(await recordIn(folder), file, (one, root) => pathsOf(root, folder).absolute(one));
  } catch (cause) {
    throw cannotShow(file, cause);
  }
}

/**
 * The classification that a folder holds, as it was.
 * @throws {SemapError} `invalid-document`, `not-found`
 */
export async function openClassification(folder: string, settlings: Settlings): Promise<ClassifyRun> {
  const record = classificationIn(folder, await recordIn(folder));
  const text = new TextDecoder().decode(await readIn(folder, RUN_FILES.alignment, LARGEST_ALIGNMENT));
  const alignment = parseAlignment(text);
  const packed = await readIn(folder, RUN_FILES.predictions, LARGEST_PREDICTIONS);
  const paths = pathsOf(record.root, folder);
  const stored = await storedPredictions({
    unpacked: unpacked(packed),
    count: record.predictions,
    labels: alignment.targets.map(({ label }) => label),
    fileAt: (at, path) => paths.fileAt(at === undefined ? undefined : record.folders[at], path),
    turn: () => new Promise((resolve) => setTimeout(resolve)),
  });
  const settings = {
    params: { ...imageFolders(record), backbone: record.backbone.name, alignment },
    backbone: record.backbone.name,
    alignmentPath: undefined,
  };
  return runOfRecord(record, settings, { stored, notes: [], keptIn: folder, settlings });
}

/** The JSON of a run's record. */
async function recordIn(folder: string): Promise<unknown> {
  const bytes = await readIn(folder, RUN_FILES.record, LARGEST_RECORD);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw invalidDocument(phrase('{0} is not valid JSON.', RUN_FILES.record), { cause });
  }
}

/** @throws {SemapError} `not-found`, `unreadable-file` */
async function readIn(folder: string, name: string, limit: number): Promise<Uint8Array> {
  try {
    return await readFile(vscode.Uri.joinPath(uriOf(folder), name), limit);
  } catch (cause) {
    if (!(cause instanceof SemapError) || cause.reason !== 'not-found') throw cause;
    throw new SemapError('not-found', phrase('{0} is missing in this run.', name), { cause });
  }
}

async function* unpacked(packed: Uint8Array): AsyncGenerator<Uint8Array, undefined> {
  const stream = new Blob([packed as Uint8Array<ArrayBuffer>]).stream();
  const reader = stream.pipeThrough(new DecompressionStream('gzip')).getReader();
  // Not every browser iterates over a stream.
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
