import { basename } from 'node:path';
import * as vscode from 'vscode';
import { plainLabel } from '../../core/alignments/fittingLabels.ts';
import { SemapError, toSemapError } from '../../core/errors.ts';
import type { ImageFolders } from '../../core/folders/layout.ts';
import { splitRoles } from '../../core/folders/splitRoles.ts';
import { promptName, scoresName } from '../../core/reuse/reuseWords.ts';
import type { TrainSettings } from '../../core/runs/trainingSettings.ts';
import { RECIPES, recipeOf, usualAugment, usualMapping } from '../../core/runs/trainRecipes.ts';
import { duration } from '../../core/text/numbers.ts';
import { phrase, plural } from '../../core/text/text.ts';
import { isWithin } from '../../files/paths.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import type { TrainEstimate } from '../../protocol/training.ts';
import { classesOf } from '../alignments/givenLabels.ts';
import { askForBackbone } from '../backbones/askForBackbone.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { changeLayout, type LayoutField, layoutRows } from '../datasets/askLayout.ts';
import type { Dataset } from '../datasets/datasetScan.ts';
import { type FolderLayouts, imagesOf, type LaidOut } from '../datasets/folderLayouts.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { showWarning } from '../messages.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { askForm, type FormRow, START } from '../startForm.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import {
  askAugmentation,
  askBudget,
  askEpochs,
  askMapping,
  askPrompt,
  askPrompts,
  askRecipe,
  askSeed,
  askTestFolder,
  augmentationName,
  promptsName,
} from './trainQuestions.ts';

/** What is to be trained. */
export interface TrainChoice {
  readonly backbone: BackboneEntry;
  readonly settings: TrainSettings;
  /** How the folders are read. */
  readonly laidOut: LaidOut;
  readonly testFolder?: string | undefined;
}

interface TrainFormParts {
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly layouts: FolderLayouts;
  /** The class folders of the workspace. */
  readonly datasets: () => Promise<readonly Dataset[]>;
  /** Remembers the settings that were used last. */
  readonly memory: vscode.Memento;
}

type Field =
  | 'start'
  | 'measure'
  | 'mapping-only'
  | 'few-numbers'
  | LayoutField
  | 'backbone'
  | 'recipe'
  | 'prompt'
  | 'prompts'
  | 'mapping'
  | 'epochs'
  | 'budget'
  | 'augmentation'
  | 'test'
  | 'seed';

type FieldItem = FormRow<Field>;

/** What is known of an estimate: it is measured, there, or cannot be had. */
type Estimate = { readonly state: 'measuring' } | TrainEstimate | SemapError;

const REMEMBERED = 'trainSettings';
const DEFAULTS: TrainSettings = { prompt: RECIPES.semap.prompt, epochs: 20 };

/** Prompts that make sense where there is no gradient. */
const INSTEAD: Readonly<Partial<Record<Field, TrainSettings['prompt']>>> = {
  'mapping-only': { kind: 'none' },
  'few-numbers': { kind: 'low-rank', rank: 1 },
};

/**
 * The question before a training: one list with Start on top, what it will take beside it, and every setting below.
 * Enter starts with what was used last.
 */
export class TrainForm {
  readonly #parts: TrainFormParts;
  readonly #estimates = new Map<string, Estimate>();

  constructor(parts: TrainFormParts) {
    this.#parts = parts;
  }

  /**
   * @param first what is chosen when the list opens; absent: the active backbone, the settings used last, and the folders
   *   as they were read last
   * @returns undefined when the person changed their mind
   */
  async ask(folders: readonly string[], first?: TrainChoice): Promise<TrainChoice | undefined> {
    const { memory, layouts } = this.#parts;
    const choice = await askForm<TrainChoice, Field>(
      {
        title: () => vscode.l10n.t('SeMap: Train Visual Prompt on {0}', titleOf(folders)),
        placeholder: vscode.l10n.t('Press Enter to start, or select a setting to change it'),
        rows: (now) => itemsOf(now, this.#known(now)),
        isBusy: (now) => 'state' in this.#known(now),
        look: (now, signal) => this.#estimate(now, signal),
        change: (field, now, ui) => this.#change(field, now, ui),
      },
      first ?? (await this.#usual(folders)),
    );
    if (!choice) return undefined;
    await memory.update(REMEMBERED, choice.settings);
    await layouts.remember(choice.laidOut);
    return choice;
  }

  #known(choice: TrainChoice): Estimate {
    return this.#estimates.get(keyOf(choice)) ?? { state: 'measuring' };
  }

  async #usual(folders: readonly string[]): Promise<TrainChoice> {
    const { library, layouts, memory } = this.#parts;
    const backbone = await library.active();
    if (!backbone) throw new SemapError('not-found', phrase('No backbones found.'));
    const settings = { ...DEFAULTS, ...memory.get<Partial<TrainSettings>>(REMEMBERED) };
    return { backbone, settings, laidOut: await layouts.of(folders) };
  }

