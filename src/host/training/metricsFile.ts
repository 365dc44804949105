import { RUN_FILES } from '../../core/runs/run.ts';
import type { EpochMetrics } from '../../core/runs/trainingRecord.ts';
import { readOfRun } from '../../files/runFolders.ts';

const METRICS_LIMIT = 64 << 20;

/** The epochs of a run's `metrics.jsonl` in order; none when there is no such file yet. */
export async function readMetrics(folder: string): Promise<readonly EpochMetrics[]> {
  try {
    return parseMetrics(String(await readOfRun(folder, RUN_FILES.metrics, METRICS_LIMIT)));
  } catch {
    return [];
  }
}

/**
 * One epoch a line. Lines that are cut off or say something else are left out; of an epoch that was trained again after
 * an interruption the last line counts.
 */
export function parseMetrics(text: string): readonly EpochMetrics[] {
  const epochs = new Map<number, EpochMetrics>();
  for (const line of text.split('\n')) {
    const metrics = parseLine(line);
    if (metrics) epochs.set(metrics.epoch, metrics);
  }
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch);
}

function parseLine(line: string): EpochMetrics | undefined {
  if (line.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { epoch, valLoss, valAccuracy } = value as Partial<EpochMetrics>;
    const usable = Number.isInteger(epoch) && isNumber(valLoss) && isNumber(valAccuracy);
    return usable ? (value as EpochMetrics) : undefined;
  } catch {
    return undefined;
  }
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value);
}
