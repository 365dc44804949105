import { basename } from 'node:path';
import * as vscode from 'vscode';
import {
  MOST_EPOCHS,
  type PromptKind,
  promptKinds,
  type TrainMapping,
  type TrainSettings,
  trainMappings,
} from '../../core/runs/trainingSettings.ts';
import type { Dataset } from '../datasets/datasetScan.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles } from '../questions.ts';
import { mappingName, promptName } from '../runs/runWords.ts';

interface Choice<T> extends ListRow {
  readonly value: T;
}

/** Asks for one of some values and puts it into the settings. */
async function choose<T>(
  ui: StepUi,
  placeholder: string,
  items: readonly Choice<T>[],
  now: T,
  change: (value: T) => TrainSettings,
): Promise<Answer<TrainSettings>> {
  const item = await ui.pick({ placeholder, items, active: ({ value }) => value === now });
  return item === BACK || item === CANCEL ? item : change(item.value);
}

export function askPrompt(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const details: Record<PromptKind, string> = {
    padding: t('A trained frame, the image whole and smaller inside'),
    watermark: t('Trained pixels added over the whole image'),
    'low-rank': t('Added over the whole image, with few numbers to train'),
    none: t('Only the mapping is learned: fast, and needs no gradient'),
  };
  const items = promptKinds.map((value) => ({ label: promptName(value), detail: details[value], value }));
  return choose(ui, t('What is trained?'), items, settings.prompt.kind, (kind) => ({
    ...settings,
    prompt: { kind },
  }));
}

export function askMapping(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const details: Record<TrainMapping, string> = {
    semap: t('By meaning, and stays as it is'),
    ilm: t('The best one-to-one assignment, made anew after every epoch'),
    flm: t('One source label each by frequency, made anew after every epoch'),
    blm: t('Weights over all source labels by Bayes, made anew after every epoch'),
    'blm+': t('The same by probabilities; most often the best'),
    'semap-labels': t('By meaning and by what your images fire, made anew after every epoch'),
  };
  const items = trainMappings.map((value) => ({ label: mappingName(value), detail: details[value], value }));
  return choose(
    ui,
    t('How are source labels mapped to yours?'),
    items,
    settings.mapping ?? 'blm+',
    (mapping) => ({ ...settings, mapping }),
  );
}

export async function askEpochs(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t('Epochs: how often every image is seen. It ends before when validation stops improving.'),
    value: String(settings.epochs ?? 20),
    validate: (value) =>
      isWhole(value, 1, MOST_EPOCHS) ? undefined : t('A number from 1 to {0}.', MOST_EPOCHS),
  });
  return text === BACK || text === CANCEL ? text : { ...settings, epochs: Number(text) };
}

export async function askSeed(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t('Seed: decides the split, the order and the augmentation'),
    value: String(settings.seed ?? 0),
    validate: (value) => (isWhole(value, 0, 2 ** 31 - 1) ? undefined : t('A whole number, 0 or more.')),
  });
  return text === BACK || text === CANCEL ? text : { ...settings, seed: Number(text) };
}

export async function askBudget(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const { budgetMinutes: now, ...rest } = settings;
  const text = await ui.input({
    prompt: t('Minutes after which it ends with the epoch that runs. Empty: no limit.'),
    value: now === undefined ? '' : String(now),
    validate: (value) =>
      value.trim() === '' || (Number(value) > 0 && Number.isFinite(Number(value)))
        ? undefined
        : t('A number of minutes, or nothing.'),
  });
  if (text === BACK || text === CANCEL) return text;
  return text.trim() === '' ? rest : { ...rest, budgetMinutes: Number(text) };
}

export function askAugmentation(ui: StepUi, settings: TrainSettings): Promise<Answer<TrainSettings>> {
  const { t } = vscode.l10n;
  const { augment = { crop: true } } = settings;
  const items = [
    { label: t('none'), detail: t('Images as they are'), value: 'none' },
    {
      label: t('flips'),
      detail: t('Mirrored at random. Not for digits, letters and signs.'),
      value: 'flip',
    },
    { label: t('crops'), detail: t('A random part of each image'), value: 'crop' },
    { label: t('flips and crops'), value: 'both' },
  ];
  const now = augment?.flip ? (augment.crop ? 'both' : 'flip') : augment?.crop ? 'crop' : 'none';
  return choose(ui, t('How are training images varied?'), items, now, (value) => ({
    ...settings,
    augment: { flip: value === 'flip' || value === 'both', crop: value === 'crop' || value === 'both' },
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
): Promise<Answer<{ readonly folder?: string }>> {
  const { t } = vscode.l10n;
  const none: Choice<string | undefined> = {
    label: t('none'),
    detail: t('The accuracy that is told is that on the validation images'),
    value: undefined,
  };
  const other: Choice<string | undefined> = {
    icon: 'folder',
    label: t('Choose Folder...'),
    value: undefined,
  };
  const items = datasets.then((found) => [
    none,
    ...found.map(({ name, path, classes }) => ({
      icon: 'file-media',
      label: name,
      description: t('{0} class folders', classes),
      detail: vscode.workspace.asRelativePath(path),
      value: path,
    })),
    ...(now === undefined || found.some(({ path }) => path === now)
      ? []
      : [{ icon: 'folder', label: basename(now), detail: now, value: now }]),
    other,
  ]);
  const picked = await ui.pick<Choice<string | undefined>>({
    placeholder: t('Which folder with the same class folders is looked at, once, after training?'),
    items,
    active: ({ value }) => value === now,
  });
  if (picked === BACK || picked === CANCEL) return picked;
  if (picked !== other) return picked.value === undefined ? {} : { folder: picked.value };
  const [folder] =
    (await pickFiles({
      title: t('Folder with the same class folders, looked at once after training'),
      openLabel: t('Test on It'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return folder ? { folder: folder.fsPath } : BACK;
}

function isWhole(text: string, least: number, most: number): boolean {
  const value = Number(text);
  return text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most;
}
