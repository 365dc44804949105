import type { AlignmentDocument } from '../core/alignments/alignment.ts';
import type { BackboneSidecar } from '../core/backbones/backboneSidecar.ts';
import type { Problem } from '../core/errors.ts';
import type { MeasuredOn } from '../core/metrics/measuredOn.ts';
import type { BackboneRef } from './backboneRef.ts';
import type { SkippedImage } from './classification.ts';
import type { DeviceInfo } from './device.ts';

/*
 * Training a visual prompt. A run lives in a folder of its own, `.semap/runs/<time>-train-<name>/`:
 *
 *   run.json                  RunRecord: settings, status, baselines, best epoch, verdict; rewritten after every epoch
 *   metrics.jsonl             one EpochMetrics a line, in order; a resumed run goes on at the end
 *   prompt.safetensors        the prompt of the best epoch so far (float32), with its settings as metadata
 *   prompt.png                the same as a picture
 *   sample.png                a validation image with that prompt applied
 *   alignment.semap.json      the mapping of the best epoch as a document that points to prompt.safetensors
 *   checkpoint.safetensors    what a resumed run goes on from
 *
 * Every file but metrics.jsonl is written under another name first and then renamed.
 */

export const RUN_FILES = {
  record: 'run.json',
  metrics: 'metrics.jsonl',
  prompt: 'prompt.safetensors',
  picture: 'prompt.png',
  sample: 'sample.png',
  alignment: 'alignment.semap.json',
  checkpoint: 'checkpoint.safetensors',
} as const;

/** Bytes of a run.json; a record with the confusion of a thousand classes fits well. */
export const LARGEST_RECORD = 32 << 20;

export const promptKinds = ['padding', 'watermark', 'low-rank', 'mask', 'none'] as const;
/** `none` = only the mapping is learned: no gradient is needed. */
export type PromptKind = (typeof promptKinds)[number];

export const trainMappings = ['semap', 'ilm', 'flm', 'blm', 'blm+', 'semap-labels'] as const;
/**
 * How the mapping is made: `semap` stays the semantic one; all others start from it and are refreshed after every epoch
 * from the logits that the epoch saw (ilm: one source each, best assignment; flm: the same, greedy as in ILM-VP).
 */
export type TrainMapping = (typeof trainMappings)[number];

export interface PromptSettings {
  readonly kind: PromptKind;
  /** padding: width of the frame in pixels of the backbone's input; absent: an eighth of its edge. */
  readonly frame?: number;
  /** low-rank: absent: 4. */
  readonly rank?: number;
}

export interface TrainSettings {
  readonly prompt: PromptSettings;
  /** Absent: blm+. */
  readonly mapping?: TrainMapping;
  /** Absent: adam. */
  readonly optimiser?: 'adam' | 'sgd';
  /** The highest; absent: .01 (adam; .003 for a watermark), 10 (sgd). */
  readonly learningRate?: number;
  /** Absent: 20. */
  readonly epochs?: number;
  /** Ends after the epoch in which it is used up. */
  readonly budgetMinutes?: number;
  /** Images of a step; absent: 16, or what the graph insists on. */
  readonly batch?: number;
  /** Decides split, order and augmentation; absent: 0. */
  readonly seed?: number;
  /** Share of each class kept for validation; absent: .2. */
  readonly validation?: number;
  /** Ends when validation accuracy has not improved for so many epochs; absent: 8; 0: never. */
  readonly patience?: number;
  /** Absent: moves but no flips, which are wrong for digits and signs. */
  readonly augment?: { readonly flip?: boolean; readonly crop?: boolean };
  /** Absent: half the cores. */
  readonly threads?: number;
  /** Absent: semap. */
  readonly recipe?: TrainRecipe;
}

/**
 * How it is trained besides. `semap`: the rate follows a cosine, the loss has the sharpness that fits the mapping, and
 * a new mapping replaces the old one as far as it explains the epoch better. `ilm-vp`: as published, to compare with.
 * The rate falls to a tenth at 50% and at 72% of the epochs, and every epoch's mapping is taken as it is.
 */
export type TrainRecipe = 'semap' | 'ilm-vp';

