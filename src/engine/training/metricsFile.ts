import { RUN_FILES } from '../../core/runs/run.ts';
import type { EpochMetrics } from '../../core/runs/trainingRecord.ts';
import { appendRunFile, readRunFile, writeRunFile } from './runFiles.ts';

/** A million epochs fit. */
const LARGEST = 256 << 20;

/** metrics.jsonl: a line an epoch. */
export class MetricsFile {
  readonly #runFolder: string;

  constructor(runFolder: string) {
    this.#runFolder = runFolder;
  }

  append(metrics: EpochMetrics): Promise<void> {
    return appendRunFile(this.#runFolder, RUN_FILES.metrics, lineOf(metrics));
  }

  /**
   * Goes on after an epoch: later ones, and a line that was cut off, are taken away.
   * @returns the epochs up to there
   */
  async keepUpTo(epoch: number): Promise<EpochMetrics[]> {
    const text = String((await readRunFile(this.#runFolder, RUN_FILES.metrics, LARGEST)) ?? '');
    const kept = text.split('\n').flatMap((line): EpochMetrics[] => {
      try {
        return [JSON.parse(line) as EpochMetrics].filter((metrics) => metrics.epoch <= epoch);
      } catch {
        return [];
      }
    });
    await writeRunFile(this.#runFolder, RUN_FILES.metrics, kept.map(lineOf).join(''));
    return kept;
  }
}

function lineOf(metrics: EpochMetrics): string {
  return `${JSON.stringify(metrics)}\n`;
}
