import { join } from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { RUN_FILES } from '../../core/runs/run.ts';
import type { TrainParams } from '../../core/runs/trainingSettings.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { ownerOf } from '../../files/folderLock.ts';
import { type LongRunParts, LongRuns } from '../runs/longRuns.ts';
import { isElsewhere, readMetrics, readRun } from '../runs/runEntries.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { WatchedTraining } from './watchedTraining.ts';

interface TrainingsParts extends LongRunParts<WatchedTraining> {
  readonly engine: Engine;
}

/** The trainings of this window: those in progress by their folder, and others as their folders tell them. */
export class Trainings extends LongRuns<WatchedTraining> {
  constructor({ engine, ...parts }: TrainingsParts) {
    super(parts, {
      read: readTrainingIn,
      run: (run, how) => run.start(engine, how === 'begin' ? 'train' : 'resumeRun'),
      canResume: async ({ record, folder }) =>
        record !== undefined || (await isTaken(join(folder, RUN_FILES.record))),
      pause: (runFolder) => engine.call('pauseTraining', { runFolder }),
      unpause: (runFolder) => engine.call('resumeTraining', { runFolder }),
      stop: (runFolder) => engine.call('stopTraining', { runFolder }),
      busy: phrase('Another window is training this run.'),
    });
  }

  /** Starts a run that waits for the ones before it. */
  start(params: TrainParams): WatchedTraining {
    return this.begin(new WatchedTraining({ folder: params.runFolder, params }));
  }
}

async function readTrainingIn(folder: string): Promise<WatchedTraining> {
  const [entry, epochs] = await Promise.all([readRun(folder), readMetrics(folder)]);
  if (entry.kind === 'damaged') throw new SemapError('invalid-document', entry.problem);
  if (entry.kind !== 'training')
    throw new SemapError('invalid-document', phrase('{0} is not a training run.', entry.name));
  const { record } = entry;
  const elsewhere = isElsewhere(record) && (await ownerOf(folder)) !== undefined;
  return new WatchedTraining({ folder, record, epochs, elsewhere });
}
