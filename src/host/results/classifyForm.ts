import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { Purpose } from '../../core/alignments/purpose.ts';
import { SemapError } from '../../core/errors.ts';
import { labelList, type TargetLabel } from '../../core/labels/targetLabels.ts';
import { isLearned, mappingMethods } from '../../core/mapping/methods.ts';
import { phrase } from '../../core/text/text.ts';
import type { ActiveAlignment } from '../alignments/activeAlignment.ts';
import { askMethod, askNumber, type MethodAnswers, numberOf } from '../alignments/askMethod.ts';
import {
  classesOf,
  type GivenLabels,
  labelsOfClasses,
  namesOf,
  targetOfClass,
} from '../alignments/givenLabels.ts';
import type { LabelSources } from '../alignments/labelSources.ts';
import { askForBackbones } from '../backbones/askForBackbone.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { askFolders } from '../datasets/askForFolders.ts';
import { changeLayout, type LayoutField, layoutRows } from '../datasets/askLayout.ts';
import { mayHoldImages } from '../datasets/datasetScan.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { type FolderLayouts, imagesOf, type LaidOut } from '../datasets/folderLayouts.ts';
import { splitText } from '../datasets/layoutWords.ts';
import { showError } from '../errors.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import type { Log } from '../log.ts';
import { withProgress } from '../messages.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import type { ListRow } from '../questions.ts';
import type { RunStore } from '../runs/runStore.ts';
import type { Settings } from '../settings.ts';
import { askForm, type FormRow, START } from '../startForm.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type ByMethod, type ClassifyPlan, isMethod, labelsRow, wordsOf } from './classifyPlan.ts';
import {
  alignmentRow,
  type ExistingAlignment,
  existingAlignments,
  madeForPurpose,
  misfitWords,
} from './existingAlignments.ts';
import { promptRow, type TrainedPrompt, trainedPromptsFor } from './trainedPrompts.ts';

interface ClassifyFormParts {
  readonly engine: Engine;
  readonly settings: Pick<Settings, 'defaultMethod'>;
  readonly library: BackboneLibrary;
  readonly active: ActiveAlignment;
  readonly labels: LabelSources;
  readonly datasets: Pick<DatasetsTree, 'datasets'>;
  readonly layouts: FolderLayouts;
  readonly runs: Pick<RunStore, 'list'>;
  readonly log: Log;
}

/** What is known of the folders, found out once. */
interface Facts {
  /** The names of the class folders; none where they are fewer than two. */
  readonly classes: readonly string[];
  /** Labels that lie nearest: the class folders, or the names of several folders without any. */
  readonly nearest: readonly GivenLabels[];
  readonly alignments: readonly ExistingAlignment[];
  readonly prompts: readonly TrainedPrompt[];
}

/** What is known beside the folders. */
export interface FormWish {
  /** Classifies what arrives later, too: an empty folder will do. */
  readonly watch?: boolean;
  /** Labels for folders that have no class folders. */
  readonly targets?: readonly TargetLabel[] | undefined;
}

interface Choice extends ClassifyPlan {
  readonly facts: Facts;
  /** What arrives later is classified, too. */
  readonly watch: boolean;
  /** The person chose labels or a method: another backbone does not bring an alignment that is there. */
  readonly own: boolean;
}

type Field =
  | 'start'
  | 'folder'
  | LayoutField
  | 'labels'
  | 'backbone'
  | 'by'
  | 'settle'
  | ExistingAlignment
  | TrainedPrompt;

/** Alignments, and trained prompts, that the form itself shows; the list of its mapping has all. */
const SHOWN = 3;

/**
 * The question before a classification: what will be done in one line, Enter starts, every part below can be changed.
 * What was made for another backbone, another folder or other labels is offered, and never taken by itself.
 */
export class ClassifyForm {
  readonly #parts: ClassifyFormParts;

  constructor(parts: ClassifyFormParts) {
    this.#parts = parts;
  }

