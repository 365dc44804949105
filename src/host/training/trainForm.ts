import { basename } from 'node:path';
import * as vscode from 'vscode';
import { SemapError, toSemapError } from '../../core/errors.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import type { TrainEstimate, TrainParams, TrainSettings } from '../../protocol/training.ts';
import { askForBackbone } from '../backbones/askForBackbone.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { type Answer, BACK, CANCEL, StepUi } from '../multiStep.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { duration, mappingName, promptName } from './trainingWords.ts';
import {
  askAugmentation,
  askBudget,
  askEpochs,
  askMapping,
  askPrompt,
  askSeed,
  askTestFolder,
} from './trainQuestions.ts';

/** What is to be trained. */
export interface TrainChoice {
  readonly backbone: BackboneEntry;
  readonly settings: TrainSettings;
  readonly testFolder?: string;
}

interface TrainFormParts {
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  /** Remembers the settings that were used last. */
  readonly memory: vscode.Memento;
}

type Field =
  | 'start'
  | 'backbone'
  | 'prompt'
  | 'mapping'
  | 'epochs'
  | 'budget'
  | 'augmentation'
  | 'test'
  | 'seed';

interface FieldItem extends vscode.QuickPickItem {
  readonly field?: Field;
}

/** What is known of an estimate: it is measured, there, or cannot be had. */
type Estimate = { readonly state: 'measuring' } | TrainEstimate | SemapError;

