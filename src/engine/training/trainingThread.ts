import type { Baseline } from '../../core/runs/trainingRecord.ts';
import type { PlainImages, TrainerProgress, TrainJob, TrainOutcome } from '../../core/training/trainJob.ts';
import type { TrainEstimate } from '../../protocol/training.ts';

/** What a training thread offers. One run at a time. */
export interface TrainingWorkerApi {
  estimate: {
    params: Omit<TrainJob, 'runFolder' | 'resume'>;
    result: Pick<TrainEstimate, 'secondsPerStep' | 'parameters' | 'gradient' | 'why'> & {
      readonly secondsPerForward: number;
    };
    progress: { readonly done: number; readonly total: number };
  };
  train: { params: TrainJob; result: TrainOutcome; progress: TrainerProgress };
  /** After `train`: the best epoch's prompt and mapping, and the baselines, on images that were not touched before. */
  test: {
    params: PlainImages;
    result: { readonly accuracy: number; readonly baselines: readonly Baseline[] };
    progress: never;
  };
  /** Between two steps: `pause` waits with a checkpoint written, `leave` ends so, `stop` ends and keeps the best. */
  control: { params: 'pause' | 'resume' | 'leave' | 'stop'; result: undefined; progress: never };
}