  /**
   * Undefined when the person changed their mind.
   * @throws {SemapError} where there are no images
   */
  async ask(
    folders: readonly string[],
    { watch = false, targets }: FormWish = {},
  ): Promise<ClassifyPlan | undefined> {
    const { t } = vscode.l10n;
    const backbone = await this.#parts.library.active();
    if (!backbone) throw new SemapError('not-found', phrase('No backbones found.'));
    const plan = await askForm<Choice, Field>(
      {
        title: ({ folders: chosen }) =>
          watch
            ? t('SeMap: Watch {0}', titleOf(chosen))
            : t('SeMap: Zero-Shot Classify {0}', titleOf(chosen)),
        placeholder: t('Press Enter to start, or select a setting to change it'),
        rows: (choice) => this.#rows(choice),
        change: async (field, choice, ui) => {
          try {
            return await this.#change(field, choice, ui);
          } catch (error) {
            // What cannot be had is said, and the rest of the choice stays.
            void showError(error);
            return BACK;
          }
        },
      },
      withLabels(await this.#usual({ folders, backbone, beside: [], watch }), targets),
    );
    if (plan) await this.#parts.layouts.remember(plan.laidOut);
    return plan;
  }

  /**
   * What is done with folders unless the person says otherwise.
   * @param laidOut how they are read; absent: as they were before, or as it is recognized
   */
  async #usual(
    { folders, backbone, beside, watch }: Pick<Choice, 'folders' | 'backbone' | 'beside' | 'watch'>,
    laidOut?: LaidOut,
  ): Promise<Choice> {
    const { facts, read } = await withProgress(
      vscode.l10n.t('Looking at {0}', titleOf(folders)),
      async () => {
        const read = laidOut ?? (await this.#parts.layouts.of(folders));
        return { read, facts: await this.#lookAt(read, watch) };
      },
    );
    const labels = facts.nearest.find(({ labelled }) => labelled);
    const about = { folders, laidOut: read, backbone, beside, labels };
    const choice = { ...about, facts, watch, own: false, settle: true };
    return { ...choice, by: this.#usualBy(choice) };
  }

  async #lookAt(laidOut: LaidOut, watch: boolean): Promise<Facts> {
    const { engine, runs, library } = this.#parts;
    const { folders } = laidOut;
    const found = await classesOf(engine, imagesOf(laidOut));
    const classes = [...new Map(found.map((one) => [one.label, targetOfClass(one)])).values()];
    if (classes.length === 0 && !watch && !(await mayHoldImages(folders))) {
      throw new SemapError('no-images', phrase('No images in {0}.', titleOf(folders)));
    }
    const nearest = await this.#nearestLabels(laidOut, classes);
    const names = classes.length >= 2 ? classes.map(({ name }) => name) : [];
    const [alignments, prompts] = await Promise.all([
      existingAlignments({ folders, classes: names, backbone: undefined }, this.#parts),
      trainedPromptsFor(folders, names, runs, library),
    ]);
    return { classes: names, nearest, alignments, prompts };
  }

  /** Several folders chosen together, none of them with class folders, are most likely classes themselves. */
  async #nearestLabels(laidOut: LaidOut, classes: readonly TargetLabel[]): Promise<readonly GivenLabels[]> {
    const { folders } = laidOut;
    if (classes.length >= 2) return [labelsOfClasses(classes, imagesOf(laidOut))];
    if (folders.length < 2) return [];
    const named = await this.#parts.labels.ofText(labelList(folders.map((one) => basename(one))), 'labels');
    return named.targets.length < 2
      ? []
      : [{ ...named, origin: vscode.l10n.t('names of the selected folders') }];
  }

  /** An alignment that was made for all of it, or the method of the settings. */
  #usualBy(choice: Omit<Choice, 'by'>): ClassifyPlan['by'] {
    const { active, settings } = this.#parts;
    const open = active.current?.uri;
    return (
      madeForPurpose(choice.facts.alignments, purposeOf(choice), open) ?? { method: settings.defaultMethod }
    );
  }

  #rows(choice: Choice): readonly FormRow<Field>[] {
    const { t } = vscode.l10n;
    const { facts, by } = choice;
    const { labels, backbone, mapping } = wordsOf(choice);
    const field = (name: Field, label: string, value: string): FormRow<Field> => ({
      label,
      description: value,
      field: name,
    });
    const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
    const missing = labels === undefined;
    const settle = choice.settle ? t('settle ✓') : undefined;
    const { split, chosen } = choice.laidOut;
    const only = split && say(splitText(split, chosen));
    const line = [titleOf(choice.folders), only, labels, backbone, mapping, settle].filter(
      (part) => part !== undefined,
    );
    const misfit = isMethod(by) || 'entry' in by ? undefined : misfitWords(by, purposeOf(choice));
    const alignments = facts.alignments.filter((one) => one !== by).slice(0, SHOWN);
    const prompts = facts.prompts.filter((one) => one !== by).slice(0, SHOWN);
    return [
      missing
        ? {
            icon: 'tag',
            label: t('Choose Labels...'),
            description: t('{0} has no class folders', titleOf(choice.folders)),
            detail: line.join(' · '),
            field: 'labels',
          }
        : {
            icon: choice.watch ? 'eye' : 'play',
            label: choice.watch ? t('Start Watching') : t('Start Classifying'),
            detail: line.join(' · '),
            field: 'start',
          },
      separator(t('settings')),
      field('folder', t('Folder'), titleOf(choice.folders)),
      ...layoutRows(choice.laidOut),
      ...(missing ? [] : [field('labels', t('Labels'), isMethod(by) ? labelsRow(choice, labels) : labels)]),
      field('backbone', t('Backbone'), backbone),
      field('by', t('Mapping'), misfit === undefined ? mapping : `${mapping} · ${misfit}`),
      field(
        'settle',
        t('Settle Folder'),
        choice.settle ? t('on, where the images say enough about each other') : t('off'),
      ),
      ...(alignments.length > 0 ? [separator(t('alignments that exist'))] : []),
      ...alignments.map((one) => ({ ...alignmentRow(one, purposeOf(choice)), field: one })),
      ...(prompts.length > 0 ? [separator(t('trained prompts'))] : []),
      ...prompts.map((one) => ({ ...promptRow(one, choice.folders), field: one })),
    ];
  }