const REMEMBERED = 'trainSettings';
const DEFAULTS: TrainSettings = { prompt: { kind: 'padding' }, mapping: 'blm+', epochs: 20 };

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

  /** @returns undefined when the person changed their mind */
  async ask(folder: string): Promise<TrainChoice | undefined> {
    const { library, memory } = this.#parts;
    const title = vscode.l10n.t('SeMap: Train Visual Prompt on {0}', basename(folder));
    const backbone = await library.active();
    if (!backbone) throw new SemapError('not-found', vscode.l10n.t('No backbone is at hand.'));
    let choice: TrainChoice = {
      backbone,
      settings: { ...DEFAULTS, ...memory.get<Partial<TrainSettings>>(REMEMBERED) },
    };
    let last: Field = 'start';
    for (;;) {
      const field = await this.#askField(title, folder, choice, last);
      if (field === undefined) return undefined;
      if (field === 'start') {
        await memory.update(REMEMBERED, choice.settings);
        return choice;
      }
      last = field;
      const changed = await this.#askSetting(field, choice, new StepUi(title, 1, true));
      if (changed === CANCEL) return undefined;
      if (changed !== BACK) choice = changed;
    }
  }

  /** Shows the list, and the estimate as soon as it is there. */
  async #askField(
    title: string,
    folder: string,
    choice: TrainChoice,
    last: Field,
  ): Promise<Field | undefined> {
    const picker = vscode.window.createQuickPick<FieldItem>();
    const abort = new AbortController();
    picker.title = title;
    picker.placeholder = vscode.l10n.t('Enter starts; choose a setting to change it');
    picker.ignoreFocusOut = true;
    let open = true;
    const fill = (focus: Field | undefined) => {
      if (!open) return;
      const key = keyOf(folder, choice);
      const estimate = this.#estimates.get(key) ?? { state: 'measuring' };
      picker.busy = 'state' in estimate;
      picker.items = itemsOf(choice, estimate);
      const active = picker.items.filter((item) => item.field === focus);
      if (active.length > 0) picker.activeItems = active;
    };
    try {
      return await new Promise<Field | undefined>((resolve) => {
        picker.onDidAccept(() => {
          const field = picker.selectedItems[0]?.field;
          if (field) resolve(field);
        });
        picker.onDidHide(() => resolve(undefined));
        fill(last);
        picker.show();
        void this.#estimate(folder, choice, abort.signal).then(() => fill(picker.activeItems[0]?.field));
      });
    } finally {
      open = false;
      abort.abort();
      picker.dispose();
    }
  }

  async #askSetting(field: Field, choice: TrainChoice, ui: StepUi): Promise<Answer<TrainChoice>> {
    if (field === 'backbone') {
      const placeholder = vscode.l10n.t('Which backbone is the prompt for?');
      const backbone = await askForBackbone(this.#parts.library, ui, placeholder);
      return backbone === BACK || backbone === CANCEL ? backbone : { ...choice, backbone };
    }
    if (field === 'test') {
      const testFolder = await askTestFolder(choice.testFolder);
      if (testFolder === BACK) return BACK;
      const { testFolder: _, ...rest } = choice;
      return testFolder === undefined ? rest : { ...rest, testFolder };
    }
    const questions: Partial<Record<Field, (now: TrainSettings) => Promise<Answer<TrainSettings>>>> = {
      prompt: (now) => askPrompt(ui, now),
      mapping: (now) => askMapping(ui, now),
      epochs: (now) => askEpochs(ui, now),
      budget: (now) => askBudget(ui, now),
      augmentation: (now) => askAugmentation(ui, now),
      seed: (now) => askSeed(ui, now),
    };
    const settings = (await questions[field]?.(choice.settings)) ?? BACK;
    return settings === BACK || settings === CANCEL ? settings : { ...choice, settings };
  }

  /** Measures once for the same settings; what failed is measured again the next time. */
  async #estimate(folder: string, choice: TrainChoice, signal: AbortSignal): Promise<void> {
    const key = keyOf(folder, choice);
    if (this.#estimates.has(key)) return;
    const { backbone, settings, testFolder } = choice;
    const params: Omit<TrainParams, 'runFolder'> = {
      folders: [folder],
      backbone: backbone.path,
      settings,
      ...(testFolder === undefined ? {} : { testFolder }),
    };
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

function keyOf(folder: string, { backbone, settings, testFolder }: TrainChoice): string {
  return JSON.stringify([folder, backbone.path, settings, testFolder]);
}

function itemsOf({ backbone, settings, testFolder }: TrainChoice, estimate: Estimate): FieldItem[] {
  const { t } = vscode.l10n;
  const { prompt, mapping = 'blm+', epochs = 20, budgetMinutes, augment, seed = 0 } = settings;
  const augmentation = [augment?.flip ? t('flips') : '', augment?.crop ? t('crops') : '']
    .filter((word) => word !== '')
    .join(', ');
  const field = (name: Field, label: string, value: string): FieldItem => ({
    label,
    description: value,
    field: name,
  });
  return [
    { label: `$(play) ${t('Start Training')}`, ...estimateWords(estimate), field: 'start' },
    { label: t('settings'), kind: vscode.QuickPickItemKind.Separator },
    field('backbone', t('Backbone'), backbone.name),
    field('prompt', t('Prompt'), promptName(prompt.kind)),
    field('mapping', t('Mapping'), mappingName(mapping)),
    field('epochs', t('Epochs'), String(epochs)),
    field('budget', t('Time Budget'), budgetMinutes === undefined ? t('none') : t('{0} min', budgetMinutes)),
    field('augmentation', t('Augmentation'), augmentation === '' ? t('none') : augmentation),
    field('test', t('Test Folder'), testFolder === undefined ? t('none') : basename(testFolder)),
    field('seed', t('Seed'), String(seed)),
  ];
}

/** What a training will take, beside and below its Start. */
function estimateWords(estimate: Estimate): Pick<FieldItem, 'description' | 'detail'> {
  const { t } = vscode.l10n;
  if (estimate instanceof SemapError) {
    return { description: t('cannot be estimated'), detail: `$(warning) ${estimate.message}` };
  }
  if ('state' in estimate) return { description: t('measuring a step...'), detail: ' ' };
  const { seconds, classes, trainImages, validationImages, secondsPerStep, gradient, why } = estimate;
  const detail = t(
    '{0} labels, {1} images to train and {2} to validate, {3} ms a step',
    classes.length,
    trainImages,
    validationImages,
    Math.round(1000 * secondsPerStep),
  );
  const slow = t('No gradient passes through this backbone: slow. {0}', why ?? '');
  return {
    description: t('about {0}', duration(seconds)),
    detail: gradient === 'spsa' ? `$(warning) ${slow}` : detail,
  };
}
