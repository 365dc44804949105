import { phrase, type Text, verbatim } from '../text/text.ts';
import {
  type AugmentSettings,
  isForSeveral,
  isLayer,
  type PromptSettings,
  type TrainMapping,
  type TrainRecipe,
  type TrainSettings,
} from './trainingSettings.ts';

/** How the learning rate changes: along a cosine, after one epoch of rise or from the start, or in the steps of ILM-VP. */
export type Schedule = 'cosine' | 'plain-cosine' | 'steps';

/** What a recipe sets. */
export interface Recipe {
  readonly title: Text;
  readonly summary: Text;
  readonly prompt: PromptSettings;
  readonly mapping: TrainMapping;
  readonly optimiser: 'adam' | 'sgd';
  /** Absent: what suits the optimizer and the prompt. */
  readonly learningRate?: number | undefined;
  readonly schedule: Schedule;
  readonly augment: AugmentSettings;
  readonly smoothing: number;
  /** A factor on the learning rate for a layer that is trained beside the prompt. */
  readonly layerRate: number;
  /** The same for the network of a mask; absent: 1. */
  readonly networkRate?: number | undefined;
  /** Decoupled weight decay of the prompt. */
  readonly decay: number;
  /** Every epoch's mapping is taken as it is, and its scores are not sharpened. */
  readonly mappingAsIs: boolean;
  /** After an epoch that made the validation loss worse, training goes on from the best one at a lower rate. */
  readonly stepsBack: boolean;
  /** Low-rank: standard deviation of the right factor before training. */
  readonly deviation?: number | undefined;
}

const NO_AUGMENTATION: AugmentSettings = { flip: false, crop: false, vary: false, mix: 0 };
/** One unit of a normalized pixel, in units of the full range: the mean of ImageNet's deviations. */
const NORMALIZED = (0.229 + 0.224 + 0.225) / 3;
const AS_PUBLISHED = { smoothing: 0, layerRate: 1, decay: 0, mappingAsIs: true, stepsBack: false } as const;

/**
 * Facts of the published ones are those of their public code: OPTML-Group/ILM-VP (Chen et al., CVPR 2023),
 * tmlr-group/BayesianLM (Cai et al., NeurIPS 2024), tmlr-group/SMM (Cai et al., ICML 2024), jincan333/LoR-VP (Jin et al., ICLR
 * 2025). Not as published: the number of epochs (200; 20 of LoR-VP) and the batch are those of the settings, the best epoch
 * is chosen by validation and not by test images, and a probe starts where it fits the plain outputs.
 */
export const RECIPES: Readonly<Record<TrainRecipe, Recipe>> = {
  semap: {
    title: verbatim('SeMap'),
    summary: phrase('A linear probe and a prompt that improves on it; images are varied'),
    prompt: { kind: 'watermark' },
    mapping: 'linear-probe',
    optimiser: 'adam',
    schedule: 'cosine',
    augment: { flip: false, crop: true, vary: false, mix: 0.5 },
    smoothing: 0,
    layerRate: 3,
    decay: 0,
    mappingAsIs: false,
    stepsBack: true,
  },
  'ilm-vp': {
    title: verbatim('ILM-VP'),
    summary: phrase('As published: a frame, one source label each, Adam in three steps'),
    prompt: { kind: 'padding' },
    mapping: 'flm',
    optimiser: 'adam',
    learningRate: 0.01,
    schedule: 'steps',
    augment: NO_AUGMENTATION,
    ...AS_PUBLISHED,
  },
  'blm+': {
    title: verbatim('BLM+'),
    summary: phrase('As published: a frame, Bayesian weights, Adam in three steps'),
    prompt: { kind: 'padding' },
    mapping: 'blm+',
    optimiser: 'adam',
    learningRate: 0.01,
    schedule: 'steps',
    augment: NO_AUGMENTATION,
    ...AS_PUBLISHED,
  },
  smm: {
    title: verbatim('SMM'),
    summary: phrase('As published: a mask for each image, one source label each, mirrored and moved images'),
    prompt: { kind: 'mask' },
    mapping: 'flm',
    optimiser: 'adam',
    // Its prompt is added to normalized pixels, ours before they are; the network's rate is the same in both.
    learningRate: 0.01 * NORMALIZED,
    schedule: 'steps',
    augment: { ...NO_AUGMENTATION, flip: true, crop: true },
    ...AS_PUBLISHED,
    networkRate: 1 / NORMALIZED,
  },
  'lor-vp': {
    title: verbatim('LoR-VP'),
    summary: phrase('As published: a low-rank prompt and a linear probe, SGD along a cosine'),
    prompt: { kind: 'low-rank', rank: 4 },
    mapping: 'linear-probe',
    optimiser: 'sgd',
    learningRate: 0.02,
    schedule: 'plain-cosine',
    augment: NO_AUGMENTATION,
    ...AS_PUBLISHED,
    decay: 1e-4,
    deviation: 0.01,
  },
};

/** The recipe of settings, which a file may have brought. */
export function recipeOf({ recipe = 'semap' }: { readonly recipe?: TrainRecipe | undefined }): Recipe {
  return RECIPES[Object.hasOwn(RECIPES, recipe) ? recipe : 'semap'];
}

/** How scores are made where nothing is said: several prompts have no layer, and without a prompt nothing is trained. */
export function usualMapping(settings: Pick<TrainSettings, 'recipe' | 'prompt'>): TrainMapping {
  const { mapping } = recipeOf(settings);
  const { kind, count = 1 } = settings.prompt;
  const fits = kind !== 'none' && (count === 1 || isForSeveral(mapping));
  return fits || !isLayer(mapping) ? mapping : 'blm+';
}

/** How images are varied where nothing is said: mixed ones are of two labels, of which only a layer learns. */
export function usualAugment(
  settings: Pick<TrainSettings, 'recipe' | 'prompt' | 'mapping'>,
): AugmentSettings {
  const { augment } = recipeOf(settings);
  const { mapping = usualMapping(settings) } = settings;
  return isLayer(mapping) ? augment : { ...augment, mix: 0 };
}
