import type { Baseline } from '../../core/runs/trainingRecord.ts';
import type { PlainImages, TrainerProgress, TrainJob, TrainOutcome } from '../../core/training/trainJob.ts';
import type { Call } from '../../protocol/rpc.ts';
import type { TrainEstimate } from '../../protocol/training.ts';

/** What a training thread offers. One run at a time. */
export interface TrainingWorkerApi {
  estimate: Call<
    Omit<TrainJob, 'runFolder' | 'resume'>,
    Pick<TrainEstimate, 'secondsPerStep' | 'parameters' | 'gradient' | 'why'> & {
      readonly secondsPerForward: number;
    },
    { readonly done: number; readonly total: number }
  >;
  train: Call<TrainJob, TrainOutcome, TrainerProgress>;
  /** After `train`: the best epoch's prompt and mapping, and the baselines, on images that were not touched before. */
  test: Call<PlainImages, { readonly accuracy: number; readonly baselines: readonly Baseline[] }>;
  /** Between two steps: `pause` waits with a checkpoint written, `leave` ends so, `stop` ends and keeps the best. */
  control: Call<'pause' | 'resume' | 'leave' | 'stop'>;
}