  async #change(field: Field, choice: Choice, ui: StepUi): Promise<Answer<Choice | typeof START>> {
    const { t } = vscode.l10n;
    switch (field) {
      case 'start':
        return START;
      case 'folder': {
        const chosen = await askFolders(ui, this.#parts.datasets, {
          placeholder: t('Select a folder of images to classify'),
          dialogTitle: t('Select Folders of Images to Classify'),
          openLabel: t('Classify'),
          many: true,
        });
        if (chosen === BACK || chosen === CANCEL) return chosen;
        return { ...(await this.#usual({ ...choice, folders: pathsOf(chosen) })), settle: choice.settle };
      }
      case 'layout':
      case 'split': {
        const laidOut = await changeLayout(field, choice.laidOut, ui, this.#parts.layouts);
        if (laidOut === BACK || laidOut === CANCEL) return laidOut;
        return withOwn(choice, await this.#usual(choice, laidOut));
      }
      case 'labels': {
        const { folders, backbone } = choice;
        const { nearest } = choice.facts;
        const labels = await this.#parts.labels.ask(ui, { folders, backbone, nearest });
        if (labels === BACK || labels === CANCEL) return labels;
        return { ...choice, labels, by: { method: this.#parts.settings.defaultMethod }, own: true };
      }
      case 'backbone': {
        const chosen = await askForBackbones(this.#parts.library, ui, t('Select a backbone'));
        if (chosen === BACK || chosen === CANCEL) return chosen;
        const [backbone, ...beside] = chosen;
        const next = { ...choice, backbone, beside };
        return { ...next, by: choice.own && isMethod(choice.by) ? choice.by : this.#usualBy(next) };
      }
      case 'by':
        return this.#askBy(choice, ui);
      case 'settle':
        return { ...choice, settle: !choice.settle };
      default:
        return withExisting(choice, field);
    }
  }

  /** How labels are mapped: by a method, or as an alignment or a trained prompt has it. */
  async #askBy(choice: Choice, ui: StepUi): Promise<Answer<Choice>> {
    const { t } = vscode.l10n;
    const { settings, engine } = this.#parts;
    const { facts } = choice;
    interface ByItem extends ListRow {
      readonly by?: ExistingAlignment | TrainedPrompt | ByMethod;
    }
    const separator = (label: string): ByItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
    const usual = { method: settings.defaultMethod };
    const more: ByItem = { label: t('More Methods...') };
    const items: readonly ByItem[] = [
      {
        label: say(mappingMethods[usual.method].title),
        description: usual.method === 'semap' ? t('recommended') : '',
        detail: say(mappingMethods[usual.method].summary),
        by: usual,
      },
      more,
      ...(facts.alignments.length > 0 ? [separator(t('alignments that exist'))] : []),
      ...facts.alignments.map((one) => ({ ...alignmentRow(one, purposeOf(choice)), by: one })),
      ...(facts.prompts.length > 0 ? [separator(t('trained prompts'))] : []),
      ...facts.prompts.map((one) => ({ ...promptRow(one, choice.folders), by: one })),
    ];
    for (;;) {
      const item = await ui.pick({
        placeholder: t('How should labels be mapped?'),
        items,
        active: ({ by }) => by !== undefined && (by === choice.by || (isMethod(by) && isMethod(choice.by))),
      });
      if (item === BACK || item === CANCEL) return item;
      if (item.by && !isMethod(item.by)) return withExisting(choice, item.by);
      if (item.by) return { ...choice, by: item.by, own: true };
      const answers: MethodAnswers = isMethod(choice.by) ? { ...choice.by } : {};
      const encoder = (await engine.call('listEncoders', undefined)).some(({ problem }) => !problem);
      const labelled = choice.labels?.labelled === true;
      const asked = await askMethod(answers, ui.deeper(), {
        usual: usual.method,
        labelled,
        encoder,
        more: true,
      });
      if (asked === CANCEL) return asked;
      if (asked === BACK || answers.method === undefined) continue;
      const number = numberOf(answers.method) ? await askNumber(answers, ui.deeper()) : undefined;
      if (number === CANCEL) return number;
      if (number === BACK) continue;
      const { method, k, shared, perClass } = answers;
      return { ...choice, by: { method, k: numberOf(method) && k, shared, perClass }, own: true };
    }
  }
}

/** @throws {SemapError} why it cannot be used */
function withExisting(choice: Choice, by: ExistingAlignment | TrainedPrompt): Choice {
  if ('problem' in by && by.problem) throw by.problem;
  return { ...choice, by };
}

/** The paths of folders, each once. */
export function pathsOf(folders: readonly vscode.Uri[]): readonly string[] {
  return [...new Set(folders.map(({ fsPath }) => fsPath))];
}

function purposeOf({
  folders,
  backbone,
  beside,
  facts,
}: Pick<Choice, 'folders' | 'backbone' | 'beside' | 'facts'>): Purpose {
  return {
    folders,
    classes: facts.classes,
    backbone: backbone.description?.sha256,
    beside: beside.map(({ description }) => description?.sha256),
  };
}

/** What is usual where folders are read in another way, with what the person chose and that has nothing to do with it. */
function withOwn({ own, by, settle, labels: before }: Choice, usual: Choice): Choice {
  const others = before?.labelled ? undefined : before;
  const labels = own ? (others ?? usual.labels) : (usual.labels ?? others);
  const stays = own && isMethod(by) && (labels?.labelled || !isLearned(by.method));
  return { ...usual, labels, settle, ...(stays && { by, own }) };
}

/** The choice with labels that are there already, unless the folders have some. */
function withLabels(choice: Choice, targets: readonly TargetLabel[] | undefined): Choice {
  if (choice.labels !== undefined || targets === undefined) return choice;
  const [folder] = choice.folders;
  const given = { targets, problems: [], name: basename(folder), near: vscode.Uri.file(folder) };
  return { ...choice, labels: { ...given, origin: namesOf(given) } };
}
