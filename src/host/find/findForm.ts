import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import type { FindParams } from '../../core/find/findRecord.ts';
import type { TargetLabel } from '../../core/labels/targetLabels.ts';
import { duration, imageCount } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import type { ClassFolder } from '../../protocol/alignments.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import {
  classesOf,
  type GivenLabels,
  labelsOfClasses,
  namesOf,
  targetOfClass,
} from '../alignments/givenLabels.ts';
import type { LabelSources } from '../alignments/labelSources.ts';
import { backboneWords } from '../backbones/askForBackbone.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { changeLayout, type LayoutField, layoutRows } from '../datasets/askLayout.ts';
import { type FolderLayouts, imagesOf, type LaidOut } from '../datasets/folderLayouts.ts';
import { titleOf } from '../files.ts';
import { plural, say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { askForm, type FormRow, START } from '../startForm.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { USUAL_BUDGET } from './findPage.ts';

/** What is to be searched. */
interface FindChoice {
  readonly laidOut: LaidOut;
  /** Undefined until the person says: there are no class folders. */
  readonly labels: GivenLabels | undefined;
  /** Whether the person said the labels: then they stay, however the folders are read. */
  readonly own: boolean;
  /** Backbones to try; undefined = all that can be used. */
  readonly backbones: readonly string[] | undefined;
  readonly budgetMinutes: number;
  readonly prompts: boolean;
  readonly seed: number;
}

/** What is searched, without the folder that it goes to. */
export type AskedFind = Omit<FindParams, 'runFolder'>;

interface FindFormParts {
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly layouts: FolderLayouts;
  readonly labels: LabelSources;
  /** Remembers the settings that were used last. */
  readonly memory: vscode.Memento;
}

type Field = 'start' | LayoutField | 'labels' | 'backbones' | 'budget' | 'prompts' | 'seed';

const REMEMBERED = 'findSettings';
type Remembered = Pick<FindChoice, 'budgetMinutes' | 'prompts'>;
/** A day; nobody waits longer. */
const MOST_MINUTES = 24 * 60;

/** The question before a search: one list with Start on top, what there is to search beside it, and every setting below. */
export class FindForm {
  readonly #parts: FindFormParts;
  /** Classes with their images, by how the folders are read. */
  readonly #counted = new Map<string, readonly ClassFolder[] | undefined>();

  constructor(parts: FindFormParts) {
    this.#parts = parts;
  }

  /**
   * @param before a search whose settings the list opens with; absent: those used last
   * @returns undefined when the person changed their mind
   */
  async ask(folders: readonly string[], before?: AskedFind): Promise<AskedFind | undefined> {
    const { t } = vscode.l10n;
    const { layouts, memory, library } = this.#parts;
    // Folders may have other images by now.
    this.#counted.clear();
    const entries = (await library.list()).filter(({ problem }) => !problem);
    if (entries.length === 0) throw new SemapError('not-found', phrase('No backbones found.'));
    const choice = await askForm<FindChoice, Field>(
      {
        title: () => t('SeMap: Find Best Reuse for {0}', titleOf(folders)),
        placeholder: t('Press Enter to start, or select a setting to change it'),
        rows: (now) => rowsOf(now, entries, this.#counted.get(keyOf(now))),
        isBusy: (now) => !this.#counted.has(keyOf(now)),
        look: (now, signal) => this.#count(now, signal),
        change: (field, now, ui) => this.#change(field, now, ui, entries),
      },
      await this.#usual(folders, before),
    );
    if (!choice?.labels) return undefined;
    const { budgetMinutes, prompts, backbones, seed, laidOut, labels } = choice;
    await memory.update(REMEMBERED, { budgetMinutes, prompts } satisfies Remembered);
    await layouts.remember(laidOut);
    const { targets } = labels;
    // A table of labels that the command line named stands for those of people in this search, too.
    const { truths } = before ?? {};
    return {
      ...imagesOf(laidOut),
      targets,
      // Named, so that the record says what was tried.
      backbones: backbones ?? entries.map(({ path }) => path),
      budgetMinutes,
      seed,
      ...(prompts ? {} : { withoutPrompts: true }),
      ...(truths === undefined ? {} : { truths }),
    };
  }

  async #usual(folders: readonly string[], before: AskedFind | undefined): Promise<FindChoice> {
    const { layouts, memory } = this.#parts;
    const laidOut = await layouts.of(folders, before && { before });
    const { budgetMinutes = USUAL_BUDGET, prompts = true } = memory.get<Partial<Remembered>>(REMEMBERED, {});
    const usual = { laidOut, own: false, backbones: undefined, budgetMinutes, prompts, seed: 0 };
    if (!before) return { ...usual, labels: await this.#labelsOf(laidOut) };
    const classes = await this.#labelsOf(laidOut).catch(() => undefined);
    const given = { targets: before.targets, problems: [], name: titleOf(folders) };
    return {
      ...usual,
      labels: { ...given, origin: namesOf(given), near: vscode.Uri.file(folders[0]) },
      own: !isSameOnes(before.targets, classes?.targets ?? []),
      backbones: before.backbones,
      budgetMinutes: before.budgetMinutes ?? USUAL_BUDGET,
      prompts: before.withoutPrompts !== true,
      seed: before.seed ?? 0,
    };
  }

  /** The classes of the folders; undefined where they have none. */
  async #labelsOf(laidOut: LaidOut): Promise<GivenLabels | undefined> {
    const images = imagesOf(laidOut);
    const filled = (await classesOf(this.#parts.engine, images)).filter(({ empty }) => !empty);
    return filled.length === 0 ? undefined : labelsOfClasses(filled.map(targetOfClass), images);
  }

  /** Counts labeled images once for every way of reading the folders; what cannot be counted is not said. */
  async #count({ laidOut }: FindChoice, signal: AbortSignal): Promise<void> {
    const { folders, layouts, split } = imagesOf(laidOut);
    const key = keyOf({ laidOut });
    if (this.#counted.has(key)) return;
    const lists = await Promise.all(
      folders.map((folder, i) =>
        this.#parts.engine
          .call('listClasses', { folder, layout: layouts?.[i], split, counted: true }, { signal })
          .catch(() => undefined),
      ),
    );
    if (signal.aborted) return;
    const all = lists.flatMap((list) => list ?? []);
    this.#counted.set(key, lists.includes(undefined) ? undefined : all);
  }

  async #change(
    field: Field,
    choice: FindChoice,
    ui: StepUi,
    entries: readonly BackboneEntry[],
  ): Promise<Answer<FindChoice | typeof START>> {
    const { t } = vscode.l10n;
    switch (field) {
      case 'start':
        return START;
      case 'layout':
      case 'split': {
        const laidOut = await changeLayout(field, choice.laidOut, ui, this.#parts.layouts);
        if (laidOut === BACK || laidOut === CANCEL) return laidOut;
        const labels = choice.own ? undefined : await this.#labelsOf(laidOut);
        return { ...choice, laidOut, labels: labels ?? choice.labels };
      }
      case 'labels': {
        const { folders } = choice.laidOut;
        const nearest = choice.labels ? [choice.labels] : [];
        const labels = await this.#parts.labels.ask(ui, { folders, nearest });
        return labels === BACK || labels === CANCEL ? labels : { ...choice, labels, own: true };
      }
      case 'backbones': {
        const active = await this.#parts.library.active();
        const picked = await ui.pickMany({
          placeholder: t('Select the backbones to try'),
          items: entries.map((entry) => ({
            label: entry.name,
            description: backboneWords(entry, entry === active),
            entry,
          })),
          picked: ({ entry }) => isChosen(choice, entry),
        });
        if (picked === BACK || picked === CANCEL) return picked;
        if (picked.length === 0) return BACK;
        const all = picked.length === entries.length;
        return { ...choice, backbones: all ? undefined : picked.map(({ entry }) => entry.path) };
      }
      case 'budget': {
        const text = await ui.input({
          prompt: t('Time budget in minutes. What has been found by then is kept.'),
          value: String(choice.budgetMinutes),
          validate: (value) =>
            Number(value) > 0 && Number(value) <= MOST_MINUTES
              ? undefined
              : t('Enter a number of minutes, at most {0}.', MOST_MINUTES),
        });
        return text === BACK || text === CANCEL ? text : { ...choice, budgetMinutes: Number(text) };
      }
      case 'prompts':
        return { ...choice, prompts: !choice.prompts };
      case 'seed': {
        const text = await ui.input({
          prompt: t('Seed: decides how images are split and drawn'),
          value: String(choice.seed),
          validate: (value) =>
            /^\d+$/.test(value.trim()) && Number(value) < 2 ** 31
              ? undefined
              : t('Enter a whole number, 0 or more.'),
        });
        return text === BACK || text === CANCEL ? text : { ...choice, seed: Number(text) };
      }
    }
  }
}

function keyOf({ laidOut }: Pick<FindChoice, 'laidOut'>): string {
  return JSON.stringify(imagesOf(laidOut));
}

function isSameOnes(some: readonly TargetLabel[], others: readonly TargetLabel[]): boolean {
  const names = new Set(others.map(({ name }) => name));
  return some.length === names.size && some.every(({ name }) => names.has(name));
}

/** Searches of the command line may name backbones instead of their files. */
function isChosen({ backbones }: FindChoice, { path, name }: BackboneEntry): boolean {
  return backbones === undefined || backbones.includes(path) || backbones.includes(name);
}

function rowsOf(
  choice: FindChoice,
  entries: readonly BackboneEntry[],
  counted: readonly ClassFolder[] | undefined,
): FormRow<Field>[] {
  const { t } = vscode.l10n;
  const { labels, laidOut, budgetMinutes, prompts, seed } = choice;
  const chosen = entries.filter((entry) => isChosen(choice, entry));
  const row = (field: Field, label: string, description: string): FormRow<Field> => ({
    label,
    description,
    field,
  });
  return [
    labels
      ? startRow(choice, labels, chosen.length, counted)
      : {
          icon: 'tag',
          label: t('Choose Labels...'),
          description: t('{0} has no class folders', titleOf(laidOut.folders)),
          field: 'labels',
        },
    { label: t('settings'), kind: vscode.QuickPickItemKind.Separator },
    ...layoutRows(laidOut, true),
    ...(labels ? [row('labels', t('Labels'), labels.origin)] : []),
    row(
      'backbones',
      t('Backbones'),
      chosen.length === entries.length
        ? plural(entries.length, '{0} backbone', 'all {0} backbones')
        : chosen.map(({ name }) => name).join(', '),
    ),
    row('budget', t('Time Budget'), t('{0} min', budgetMinutes)),
    row('prompts', t('Visual Prompts'), prompts ? t('on, where time is left') : t('off')),
    row('seed', t('Seed'), String(seed)),
  ];
}

/** Start, and what there is to search; that nothing can be measured is better known before than afterwards. */
function startRow(
  { budgetMinutes }: FindChoice,
  { targets }: GivenLabels,
  backbones: number,
  counted: readonly ClassFolder[] | undefined,
): FormRow<Field> {
  const { t } = vscode.l10n;
  const labeled = counted?.reduce((sum, { images = 0 }) => sum + images, 0);
  const detail = [
    plural(targets.length, '{0} label', '{0} labels'),
    plural(backbones, '{0} backbone', '{0} backbones'),
    ...(labeled ? [say(phrase('{0} with a label', imageCount(labeled)))] : []),
  ].join(' · ');
  return {
    icon: 'play',
    label: t('Start Search'),
    description: say(phrase('at most {0}', duration(60 * budgetMinutes))),
    ...(labeled === 0
      ? {
          detailIcon: 'info',
          detail: t('{0}. No image has a label: accuracy is judged without labels.', detail),
        }
      : { detail }),
    field: 'start',
  };
}
