import { basename } from 'node:path';
import * as vscode from 'vscode';
import { promptKindName, scoresName } from '../../core/reuse/reuseWords.ts';
import {
  type AugmentSettings,
  isForSeveral,
  learnsFromMixed,
  MOST_EPOCHS,
  type PromptKind,
  promptKinds,
  type TrainMapping,
  type TrainSettings,
  trainMappings,
  trainRecipes,
} from '../../core/runs/trainingSettings.ts';
import { RECIPES, usualAugment, usualMapping } from '../../core/runs/trainRecipes.ts';
import { MOST_PROMPTS } from '../../core/training/promptShares.ts';
import { datasetRow } from '../datasets/askForFolders.ts';
import type { Dataset } from '../datasets/datasetScan.ts';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFolder } from '../questions.ts';

interface Choice<T> extends ListRow {
  readonly value: T;
  /** Why it does not go with the other settings: it is shown with that, and choosing it does nothing. */
  readonly refused?: string | undefined;
}

/** Asks for one of some values and puts it into the settings. */
async function choose<T>(
  ui: StepUi,
  placeholder: string,
  choices: readonly Choice<T>[],
  now: T,
  change: (value: T) => TrainSettings,
): Promise<Answer<TrainSettings>> {
  const items = choices.map((choice) =>
    choice.refused === undefined
      ? choice
      : {
          ...choice,
          description: vscode.l10n.t('not with these settings'),
          detailIcon: 'circle-slash',
          detail: choice.refused,
        },
  );
  for (let at = now; ; ) {
    const item = await ui.pick({ placeholder, items, active: ({ value }) => value === at });
    if (item === BACK || item === CANCEL) return item;
    if (item.refused === undefined) return change(item.value);
    at = item.value;
  }
}

/** Settings without mixed images where what scores cannot learn from them. */
function fittingMix(settings: TrainSettings): TrainSettings {
  const { augment, mapping = usualMapping(settings) } = settings;
  return augment?.mix && !learnsFromMixed(mapping)
    ? { ...settings, augment: { ...augment, mix: 0 } }
    : settings;
}

export function askPrompt(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const details: Record<PromptKind, string> = {
    padding: t('A trained frame around the whole image, which is made smaller'),
    watermark: t('Trained pixels added to the whole image'),
    'low-rank': t('Added to the whole image, with few parameters to train'),
    mask: t('Added to the whole image, as strongly as a small network decides for each part of each image'),
    none: t('Learns only the mapping: fast, and needs no gradient'),
  };
  const items = promptKinds.map((value) => ({
    label: say(promptKindName(value)),
    detail: details[value],
    value,
  }));
  return choose(ui, t('Select what to train'), items, settings.prompt.kind, (kind) =>
    fittingMix({
      ...settings,
      prompt: { kind, count: kind === 'none' || kind === 'mask' ? undefined : settings.prompt.count },
    }),
  );
}

/** How many prompts are trained together, in words. */
export function promptsName(count: number): string {
  const { t } = vscode.l10n;
  return count === 1 ? t('one') : t('{0}: each image is classified {0} times', count);
}

export async function askPrompts(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t(
      'Number of prompts that are trained together, each weighed for each label. Training and classifying take that many times as long.',
    ),
    value: String(settings.prompt.count ?? 1),
    validate: (value) => {
      if (!isWhole(value, 1, MOST_PROMPTS)) return t('Enter a number from 1 to {0}.', MOST_PROMPTS);
      return settings.prompt.kind === 'mask' && Number(value) > 1
        ? t('Several prompts with masks cannot be trained together.')
        : undefined;
    },
  });
  if (text === BACK || text === CANCEL) return text;
  const count = Number(text);
  const fits = count === 1 || isForSeveral(settings.mapping ?? usualMapping(settings));
  return fittingMix({
    ...settings,
    prompt: { ...settings.prompt, count: count === 1 ? undefined : count },
    ...(!fits && { mapping: 'blm+' as const }),
  });
}

export function askMapping(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const details: Record<TrainMapping, string> = {
    semap: t('By meaning; not updated'),
    ilm: t('The best one-to-one assignment, updated after every epoch'),
    flm: t('One source label each by frequency, updated after every epoch'),
    blm: t('Weights over all source labels by Bayes, updated after every epoch'),
    'blm+': t('The same, using probabilities. Usually best of these.'),
    'semap-labels': t('By meaning and by how your images are classified, updated after every epoch'),
    linear: t('A layer over all source labels, trained together with the prompt'),
    'linear-probe': t('A layer over penultimate features, trained together with the prompt. Usually best.'),
  };
  const items = trainMappings.map((value) => ({
    label: say(scoresName(value)),
    detail: details[value],
    value,
  }));
  return choose(
    ui,
    t('How should source labels be mapped to yours?'),
    items,
    settings.mapping ?? usualMapping(settings),
    (mapping) =>
      fittingMix({
        ...settings,
        mapping,
        prompt: isForSeveral(mapping) ? settings.prompt : { ...settings.prompt, count: undefined },
      }),
  );
}

