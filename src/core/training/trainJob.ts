import type { AlignmentDocument } from '../alignments/alignment.ts';
import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { BestEpoch, ResolvedSettings } from '../runs/trainingRecord.ts';
import type { SimilarityMatrix } from '../similarity/similarity.ts';
import type { LabelledImage } from './split.ts';

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
