import type { SplitRoles } from '../core/folders/splitRoles.ts';
import type { MeasuredOn } from '../core/metrics/measuredOn.ts';
import type { TrainingRecord } from '../core/runs/trainingRecord.ts';
import type { TrainParams } from '../core/runs/trainingSettings.ts';
import type { Text } from '../core/text/text.ts';
import type { TrainProgress } from '../core/training/trainJob.ts';
import type { Call } from './rpc.ts';

/** What a training will take, from steps that were measured. */
export interface TrainEstimate {
  readonly classes: readonly { readonly label: string; readonly images: number }[];
  readonly trainImages: number;
  readonly validationImages: number;
  /** Which images of the folders these are (`learned` and `measured`), and which folders are left out. */
  readonly measuredOn: MeasuredOn;
  /** What the splits of the folders are used for, where they have several. */
  readonly splits?: SplitRoles | undefined;
  readonly stepsPerEpoch: number;
  readonly secondsPerStep: number;
  /** All epochs with validation and baselines, without early stop. */
  readonly seconds: number;
  /** Numbers to be trained. */
  readonly parameters: number;
  /** `spsa` = no gradient through this backbone: slow, and only `low-rank` or `none` make sense. */
  readonly gradient: 'exact' | 'spsa';
  /** Why there is no gradient. */
  readonly why?: Text | undefined;
}

/** One of the engine's runs that is not over. */
export interface QueuedRun {
  readonly runFolder: string;
  readonly state: 'queued' | 'running' | 'paused';
  readonly ahead: number;
}

/** What the engine offers for training. */
export interface TrainingMethods {
  /** Measures a few steps; writes nothing. Progress: how many of them are done. */
  estimateTraining: Call<
    Omit<TrainParams, 'runFolder'>,
    TrainEstimate,
    { readonly done: number; readonly total: number }
  >;
  /**
   * Trains; answers when the run is over. Cancelling the call checkpoints and answers with status `paused`. With
   * another run in progress it waits. Errors are in the record too, and the run is kept.
   */
  train: Call<TrainParams, TrainingRecord, TrainProgress>;
  /** Goes on with a run of an earlier engine, or one that was cancelled or failed; everything else as `train`. */
  resumeRun: Call<{ readonly runFolder: string }, TrainingRecord, TrainProgress>;
  /** Halts a run of this engine after the current step, with a checkpoint; its `train` call stays open. */
  pauseTraining: Call<{ readonly runFolder: string }>;
  /** Goes on with a run that was paused. */
  resumeTraining: Call<{ readonly runFolder: string }>;
  /** Ends a run after the current step: the best epoch so far is kept, baselines and test are finished. */
  stopTraining: Call<{ readonly runFolder: string }>;
  /** Runs of this engine that are not over, in order. */
  trainingRuns: Call<null, readonly QueuedRun[]>;
}