export interface TrainParams {
  /** Folders whose class folders are the target labels. */
  readonly folders: readonly string[];
  /** Touched once, after training, with the best epoch's prompt. */
  readonly testFolder?: string;
  readonly backbone: BackboneRef;
  readonly sidecar?: BackboneSidecar;
  /** The mapping to start from, for the same labels; absent: SeMap by WordNet. */
  readonly alignment?: AlignmentDocument;
  readonly settings: TrainSettings;
  /** Absolute; made if it is not there. Identifies the run. */
  readonly runFolder: string;
}

/** What a training will take, from steps that were measured. */
export interface TrainEstimate {
  readonly classes: readonly { readonly label: string; readonly images: number }[];
  readonly trainImages: number;
  readonly validationImages: number;
  /** Which images of the folders these are (`learned` and `measured`), and which folders are left out. */
  readonly measuredOn: MeasuredOn;
  readonly stepsPerEpoch: number;
  readonly secondsPerStep: number;
  /** All epochs with validation and baselines, without early stop. */
  readonly seconds: number;
  /** Numbers to be trained. */
  readonly parameters: number;
  /** `spsa` = no gradient through this backbone: slow, and only `low-rank` or `none` make sense. */
  readonly gradient: 'exact' | 'spsa';
  /** Why there is no gradient, in words. */
  readonly why?: string;
}

/** A source that a target gained or lost; indices of targets and source labels. */
export interface MappingChange {
  readonly target: number;
  /** The strongest source before and after; -1 = none. */
  readonly from: number;
  readonly to: number;
  readonly fromLabel: string;
  readonly toLabel: string;
}

/** One line of metrics.jsonl: numbers only, so that other tools plot it as it is. */
export interface EpochMetrics {
  /** From 1. 0 = before training: the start's validation. */
  readonly epoch: number;
  /** Steps done since the start. */
  readonly step: number;
  /** Mean cross-entropy over the epoch's images (null for epoch 0). */
  readonly loss: number | null;
  /** Share in [0, 1], measured on the way, under the prompt as it was at each step. */
  readonly trainAccuracy: number | null;
  readonly valLoss: number;
  readonly valAccuracy: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Of training, pauses and interruptions left out. */
  readonly seconds: number;
  /** Targets whose strongest source changed. */
  readonly mappingChanges: number;
}

/** What validation images were taken for, row-major [T, T]: truth, then prediction. */
export interface Confusion {
  readonly labels: readonly string[];
  readonly counts: Uint32Array | readonly number[];
}

export type BaselineKind = 'majority' | 'zero-shot' | 'mapping-only' | 'linear-mapping' | 'linear-probe';

/** What the same images give without a prompt. */
export interface Baseline {
  readonly kind: BaselineKind;
  /** For people: "Mapping only (BLM+)". */
  readonly name: string;
  /** On the run's validation images. */
  readonly valAccuracy: number | null;
  /** On the test folder; only after training. */
  readonly testAccuracy?: number | null;
  /** Why there is no value. */
  readonly problem?: string;
}

/** A PNG. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

export type TrainProgress =
  /** Waits for other runs; 0 = next. */
  | { readonly kind: 'queued'; readonly ahead: number }
  | {
      readonly kind: 'preparing';
      readonly what: 'graph' | 'images' | 'outputs' | 'baselines';
      readonly done: number;
      readonly total: number;
    }
  /** Once before the first epoch; on resume with the epochs that are there. */
  | { readonly kind: 'started'; readonly record: RunRecord; readonly epochs: readonly EpochMetrics[] }
  | { readonly kind: 'baseline'; readonly baseline: Baseline }
  /** At most five a second. */
  | {
      readonly kind: 'step';
      /** From 1. */
      readonly epoch: number;
      readonly epochs: number;
      /** Within the epoch, from 1. */
      readonly step: number;
      readonly steps: number;
      /** Over the epoch so far. */
      readonly loss: number;
      readonly trainAccuracy: number;
      readonly imagesPerSecond: number;
      readonly secondsLeft: number;
    }
  | {
      readonly kind: 'epoch';
      readonly metrics: EpochMetrics;
      readonly changes: readonly MappingChange[];
      readonly confusion: Confusion;
      readonly best: BestEpoch;
      /** The prompt as a picture, where there is one. */
      readonly prompt?: Picture;
      /** A validation image with the prompt applied, and which it is. */
      readonly sample?: Picture & { readonly path: string };
    }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' };

