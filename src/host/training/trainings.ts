import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { phrase } from '../../core/text/text.ts';
import { ownerOf } from '../../files/folderLock.ts';
import { hasRecord, type LongRunParts, LongRuns } from '../runs/longRuns.ts';
import { isElsewhere, readMetrics, readRun } from '../runs/runEntries.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTraining, WatchedTraining } from './watchedTraining.ts';

interface TrainingsParts extends LongRunParts<WatchedTraining> {
  readonly engine: Engine;
  /** What was asked of a training that waits, in this window or before it. */
  readonly asked: (folder: string) => TrainParams | undefined;
}

/** The trainings of this window: those in progress by their folder, and others as their folders tell them. */
export class Trainings extends LongRuns<WatchedTraining> {
  constructor({ engine, asked, ...parts }: TrainingsParts) {
    super(parts, {
      read: async (folder) => {
        const params = asked(folder);
        // As it was asked for while it has no record.
        if (params && !(await hasRecord(folder))) return new WatchedTraining({ folder, params });
        return readTrainingIn(folder);
      },
      run: (run, how) => run.start(engine, how === 'begin' ? 'train' : 'resumeRun'),
      pause: (runFolder) => engine.call('pauseTraining', { runFolder }),
      unpause: (runFolder) => engine.call('resumeTraining', { runFolder }),
      stop: (runFolder) => engine.call('stopTraining', { runFolder }),
      busy: phrase('Another window is training this run.'),
    });
  }
}

async function readTrainingIn(folder: string): Promise<WatchedTraining> {
  const [entry, epochs] = await Promise.all([readRun(folder), readMetrics(folder)]);
  const { record } = mustBeTraining(entry);
  const elsewhere = isElsewhere(record) && (await ownerOf(folder)) !== undefined;
  return new WatchedTraining({ folder, record, epochs, elsewhere });
}
