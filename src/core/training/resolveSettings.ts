import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import { invalidArgument } from '../errors.ts';
import { channelCount } from '../images/preprocessing.ts';
import { type AdditiveKind, checkShape, type PromptShape } from '../prompts/visualPrompt.ts';
import {
  isForSeveral,
  LARGEST_BATCH,
  learnsFromMixed,
  MOST_EPOCHS,
  MOST_THREADS,
  type PromptKind,
  type PromptSettings,
  promptKinds,
  type ResolvedSettings,
  type TrainSettings,
  trainMappings,
  trainRecipes,
} from '../runs/trainingSettings.ts';
import { RECIPES, usualAugment, usualMapping } from '../runs/trainRecipes.ts';
import { phrase, type Text } from '../text/text.ts';
import { MOST_PROMPTS } from './promptShares.ts';

/** A watermark's numbers are pixels themselves, and there are many: it is as if each of its steps were larger. */
const WATERMARK_RATE = 0.003;
const DEFAULT_RATE = { adam: 0.01, sgd: 10 } as const;
const USUAL_BATCH = 16;

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
  const { optimiser = usual.optimiser, augment = usualAugment(settings) } = settings;
  const edge = Math.min(backbone.input.height, backbone.input.width);
  const resolved: ResolvedSettings = {
    prompt: {
      kind: prompt.kind,
      frame: prompt.kind === 'padding' ? (prompt.frame ?? Math.max(1, Math.round(edge / 8))) : undefined,
      rank: prompt.kind === 'low-rank' ? (prompt.rank ?? 4) : undefined,
      count: prompt.count === 1 ? undefined : prompt.count,
    },
    mapping: settings.mapping ?? usualMapping(settings),
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
      erase: augment.erase ?? false,
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
  const { mix = 0 } = resolved.augment;
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
    [mix >= 0 && Number.isFinite(mix), phrase('The concentration of mixing cannot be below 0.')],
    [
      mix === 0 || learnsFromMixed(mapping),
      phrase('Mixed images cannot teach the mapping "{0}": they are of two labels.', mapping),
      phrase('Leave the mixing out, or choose linear-probe, linear, or semap.'),
    ],
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
