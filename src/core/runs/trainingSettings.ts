import type { AlignmentDocument, HeadKind } from '../alignments/alignment.ts';
import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import type { BackboneSidecar } from '../backbones/backboneSidecar.ts';
import { invalidArgument } from '../errors.ts';
import type { ImageFolders } from '../folders/layout.ts';
import { channelCount } from '../images/preprocessing.ts';
import { type AdditiveKind, checkShape, type PromptShape } from '../prompts/visualPrompt.ts';
import { phrase, type Text } from '../text/text.ts';
import { MOST_PROMPTS } from '../training/promptShares.ts';
import { RECIPES, type TrainRecipe, trainRecipes } from '../training/recipes.ts';

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

/** How images of a step are varied. */
export interface AugmentSettings {
  readonly flip?: boolean | undefined;
  /** Small moves. */
  readonly crop?: boolean | undefined;
  /** Larger moves, zoom, turns and tints. */
  readonly vary?: boolean | undefined;
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

/** A watermark's numbers are pixels themselves, and there are many: it is as if each of its steps were larger. */
const WATERMARK_RATE = 0.003;
const DEFAULT_RATE = { adam: 0.01, sgd: 10 } as const;
const USUAL_BATCH = 16;
export const LARGEST_BATCH = 256;
export const MOST_EPOCHS = 10_000;
export const MOST_THREADS = 1024;

/**
 * Settings with every default filled in.
 * @param cores of this machine
 * @throws {SemapError} `invalid-argument`
 */
export function resolveSettings(
  settings: TrainSettings,
  backbone: BackboneDescription,
  cores: number,
): ResolvedSettings {
  const { recipe = 'semap', prompt } = settings;
  if (!Object.hasOwn(RECIPES, recipe)) {
    throw invalidArgument(phrase('Unknown recipe "{0}".', String(recipe)), {
      hint: phrase('Choose {0}.', trainRecipes.join(', ')),
    });
  }
  const usual = RECIPES[recipe];
  const several = (prompt.count ?? 1) > 1;
  const { optimiser = usual.optimiser, augment = usual.augment } = settings;
  const edge = Math.min(backbone.input.height, backbone.input.width);
  const resolved: ResolvedSettings = {
    prompt: {
      kind: prompt.kind,
      frame: prompt.kind === 'padding' ? (prompt.frame ?? Math.max(1, Math.round(edge / 8))) : undefined,
      rank: prompt.kind === 'low-rank' ? (prompt.rank ?? 4) : undefined,
      count: prompt.count === 1 ? undefined : prompt.count,
    },
    mapping: settings.mapping ?? (several && !isForSeveral(usual.mapping) ? 'blm+' : usual.mapping),
    optimiser,
    learningRate: settings.learningRate ?? usual.learningRate ?? defaultRate(optimiser, prompt.kind),
    epochs: settings.epochs ?? 20,
    batch: settings.batch ?? defaultBatch(backbone),
    seed: settings.seed ?? 0,
    validation: settings.validation ?? 0.2,
    patience: settings.patience ?? 8,
    augment: {
      flip: augment.flip ?? false,
      crop: augment.crop ?? true,
      vary: augment.vary ?? false,
      mix: augment.mix ?? 0,
    },
    smoothing: settings.smoothing ?? usual.smoothing,
    layerRate: settings.layerRate ?? usual.layerRate,
    decay: settings.decay ?? usual.decay,
    threads: settings.threads || defaultThreads(cores),
    recipe,
    budgetMinutes: settings.budgetMinutes,
  };
  const { mapping, epochs, batch, patience, threads, seed, learningRate, validation, budgetMinutes } =
    resolved;
  const { smoothing, layerRate, decay } = resolved;
  const { count = 1 } = resolved.prompt;
  const checks: readonly (readonly [passes: boolean, otherwise: Text, hint?: Text])[] = [
    [
      promptKinds.includes(prompt.kind),
      phrase('Unknown prompt "{0}".', String(prompt.kind)),
      phrase('Choose padding, watermark, low-rank, mask, or none.'),
    ],
    [trainMappings.includes(mapping), phrase('Unknown mapping "{0}".', String(mapping))],
    [whole(count, 1, MOST_PROMPTS), phrase('The number of prompts must be from 1 to {0}.', MOST_PROMPTS)],
    [count === 1 || prompt.kind !== 'none', phrase('Without a prompt there cannot be several.')],
    [
      count === 1 || prompt.kind !== 'mask',
      phrase('Several prompts with masks cannot be trained together.'),
      phrase('Choose padding, watermark, or low-rank.'),
    ],
    [
      count === 1 || isForSeveral(mapping),
      phrase('Several prompts cannot be trained with the mapping "{0}".', mapping),
      phrase('Choose blm+, blm, ilm, flm, or semap.'),
    ],
    [whole(epochs, 1, MOST_EPOCHS), phrase('The number of epochs must be from 1 to {0}.', MOST_EPOCHS)],
    [whole(batch, 1, LARGEST_BATCH), phrase('The batch size must be from 1 to {0} images.', LARGEST_BATCH)],
    [whole(patience, 0, MOST_EPOCHS), phrase('Patience must be a number of epochs; 0 turns it off.')],
    [whole(threads, 1, MOST_THREADS), phrase('At least one thread is needed.')],
    [Number.isSafeInteger(seed), phrase('The seed must be a whole number.')],
    [learningRate > 0 && Number.isFinite(learningRate), phrase('The learning rate must be above 0.')],
    [smoothing >= 0 && smoothing < 1, phrase('The share of label smoothing must be at least 0 and below 1.')],
    [layerRate > 0 && Number.isFinite(layerRate), phrase('The rate of the layer must be above 0.')],
    [decay >= 0 && Number.isFinite(decay), phrase('Weight decay cannot be below 0.')],
    [(augment.mix ?? 0) >= 0, phrase('The concentration of mixing cannot be below 0.')],
    [validation > 0 && validation < 1, phrase('The validation share must be between 0 and 1.')],
    [budgetMinutes === undefined || budgetMinutes > 0, phrase('The time budget must be above 0 minutes.')],
  ];
  for (const [passes, otherwise, hint] of checks) if (!passes) throw invalidArgument(otherwise, { hint });
  if (prompt.kind !== 'none') checkShape(promptShape(resolved.prompt, backbone));
  return resolved;
}

/** The shape of a prompt that adds something, as resolved settings ask for it. */
export function promptShape(
  { kind, frame = 0, rank = 0 }: PromptSettings,
  { input: { height, width, preprocessing } }: BackboneDescription,
): PromptShape {
  return {
    kind: kind as AdditiveKind,
    height,
    width,
    frame,
    rank,
    ...(kind === 'mask' && { channels: channelCount(preprocessing.channels) }),
  };
}

/**
 * Threads that train where nobody says how many. The engine stands back behind all else on the machine, and these threads
 * behind the engine's others, so few cores may all be used; a step rarely has more than four parts to share.
 */
function defaultThreads(cores: number): number {
  return Math.min(cores, Math.max(4, Math.floor(cores / 2)));
}

/** Images of a step that fill runs of a graph which insists on its own batch. */
function defaultBatch({ fixedBatch = 1 }: BackboneDescription): number {
  return Math.min(LARGEST_BATCH, fixedBatch * Math.ceil(USUAL_BATCH / fixedBatch));
}

function defaultRate(optimiser: keyof typeof DEFAULT_RATE, kind: PromptKind): number {
  return optimiser === 'adam' && (kind === 'watermark' || kind === 'mask')
    ? WATERMARK_RATE
    : DEFAULT_RATE[optimiser];
}

function whole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}
