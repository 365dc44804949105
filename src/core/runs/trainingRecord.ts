import type { AlignmentDocument } from '../alignments/alignment.ts';
import type { BackboneSidecar } from '../backbones/backboneSidecar.ts';
import type { Problem } from '../errors.ts';
import type { MeasuredOn } from '../metrics/measuredOn.ts';
import type { DeviceInfo, RunStatus, SkippedRecord } from './run.ts';

/*
 * Training a visual prompt. A run has a folder of its own, `.semap/runs/<time>-train-<name>/`:
 *
 *   run.json                  TrainingRecord: settings, status, baselines, best epoch, verdict; rewritten after every epoch
 *   metrics.jsonl             one EpochMetrics per line, in order; a resumed run continues at the end
 *   prompt.safetensors        the prompt of the best epoch so far (float32), with its settings as metadata
 *   prompt.png                the same as a picture
 *   sample.png                a validation image with that prompt applied
 *   alignment.semap.json      the mapping of the best epoch as a document that points to prompt.safetensors
 *   checkpoint.safetensors    what a resumed run continues from
 *
 * Every file but metrics.jsonl is written under another name first and then renamed.
 */

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
  /** An absolute path of an ONNX file, or the name of an installed one. */
  readonly backbone: string;
  readonly sidecar?: BackboneSidecar;
  /** The mapping to start from, for the same labels; absent: SeMap by WordNet. */
  readonly alignment?: AlignmentDocument;
  readonly settings: TrainSettings;
  /** Absolute; made if it is not there. Identifies the run. */
  readonly runFolder: string;
}

/** Settings with every default filled in. */
export type ResolvedSettings = Required<Omit<TrainSettings, 'budgetMinutes' | 'recipe'>> &
  Pick<TrainSettings, 'budgetMinutes' | 'recipe'>;

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

export interface BestEpoch {
  readonly epoch: number;
  readonly valAccuracy: number;
  readonly valLoss: number;
}

/** What run.json holds. */
export interface TrainingRecord {
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
  readonly settings: ResolvedSettings;
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
  readonly skipped: readonly SkippedRecord[];
  /** Which image sample.png shows. */
  readonly sample?: string;
  /** Of training, pauses left out. */
  readonly seconds: number;
}