export interface BestEpoch {
  readonly epoch: number;
  readonly valAccuracy: number;
  readonly valLoss: number;
}

/** `running` of a process that is gone means interrupted: it can be resumed, as `paused` and `failed` ones can. */
export type RunStatus = 'queued' | 'running' | 'paused' | 'done' | 'stopped' | 'failed';

/** What run.json holds. */
export interface RunRecord {
  readonly version: 1;
  readonly kind: 'training';
  /** ISO time of the start. */
  readonly time: string;
  /** Absent: the folder's name. A person may have renamed the run. */
  readonly name?: string;
  readonly status: RunStatus;
  /** Process that runs it, while it does. */
  readonly pid?: number;
  readonly params: TrainParams;
  /** Settings with every default filled in. */
  readonly settings: Required<Omit<TrainSettings, 'budgetMinutes' | 'recipe'>> &
    Pick<TrainSettings, 'budgetMinutes' | 'recipe'>;
  readonly backbone: { readonly name: string; readonly sha256: string; readonly sourceCount: number };
  readonly labels: readonly string[];
  readonly trainImages: number;
  readonly validationImages: number;
  /**
   * Which images of the folders are trained with (`learned`) and validated with (`measured`), and which folders are left
   * out. Absent in records of earlier versions.
   */
  readonly measuredOn?: MeasuredOn;
  readonly testImages?: number;
  /** Which images of the test folder are tested with, and which folders are left out. */
  readonly testedOn?: MeasuredOn;
  readonly parameters: number;
  readonly gradient: 'exact' | 'spsa';
  readonly device: DeviceInfo;
  readonly software: { readonly onnxruntime: string };
  readonly baselines: readonly Baseline[];
  /** Absent before the first validation. */
  readonly best?: BestEpoch;
  /** The last epoch that was done. */
  readonly epoch: number;
  /** The best epoch's prompt and mapping on the test folder; see `testedOn`. */
  readonly testAccuracy?: number;
  /** Of the last validation. */
  readonly confusion?: Confusion;
  readonly changes?: readonly MappingChange[];
  /** Which of prompt and baselines is worth it, in plain words. */
  readonly verdict?: string;
  /** Why it ended early: "Validation has not improved for 8 epochs." */
  readonly ended?: string;
  readonly problem?: Problem;
  readonly skipped: readonly SkippedImage[];
  /** Which image sample.png shows. */
  readonly sample?: string;
  /** Of training, pauses left out. */
  readonly seconds: number;
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
  estimateTraining: {
    params: Omit<TrainParams, 'runFolder'>;
    result: TrainEstimate;
    progress: { readonly done: number; readonly total: number };
  };
  /**
   * Trains; answers when the run is over. Cancelling the call checkpoints and answers with status `paused`. With
   * another run in progress it waits. Errors are in the record too, and the run is kept.
   */
  train: { params: TrainParams; result: RunRecord; progress: TrainProgress };
  /** Goes on with a run of an earlier engine, or one that was cancelled or failed; everything else as `train`. */
  resumeRun: { params: { readonly runFolder: string }; result: RunRecord; progress: TrainProgress };
  /** Halts a run of this engine after the current step, with a checkpoint; its `train` call stays open. */
  pauseTraining: { params: { readonly runFolder: string }; result: undefined; progress: never };
  /** Goes on with a run that was paused. */
  resumeTraining: { params: { readonly runFolder: string }; result: undefined; progress: never };
  /** Ends a run after the current step: the best epoch so far is kept, baselines and test are finished. */
  stopTraining: { params: { readonly runFolder: string }; result: undefined; progress: never };
  /** Runs of this engine that are not over, in order. */
  trainingRuns: { params: null; result: readonly QueuedRun[]; progress: never };
}
