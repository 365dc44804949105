import type { AlignmentDocument } from '../alignments/alignment.ts';
import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { FeatureTap } from '../onnx/featureTap.ts';
import type { SkippedImage } from '../runs/run.ts';
import type {
  Baseline,
  BestEpoch,
  Confusion,
  EpochMetrics,
  MappingChange,
  TrainingRecord,
} from '../runs/trainingRecord.ts';
import type { ResolvedSettings } from '../runs/trainingSettings.ts';
import type { SimilarityMatrix } from '../similarity/similarity.ts';
import type { Text } from '../text/text.ts';
import type { LabelledImage } from './split.ts';

/** Images of a part of the data, and the backbone's outputs for them without a prompt. */
export interface PlainImages {
  readonly images: readonly LabelledImage[];
  /** Row-major [N, S]. */
  readonly logits: Float32Array;
  /** Row-major [N, D], where the backbone has penultimate features. */
  readonly features?: Float32Array | undefined;
}

/** Everything that a training thread needs; nothing of it is a class instance. */
export interface TrainJob {
  readonly runFolder: string;
  readonly cacheFolder: string;
  readonly backbone: BackboneDescription;
  readonly settings: ResolvedSettings;
  /** The semantic alignment; the trained one is written like it. */
  readonly document: AlignmentDocument;
  readonly semantic: Mapping;
  readonly similarity: SimilarityMatrix;
  /** Where the backbone has its penultimate features, if these are scored. */
  readonly tap?: FeatureTap | undefined;
  /** Sources that no target may use. */
  readonly unused: readonly number[];
  /** All of them, in their places; one that cannot be read is passed over. */
  readonly trainImages: readonly LabelledImage[];
  readonly validationImages: readonly LabelledImage[];
  /** Those that could be read. */
  readonly train: PlainImages;
  readonly validation: PlainImages;
  /** Goes on from the checkpoint, where there is one. */
  readonly resume: boolean;
  /** Is left with a checkpoint once so many epochs are done; absent: goes on to its end. */
  readonly leaveAfter?: number | undefined;
}

/** How the epochs ended. */
export interface TrainOutcome {
  readonly state: 'finished' | 'stopped' | 'paused';
  readonly best: BestEpoch;
  readonly epoch: number;
  readonly seconds: number;
  readonly ended?: Text | undefined;
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
  | { readonly kind: 'started'; readonly record: TrainingRecord; readonly epochs: readonly EpochMetrics[] }
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
      readonly prompt?: Picture | undefined;
      /** The further ones, where several are trained together. */
      readonly furtherPrompts?: readonly Picture[] | undefined;
      /** A validation image with the prompt applied, and which it is. */
      readonly sample?: (Picture & { readonly path: string }) | undefined;
      /** How much of the prompt that image gets where, for a prompt under a mask. */
      readonly mask?: Picture | undefined;
    }
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' };

/** What the thread tells on its way. */
export type TrainerProgress =
  | Exclude<TrainProgress, { readonly kind: 'queued' } | { readonly kind: 'started' }>
  | {
      readonly kind: 'ready';
      readonly parameters: number;
      readonly gradient: 'exact' | 'spsa';
      readonly epochs: readonly EpochMetrics[];
    }
  | { readonly kind: 'skipped'; readonly image: SkippedImage };