  async #change(field: Field, choice: TrainChoice, ui: StepUi): Promise<Answer<TrainChoice | typeof START>> {
    if (field === 'start') return START;
    if (field === 'measure') {
      this.#estimates.delete(keyOf(choice));
      return choice;
    }
    const prompt = INSTEAD[field];
    if (prompt) return { ...choice, settings: { ...choice.settings, prompt } };
    if (field === 'backbone') {
      const placeholder = vscode.l10n.t('Select a backbone');
      const backbone = await askForBackbone(this.#parts.library, ui, placeholder);
      return backbone === BACK || backbone === CANCEL ? backbone : { ...choice, backbone };
    }
    if (field === 'layout' || field === 'split') {
      const laidOut = await changeLayout(field, choice.laidOut, ui, this.#parts.layouts);
      return laidOut === BACK || laidOut === CANCEL ? laidOut : { ...choice, laidOut };
    }
    if (field === 'test') {
      const { folders } = choice.laidOut;
      const others = this.#parts
        .datasets()
        .then((found) => found.filter(({ path }) => !folders.some((folder) => isWithin(path, folder))));
      const chosen = await askTestFolder(ui, choice.testFolder, others);
      if (chosen === BACK || chosen === CANCEL) return chosen;
      const testFolder = chosen.folder;
      const problem =
        testFolder === undefined ? undefined : await this.#testProblem(choice.laidOut, testFolder);
      if (problem === undefined) return { ...choice, testFolder };
      void showWarning(problem);
      return BACK;
    }
    const questions: Partial<Record<Field, (now: TrainSettings) => Promise<Answer<TrainSettings>>>> = {
      recipe: (now) => askRecipe(ui, now),
      prompt: (now) => askPrompt(ui, now),
      prompts: (now) => askPrompts(ui, now),
      mapping: (now) => askMapping(ui, now),
      epochs: (now) => askEpochs(ui, now),
      budget: (now) => askBudget(ui, now),
      augmentation: (now) => askAugmentation(ui, now),
      seed: (now) => askSeed(ui, now),
    };
    const settings = (await questions[field]?.(choice.settings)) ?? BACK;
    return settings === BACK || settings === CANCEL ? settings : { ...choice, settings };
  }

  /** Why a folder cannot be tested on: that is better known before the training than after it. */
  async #testProblem(laidOut: LaidOut, testFolder: string): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const { folders } = laidOut;
    if (folders.some((folder) => isWithin(testFolder, folder))) {
      return t('Cannot test on {0}: the training uses these images.', basename(testFolder));
    }
    const labelsOf = async (images: ImageFolders) =>
      (await classesOf(this.#parts.engine, images))
        .filter(({ empty }) => !empty)
        .map(({ label }) => plainLabel(label));
    const labels = new Set(await labelsOf(imagesOf(laidOut)));
    const shared = (await labelsOf({ folders: [testFolder] })).some((label) => labels.has(label));
    return shared
      ? undefined
      : t('{0} has no class folder in common with {1}.', basename(testFolder), titleOf(folders));
  }

  /** Measures once for the same settings; what failed is measured again the next time. */
  async #estimate(choice: TrainChoice, signal: AbortSignal): Promise<void> {
    const key = keyOf(choice);
    if (this.#estimates.has(key)) return;
    const { backbone, settings, laidOut, testFolder } = choice;
    const params = { ...imagesOf(laidOut), backbone: backbone.path, settings, testFolder };
    try {
      this.#estimates.set(key, await this.#parts.engine.call('estimateTraining', params, { signal }));
    } catch (thrown) {
      const error = toSemapError(thrown);
      if (error.reason !== 'cancelled') this.#estimates.set(key, error);
      // Whatever was wrong may be right when the question is asked the next time.
      setTimeout(() => this.#estimates.delete(key), 1000).unref();
    }
  }
}

function keyOf({ backbone, settings, laidOut, testFolder }: TrainChoice): string {
  return JSON.stringify([imagesOf(laidOut), backbone.path, settings, testFolder]);
}

function itemsOf({ backbone, settings, laidOut, testFolder }: TrainChoice, estimate: Estimate): FieldItem[] {
  const { t } = vscode.l10n;
  const {
    prompt,
    mapping = usualMapping(settings),
    epochs = 20,
    budgetMinutes,
    augment = usualAugment(settings),
    seed = 0,
  } = settings;
  const field = (name: Field, label: string, value: string): FieldItem => ({
    label,
    description: value,
    field: name,
  });
  return [
    ...startItems(estimate, settings),
    { label: t('settings'), kind: vscode.QuickPickItemKind.Separator },
    ...layoutRows(laidOut, true),
    field('backbone', t('Backbone'), backbone.name),
    field('recipe', t('Recipe'), say(recipeOf(settings).title)),
    field('prompt', t('Prompt'), say(promptName({ ...prompt, count: undefined }))),
    ...(prompt.kind === 'none'
      ? []
      : [field('prompts', t('Number of Prompts'), promptsName(prompt.count ?? 1))]),
    field('mapping', t('Mapping'), say(scoresName(mapping))),
    field('epochs', t('Epochs'), String(epochs)),
    field(
      'budget',
      t('Time Budget'),
      budgetMinutes === undefined ? t('no limit') : t('{0} min', budgetMinutes),
    ),
    field('augmentation', t('Augmentation'), augmentationName(augment)),
    field(
      'test',
      t('Test Folder'),
      testFolder === undefined ? withoutTestFolder(laidOut) : basename(testFolder),
    ),
    field('seed', t('Seed'), String(seed)),
  ];
}

/** On what is measured where there is no folder for it. */
function withoutTestFolder({ chosen, split }: LaidOut): string {
  const { t } = vscode.l10n;
  const splits = chosen.flatMap((option) => option.splits.map((one) => one.split));
  const roles = split === undefined ? splitRoles(splits) : undefined;
  return roles && roles.measure !== roles.choose
    ? t('none, the split {0} is used', roles.measure)
    : t('no test folder');
}

/** Start and what it will take; what else there is to do where it cannot or had better not be pressed. */
function startItems(estimate: Estimate, { prompt }: TrainSettings): FieldItem[] {
  const { t } = vscode.l10n;
  const start = { icon: 'play', label: t('Start Training') };
  if (estimate instanceof SemapError) {
    const { text, hintText } = estimate;
    return [
      {
        icon: 'refresh',
        label: t('Try Again'),
        description: t('cannot be trained with these settings'),
        detailIcon: 'warning',
        detail: hintText ? `${say(text)} ${say(hintText)}` : say(text),
        field: 'measure',
      },
    ];
  }
  if ('state' in estimate) {
    return [{ ...start, description: t('measuring...'), detail: ' ', field: 'start' }];
  }
  const { seconds, classes, trainImages, validationImages, secondsPerStep, gradient, why } = estimate;
  const detail = [
    plural(classes.length, '{0} label', '{0} labels'),
    plural(trainImages, '{0} training image', '{0} training images'),
    plural(validationImages, '{0} validation image', '{0} validation images'),
    phrase('{0} ms per step', Math.round(1000 * secondsPerStep)),
  ]
    .map(say)
    .join(' · ');
  const description = say(phrase('about {0}', duration(seconds)));
  if (gradient === 'exact' || prompt.kind === 'none')
    return [{ ...start, description, detail, field: 'start' }];
  const slow = t('Slow. {0}', say(why ?? phrase('No gradient passes through this backbone.')));
  return [
    { ...start, description, detailIcon: 'warning', detail: slow, field: 'start' },
    ...(prompt.kind === 'low-rank'
      ? []
      : [
          {
            icon: 'lightbulb',
            label: t('Train a Low-Rank Prompt'),
            description: t('few enough parameters to train without a gradient'),
            field: 'few-numbers' as const,
          },
        ]),
    {
      icon: 'lightbulb',
      label: t('Learn the Mapping Only'),
      description: t('fast; needs no gradient'),
      field: 'mapping-only',
    },
  ];
}
