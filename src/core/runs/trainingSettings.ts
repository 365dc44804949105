import type { AlignmentDocument, HeadKind } from '../alignments/alignment.ts';
import type { BackboneSidecar } from '../backbones/backboneSidecar.ts';
import type { ImageFolders } from '../folders/layout.ts';

export const promptKinds = ['padding', 'watermark', 'low-rank', 'mask', 'none'] as const;
/** `none` = only the mapping is learned: no gradient is needed. */
export type PromptKind = (typeof promptKinds)[number];

export const trainMappings = [
  'semap',
  'ilm',
  'flm',
  'blm',
  'blm+',
  'semap-labels',
  'linear',
  'linear-probe',
] as const;
/**
 * How scores are made: `semap` stays the semantic mapping; `linear` and `linear-probe` are layers, of the logits or of the
 * penultimate features, that start as what fits the plain outputs and are trained together with the prompt; all others are
 * refreshed after every epoch from the logits that the epoch saw (ilm: one source each, best assignment; flm: the same,
 * greedy as in ILM-VP).
 */
export type TrainMapping = (typeof trainMappings)[number];

/** Mappings that are layers, as heads are named. */
export const layerKinds = {
  linear: 'linear-mapping',
  'linear-probe': 'linear-probe',
} as const satisfies Partial<Record<TrainMapping, HeadKind>>;

/** Whether it is a layer that is trained, not weights of source labels. */
export function isLayer(mapping: TrainMapping): mapping is keyof typeof layerKinds {
  return mapping in layerKinds;
}

/** Scores that are no mean of what several prompts say each. */
const UNSTACKED: ReadonlySet<TrainMapping> = new Set<TrainMapping>([
  'semap-labels',
  'linear',
  'linear-probe',
]);

/** Whether several prompts can be trained with a mapping. */
export function isForSeveral(mapping: TrainMapping): boolean {
  return !UNSTACKED.has(mapping);
}

/** Whether mixed images, which are of two labels, can teach what scores: a mapping counts of which label an image is. */
export function learnsFromMixed(mapping: TrainMapping): boolean {
  return isLayer(mapping) || mapping === 'semap';
}

/** How images of a step are varied. */
export interface AugmentSettings {
  readonly flip?: boolean | undefined;
  /** Small moves. */
  readonly crop?: boolean | undefined;
  /** Larger moves, zoom, turns and tints. */
  readonly vary?: boolean | undefined;
  /** Every other image loses a rectangle of it. */
  readonly erase?: boolean | undefined;
  /** Images are mixed in pairs, with their labels: the concentration of the Beta distribution of the shares; 0 = not. */
  readonly mix?: number | undefined;
}

export interface PromptSettings {
  readonly kind: PromptKind;
  /** padding: width of the frame in pixels of the backbone's input; absent: an eighth of its edge. */
  readonly frame?: number | undefined;
  /** low-rank: absent: 4. */
  readonly rank?: number | undefined;
  /** Prompts that are trained together and answer together, each weighed for each target; absent: 1. */
  readonly count?: number | undefined;
}

export const trainRecipes = ['semap', 'ilm-vp', 'blm+', 'smm', 'lor-vp'] as const;
/** A way of training that has a name, see `RECIPES`: what it sets, settings may say otherwise. */
export type TrainRecipe = (typeof trainRecipes)[number];

export interface TrainSettings {
  readonly prompt: PromptSettings;
  /** Absent: blm+. */
  readonly mapping?: TrainMapping | undefined;
  /** Absent: adam, or what the recipe says. */
  readonly optimiser?: 'adam' | 'sgd' | undefined;
  /** The highest; absent: .01 (adam; .003 for a watermark or a mask), 10 (sgd). */
  readonly learningRate?: number | undefined;
  /** Absent: 20. */
  readonly epochs?: number | undefined;
  /** Ends after the epoch in which it is used up. */
  readonly budgetMinutes?: number | undefined;
  /** Images of a step; absent: 16, or so many that runs of a graph with a batch of its own are full. */
  readonly batch?: number | undefined;
  /** Decides split, order and augmentation; absent: 0. */
  readonly seed?: number | undefined;
  /** Share of each class kept for validation; absent: .2. */
  readonly validation?: number | undefined;
  /** Ends when validation accuracy has not improved for so many epochs; absent: 8; 0: never. */
  readonly patience?: number | undefined;
  /** Absent: moves but no flips, which are wrong for digits and signs. */
  readonly augment?: AugmentSettings | undefined;
  /** Share of each label that is spread over all of them, in [0, 1); absent: 0. */
  readonly smoothing?: number | undefined;
  /** A factor on the learning rate for the layer of `linear` and `linear-probe`. */
  readonly layerRate?: number | undefined;
  /** How far the prompt is drawn back to nothing (decoupled weight decay); absent: 0. */
  readonly decay?: number | undefined;
  /** Absent: half of the cores, and up to four of fewer. */
  readonly threads?: number | undefined;
  /** What is set where nothing else is said; absent: semap. */
  readonly recipe?: TrainRecipe | undefined;
}

export interface TrainParams extends ImageFolders {
  /** Touched once, after training, with the best epoch's prompt. */
  readonly testFolder?: string | undefined;
  /** An absolute path of an ONNX file, or the name of an installed one. */
  readonly backbone: string;
  readonly sidecar?: BackboneSidecar | undefined;
  /** The mapping to start from, for the same labels; absent: SeMap by WordNet. */
  readonly alignment?: AlignmentDocument | undefined;
  readonly settings: TrainSettings;
  /** Absolute; made if it is not there. Identifies the run. */
  readonly runFolder: string;
}

/** Settings with every default filled in. */
export type ResolvedSettings = {
  readonly [Name in Exclude<keyof TrainSettings, 'budgetMinutes'>]: NonNullable<TrainSettings[Name]>;
} & Pick<TrainSettings, 'budgetMinutes'>;

export const LARGEST_BATCH = 256;
export const MOST_EPOCHS = 10_000;
export const MOST_THREADS = 1024;
