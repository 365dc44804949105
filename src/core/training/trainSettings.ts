import type { BackboneDescription } from '../backbones/backboneDescription.ts';
import { SemapError } from '../errors.ts';
import { type AdditiveKind, checkShape, type PromptShape } from '../prompts/visualPrompt.ts';
import {
  type PromptKind,
  type PromptSettings,
  promptKinds,
  type ResolvedSettings,
  type TrainSettings,
  trainMappings,
} from '../runs/trainingRecord.ts';
import type { Text } from '../text/text.ts';
import { phrase } from '../text/text.ts';

/** A watermark's numbers are pixels themselves, and there are many: it is as if each of its steps were larger. */
const WATERMARK_RATE = 0.003;
const DEFAULT_RATE = { adam: 0.01, sgd: 10 } as const;
const LARGEST_BATCH = 256;

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
  const { optimiser = 'adam', prompt } = settings;
  const edge = Math.min(backbone.input.height, backbone.input.width);
  const resolved: ResolvedSettings = {
    prompt: {
      kind: prompt.kind,
      ...(prompt.kind === 'padding' ? { frame: prompt.frame ?? Math.max(1, Math.round(edge / 8)) } : {}),
      ...(prompt.kind === 'low-rank' ? { rank: prompt.rank ?? 4 } : {}),
    },
    mapping: settings.mapping ?? 'blm+',
    optimiser,
    learningRate: settings.learningRate ?? defaultRate(optimiser, prompt.kind),
    epochs: settings.epochs ?? 20,
    batch: backbone.fixedBatch ?? settings.batch ?? 16,
    seed: settings.seed ?? 0,
    validation: settings.validation ?? 0.2,
    patience: settings.patience ?? 8,
    augment: { flip: settings.augment?.flip ?? false, crop: settings.augment?.crop ?? true },
    threads: settings.threads || Math.max(1, Math.floor(cores / 2)),
    ...(settings.recipe === undefined ? {} : { recipe: settings.recipe }),
    ...(settings.budgetMinutes === undefined ? {} : { budgetMinutes: settings.budgetMinutes }),
  };
  const wrong = (what: Text, hint?: Text): never => {
    throw new SemapError('invalid-argument', what, { hint });
  };
  if (!promptKinds.includes(prompt.kind)) wrong(phrase('There is no prompt "{0}".', prompt.kind));
  if (prompt.kind === 'mask') {
    wrong(phrase('Per-image masks cannot be trained yet.'), phrase('Choose padding, watermark or low-rank.'));
  }
  if (!trainMappings.includes(resolved.mapping))
    wrong(phrase('There is no mapping "{0}".', resolved.mapping));
  if (!whole(resolved.epochs, 1, 10_000)) wrong(phrase('Train for 1 to 10000 epochs.'));
  if (!whole(resolved.batch, 1, LARGEST_BATCH)) wrong(phrase('A step takes 1 to {0} images.', LARGEST_BATCH));
  if (!whole(resolved.patience, 0, 10_000)) wrong(phrase('The patience is a number of epochs, 0 for none.'));
  if (!whole(resolved.threads, 1, 1024)) wrong(phrase('Give at least one thread.'));
  if (!Number.isSafeInteger(resolved.seed)) wrong(phrase('The seed must be a whole number.'));
  if (!(resolved.learningRate > 0 && Number.isFinite(resolved.learningRate))) {
    wrong(phrase('The learning rate must be above 0.'));
  }
  if (!(resolved.validation > 0 && resolved.validation < 1)) {
    wrong(phrase('The share for validation must lie between 0 and 1.'));
  }
  if (resolved.budgetMinutes !== undefined && !(resolved.budgetMinutes > 0)) {
    wrong(phrase('The budget must be above 0 minutes.'));
  }
  if (prompt.kind !== 'none') checkShape(promptShape(resolved.prompt, backbone));
  return resolved;
}

/** The shape of a prompt that adds something, as resolved settings ask for it. */
export function promptShape(
  { kind, frame = 0, rank = 0 }: PromptSettings,
  { input: { height, width } }: BackboneDescription,
): PromptShape {
  return { kind: kind as AdditiveKind, height, width, frame, rank };
}

function defaultRate(optimiser: keyof typeof DEFAULT_RATE, kind: PromptKind): number {
  return optimiser === 'adam' && kind === 'watermark' ? WATERMARK_RATE : DEFAULT_RATE[optimiser];
}

function whole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to;
}
