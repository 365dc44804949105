import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import type { BackboneDescription } from '../../core/backbones/backboneDescription.ts';
import type { Mapping } from '../../core/mapping/mapping.ts';
import type { SimilarityMatrix } from '../../core/similarity/similarity.ts';
import type { LabelledImage } from '../../core/training/split.ts';
import type { SkippedImage } from '../../protocol/classification.ts';
import type {
  Baseline,
  BestEpoch,
  EpochMetrics,
  RunRecord,
  TrainEstimate,
  TrainProgress,
} from '../../protocol/training.ts';

export type ResolvedSettings = RunRecord['settings'];

/** Images of a part of the data, and the backbone's outputs for them without a prompt. */
export interface PlainImages {
  readonly images: readonly LabelledImage[];
  /** Row-major [N, S]. */
  readonly logits: Float32Array;
  /** Row-major [N, D], where the backbone has penultimate features. */
  readonly features?: Float32Array;
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
}

/** How the epochs ended. */
export interface TrainOutcome {
  readonly state: 'finished' | 'stopped' | 'paused';
  readonly best: BestEpoch;
  readonly epoch: number;
  readonly seconds: number;
  readonly ended?: string;
}

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
  /** The thread ends by itself after the reply. */
  close: { params: undefined; result: undefined; progress: never };
}
