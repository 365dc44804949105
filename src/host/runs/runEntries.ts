import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LARGEST_RECORD, RUN_FILES } from '../../core/runs/run.ts';
import { type EpochMetrics, parseMetrics, type TrainingRecord } from '../../core/runs/trainingRecord.ts';
import { classificationIn } from '../../files/keptClassification.ts';
import { refuseLinks } from '../../files/links.ts';
import { isAlive } from '../../files/processes.ts';
import { readOfRun, runsFolder } from '../../files/runFolders.ts';
import { damagedRun, newestFirst, type RunEntry, runOf } from './runEntry.ts';

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
  return newestFirst(entries);
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
  try {
    const read: unknown = JSON.parse(String(await readOfRun(folder, RUN_FILES.record, LARGEST_RECORD)));
    return runOf(folder, read, (data) => classificationIn(folder, data));
  } catch (error) {
    return damagedRun(folder, error);
  }
}

const METRICS_LIMIT = 64 << 20;

/** The epochs of a run's `metrics.jsonl` in order; none when there is no such file yet. */
export async function readMetrics(folder: string): Promise<readonly EpochMetrics[]> {
  try {
    return parseMetrics(String(await readOfRun(folder, RUN_FILES.metrics, METRICS_LIMIT)));
  } catch {
    return [];
  }
}

/** Whether a process holds the run, as its record says. */
export function isElsewhere({ status, pid }: Pick<TrainingRecord, 'status' | 'pid'>): boolean {
  return (status === 'running' || status === 'queued') && isAlive(pid);
}
