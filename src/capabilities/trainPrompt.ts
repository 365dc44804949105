import type { TrainingRecord } from '../core/runs/trainingRecord.ts';
import type { TrainParams } from '../core/runs/trainingSettings.ts';
import { percent, timeLeft } from '../core/text/numbers.ts';
import { phrase, type Text } from '../core/text/text.ts';
import type { TrainProgress } from '../core/training/trainJob.ts';
import type { Session } from './session.ts';

/** Shows a training where a door has more than a line for it. */
export type ShowTraining = (progress: TrainProgress) => void;

/**
 * Trains a visual prompt in a run of its own, or goes on with a run. Cancelled, it answers with a record that is paused,
 * which can be resumed.
 * @param show absent: how far it is is reported
 * @throws {SemapError} what the engine says; the run is kept then
 */
export function trainPrompt(
  run: TrainParams | { readonly resume: string },
  session: Session,
  show: ShowTraining = reported(session),
): Promise<TrainingRecord> {
  const { engine, signal } = session;
  const options = { signal, onProgress: show };
  return 'resume' in run
    ? engine.call('resumeRun', { runFolder: run.resume }, options)
    : engine.call('train', run, options);
}

function reported({ report }: Session): ShowTraining {
  return (progress) => {
    switch (progress.kind) {
      case 'queued':
        return report({ message: phrase('Waiting for other trainings') });
      case 'preparing':
        return report({ message: PREPARING[progress.what] });
      case 'step': {
        const { epoch, epochs, step, steps, trainAccuracy, secondsLeft } = progress;
        return report({
          share: (epoch - 1 + step / steps) / epochs,
          message: phrase(
            'Epoch {0} of {1}, {2} of the training images right, {3}',
            epoch,
            epochs,
            percent(trainAccuracy),
            timeLeft(secondsLeft),
          ),
        });
      }
      case 'epoch': {
        const { epoch, valAccuracy } = progress.metrics;
        return report({ message: phrase('Epoch {0}: validation {1}', epoch, percent(valAccuracy)) });
      }
    }
  };
}

const PREPARING: Readonly<Record<Extract<TrainProgress, { kind: 'preparing' }>['what'], Text>> = {
  graph: phrase('Deriving the gradient'),
  images: phrase('Reading images'),
  outputs: phrase('Running the backbone'),
  baselines: phrase('Computing baselines'),
};
