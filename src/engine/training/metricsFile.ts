import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { type EpochMetrics, RUN_FILES } from '../../protocol/training.ts';
import { readIfThere, writeError, writeWhole } from './runFiles.ts';

/** metrics.jsonl: a line an epoch. */
export class MetricsFile {
  readonly #file: string;

  constructor(runFolder: string) {
    this.#file = path.join(runFolder, RUN_FILES.metrics);
  }

  async append(metrics: EpochMetrics): Promise<void> {
    await appendFile(this.#file, lineOf(metrics)).catch((error) => {
      throw writeError(this.#file, error);
    });
  }

  /**
   * Goes on after an epoch: later ones, and a line that was cut off, are taken away.
   * @returns the epochs up to there
   */
  async keepUpTo(epoch: number): Promise<EpochMetrics[]> {
    const lines = String((await readIfThere(this.#file)) ?? '').split('\n');
    const kept = lines.flatMap((line): EpochMetrics[] => {
      try {
        return [JSON.parse(line) as EpochMetrics].filter((metrics) => metrics.epoch <= epoch);
      } catch {
        return [];
      }
    });
    await writeWhole(this.#file, kept.map(lineOf).join(''));
    return kept;
  }
}

function lineOf(metrics: EpochMetrics): string {
  return `${JSON.stringify(metrics)}\n`;
}