export async function askEpochs(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t(
      'Epochs: how many times every image is used. Training ends earlier when validation accuracy stops improving.',
    ),
    value: String(settings.epochs ?? 20),
    validate: (value) =>
      isWhole(value, 1, MOST_EPOCHS) ? undefined : t('Enter a number from 1 to {0}.', MOST_EPOCHS),
  });
  return text === BACK || text === CANCEL ? text : { ...settings, epochs: Number(text) };
}

export async function askSeed(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t('Seed: decides the split, order, and augmentation'),
    value: String(settings.seed ?? 0),
    validate: (value) => (isWhole(value, 0, 2 ** 31 - 1) ? undefined : t('Enter a whole number, 0 or more.')),
  });
  return text === BACK || text === CANCEL ? text : { ...settings, seed: Number(text) };
}

export async function askBudget(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const now = settings.budgetMinutes;
  const text = await ui.input({
    prompt: t(
      'Time budget in minutes. Training ends after the epoch in which it is used up. Leave empty for no limit.',
    ),
    value: now === undefined ? '' : String(now),
    validate: (value) =>
      value.trim() === '' || (Number(value) > 0 && Number.isFinite(Number(value)))
        ? undefined
        : t('Enter a number of minutes, or nothing.'),
  });
  if (text === BACK || text === CANCEL) return text;
  return { ...settings, budgetMinutes: text.trim() === '' ? undefined : Number(text) };
}

/** What is done to training images, in words. */
export function augmentationName({ flip, crop, vary, mix }: AugmentSettings): string {
  const { t } = vscode.l10n;
  const parts = [
    ...(flip ? [t('flips')] : []),
    ...(vary ? [t('shifts, turns, and tints')] : crop ? [t('crops')] : []),
    ...(mix ? [t('mixed images')] : []),
  ];
  return parts.length === 0 ? t('no augmentation') : parts.join(' + ');
}

const AUGMENTATIONS: readonly AugmentSettings[] = [
  {},
  { crop: true },
  { crop: true, flip: true },
  { crop: true, mix: RECIPES.semap.augment.mix },
  { vary: true },
  { vary: true, flip: true },
  { vary: true, mix: 1 },
];

export function askAugmentation(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const detailOf = ({ flip, crop, vary, mix }: AugmentSettings): string => {
    if (mix) return t('Shows two images at once, with shares of both labels');
    if (flip) return t('Mirrors images at random. Not for digits, letters, or signs.');
    if (vary) return t('Moves, zooms, turns, and tints images a little; digits and signs stay what they are');
    return crop ? t('Shifts images a little') : t('Uses images as they are');
  };
  const { mapping = usualMapping(settings) } = settings;
  const items = AUGMENTATIONS.map((value) => ({
    label: augmentationName(value),
    detail: detailOf(value),
    value,
    refused:
      value.mix && !learnsFromMixed(mapping)
        ? t(
            'Mixed images have two labels each: they can teach a layer, but not the mapping {0}.',
            say(scoresName(mapping)),
          )
        : undefined,
  }));
  const now = augmentationName(settings.augment ?? usualAugment(settings));
  const active = AUGMENTATIONS.find((one) => augmentationName(one) === now) ?? AUGMENTATIONS[0];
  return choose(ui, t('How should training images be varied?'), items, active, (value) => ({
    ...settings,
    augment: { flip: false, crop: false, vary: false, mix: 0, ...value },
  }));
}

/** A recipe sets everything that it speaks of. */
export function askRecipe(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const items = trainRecipes.map((value) => ({
    label: say(RECIPES[value].title),
    detail: say(RECIPES[value].summary),
    value,
  }));
  const { epochs, budgetMinutes, seed } = settings;
  return choose(ui, t('How should the prompt be trained?'), items, settings.recipe ?? 'semap', (recipe) => ({
    epochs,
    budgetMinutes,
    seed,
    recipe,
    prompt: RECIPES[recipe].prompt,
  }));
}

/**
 * Asks for images that are looked at once, after training.
 * @param datasets class folders of the workspace that are not trained on
 * @returns an empty answer = no test folder
 */
export async function askTestFolder(
  ui: StepUi,
  now: string | undefined,
  datasets: Promise<readonly Dataset[]>,
): Promise<Answer<{ readonly folder?: string | undefined }>> {
  const { t } = vscode.l10n;
  const none = {
    label: t('no test folder'),
    detail: t('Reported accuracy is measured on the validation images'),
    value: undefined,
  };
  const other = { icon: 'folder', label: t('Choose Folder...'), value: undefined };
  const items = datasets.then((found) => [
    none,
    ...found.map((dataset) => ({ ...datasetRow(dataset), value: dataset.path })),
    ...(now === undefined || found.some(({ path }) => path === now)
      ? []
      : [{ icon: 'folder', label: basename(now), detail: now, value: now }]),
    other,
  ]);
  const picked = await ui.pick<Choice<string | undefined>>({
    placeholder: t('Select a folder with the same class folders to test on, once, after training'),
    items,
    active: ({ value }) => value === now,
  });
  if (picked === BACK || picked === CANCEL) return picked;
  if (picked !== other) return { folder: picked.value };
  const folder = await pickFolder(
    t('Folder with the Same Class Folders, Tested Once after Training'),
    t('Test'),
  );
  return folder ? { folder: folder.fsPath } : BACK;
}

function isWhole(text: string, least: number, most: number): boolean {
  const value = Number(text);
  return text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most;
}
