import path from 'node:path';
import * as vscode from 'vscode';
import type { ExportedRun, ExportSource } from '../../core/exports/exportedRun.ts';
import { type ExportFilter, filtered } from '../../core/exports/exportFilter.ts';
import type { Format, FormatOption, FormatOptions } from '../../core/exports/format.ts';
import { formats } from '../../core/exports/formats.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { titleOf } from '../files.ts';
import { plural, say } from '../language.ts';
import { showWarning } from '../messages.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { pickFolder, pickTargetFile } from '../questions.ts';
import { askForm, type FormRow, START } from '../startForm.ts';
import { changeFilter, type FilterField, filterRows, isFilterField } from './exportFilterRows.ts';

/** What is exported, as what, and where to. */
export interface ExportChoice {
  readonly format: Format;
  readonly filter: ExportFilter;
  /** What each format was asked. */
  readonly options: Readonly<Record<string, FormatOptions>>;
  /** The file or folder; absent for what is written beside the images. */
  readonly to?: string | undefined;
}

type Field = 'start' | 'format' | 'to' | FilterField | `option:${string}`;

interface Remembered {
  readonly format?: string;
  readonly options?: ExportChoice['options'];
  readonly folder?: string;
}

const REMEMBERED = 'results.export';

/** The question before an export: one list with Start on top, format, place and what the format asks, and which images. */
export class ExportForm {
  readonly #memory: vscode.Memento;
  readonly #counts = new Map<string, number>();

  /** @param memory keeps format, options and folder that were used last */
  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** @returns undefined when the person changed their mind */
  async ask(source: ExportSource, isSelection: boolean): Promise<ExportChoice | undefined> {
    this.#counts.clear();
    const { run } = source;
    const { t } = vscode.l10n;
    const choice = await askForm<ExportChoice, Field>(
      {
        title: () =>
          isSelection
            ? t('SeMap: Export Selected Results')
            : t('SeMap: Export Results of {0}', titleOf(run.folders)),
        placeholder: t('Press Enter to start, or select a setting to change it'),
        rows: (now) => this.#rows(now, run),
        isBusy: (now) => this.#count(now) === undefined,
        look: (now, signal) => this.#look(now, source, signal),
        change: (field, now, ui) => this.#change(field, now, ui, run),
      },
      await this.#usual(run),
    );
    if (!choice) return undefined;
    const { format, options, to } = choice;
    const kept: Remembered = { format: format.id, options, ...(to && { folder: path.dirname(to) }) };
    await this.#memory.update(REMEMBERED, kept);
    return choice;
  }

  async #usual(run: ExportedRun): Promise<ExportChoice> {
    const { format: id, options = {} } = this.#memory.get<Remembered>(REMEMBERED) ?? {};
    const format = formats.find((one) => one.id === id) ?? formats[0];
    return { format, options, filter: {}, to: await this.#usualPlace(format, run) };
  }

  /** A name that nothing has yet, where something was put last, else beside the folder: in it, it would be one of its images. */
  async #usualPlace(format: Format, { folders }: ExportedRun): Promise<string | undefined> {
    if (format.kind === 'sidecars') return undefined;
    const { folder } = this.#memory.get<Remembered>(REMEMBERED) ?? {};
    const beside = folders.length > 0 ? path.dirname(folders[0]) : undefined;
    const place = folder !== undefined && (await isTaken(folder)) ? folder : beside;
    if (place === undefined) return undefined;
    const ending = format.kind === 'file' ? `.${format.extension}` : '';
    const base = path.basename(folders[0] ?? '') || 'semap';
    const name = `${base}-${format.kind === 'file' ? 'results' : 'sorted'}`;
    for (let n = 1; ; n++) {
      const file = path.join(place, `${name}${n === 1 ? '' : `-${n}`}${ending}`);
      if (!(await isTaken(file))) return file;
    }
  }

  #count({ filter }: ExportChoice): number | undefined {
    return this.#counts.get(JSON.stringify(filter));
  }

  async #look(choice: ExportChoice, source: ExportSource, signal: AbortSignal): Promise<void> {
    if (this.#count(choice) !== undefined) return;
    let images = 0;
    for await (const some of filtered(source, choice.filter).images()) {
      if (signal.aborted) return;
      images += some.length;
    }
    this.#counts.set(JSON.stringify(choice.filter), images);
  }

  #rows(choice: ExportChoice, run: ExportedRun): readonly FormRow<Field>[] {
    const { t } = vscode.l10n;
    const { format, filter, to } = choice;
    const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
    const count = this.#count(choice);
    const options = (format.options ?? []).map((option) => this.#optionRow(choice, option));
    return [
      {
        field: 'start',
        icon: count === 0 ? 'warning' : 'export',
        label:
          count === undefined
            ? t('Export')
            : count === 0
              ? t('No image passes the filters')
              : plural(count, 'Export {0} image', 'Export {0} images'),
        description: say(format.title),
      },
      {
        field: 'format',
        label: t('Format: {0}', say(format.title)),
        detail: say(format.detail),
      },
      ...(to === undefined
        ? []
        : [
            {
              field: 'to' as const,
              label:
                format.kind === 'file'
                  ? t('File: {0}', path.basename(to))
                  : t('Folder: {0}', path.basename(to)),
              description: path.dirname(to),
            },
          ]),
      ...options,
      separator(t('images')),
      ...filterRows(filter, run),
    ];
  }

  #optionRow({ format, options }: ExportChoice, option: FormatOption): FormRow<Field> {
    const { name, title, detail, choices } = option;
    const given = options[format.id]?.[name];
    const chosen = choices ? (choices.find(({ id }) => id === given) ?? choices[0]) : undefined;
    const value = chosen ? say(chosen.title) : typeof given === 'string' ? given : undefined;
    const isSwitch = option.value === undefined && !choices;
    return {
      field: `option:${name}`,
      ...(isSwitch && { icon: given ? 'check' : 'circle-large-outline' }),
      label: value === undefined ? say(title) : vscode.l10n.t('{0}: {1}', say(title), value),
      detail: say(detail),
    };
  }

  async #change(
    field: Field,
    choice: ExportChoice,
    ui: StepUi,
    run: ExportedRun,
  ): Promise<Answer<ExportChoice | typeof START>> {
    if (field === 'start') {
      if (this.#count(choice) !== 0) return START;
      void showWarning(vscode.l10n.t('No image passes the filters.'));
      return BACK;
    }
    if (field === 'format') return this.#changeFormat(choice, ui, run);
    if (field === 'to') return changePlace(choice);
    if (isFilterField(field)) {
      const filter = await changeFilter(field, choice.filter, ui, run);
      return filter === BACK || filter === CANCEL ? filter : { ...choice, filter };
    }
    const name = field.slice('option:'.length);
    const option = choice.format.options?.find((one) => one.name === name);
    if (!option) return BACK;
    const own = choice.options[choice.format.id] ?? {};
    const given = await askOption(option, own[name], ui);
    if (given === BACK || given === CANCEL) return given;
    return {
      ...choice,
      options: { ...choice.options, [choice.format.id]: { ...own, [name]: given.answer } },
    };
  }

  async #changeFormat(choice: ExportChoice, ui: StepUi, run: ExportedRun): Promise<Answer<ExportChoice>> {
    const items = formats.map((format) => ({
      label: say(format.title),
      detail: say(format.detail),
      format,
    }));
    const picked = await ui.pick({
      placeholder: vscode.l10n.t('Select a format'),
      items,
      active: ({ format }) => format.id === choice.format.id,
    });
    if (picked === BACK || picked === CANCEL) return picked;
    const { format } = picked;
    if (format.id === choice.format.id) return choice;
    return { ...choice, format, to: await this.#usualPlace(format, run) };
  }
}

async function changePlace(choice: ExportChoice): Promise<Answer<ExportChoice>> {
  const { format, to } = choice;
  const title = vscode.l10n.t('Export Results');
  if (format.kind === 'file') {
    const filters = { [say(format.title)]: [format.extension] };
    const file = await pickTargetFile({
      title,
      filters,
      ...(to !== undefined && { defaultUri: vscode.Uri.file(to) }),
    });
    return file ? { ...choice, to: file.fsPath } : BACK;
  }
  const folder = await pickFolder(title, vscode.l10n.t('Export Here'));
  return folder ? { ...choice, to: folder.fsPath } : BACK;
}

/** A switch turns round, a choice is picked, a text typed; an empty one is none. */
async function askOption(
  { title, detail, value, choices }: FormatOption,
  given: string | true | undefined,
  ui: StepUi,
): Promise<Answer<{ readonly answer: string | true | undefined }>> {
  if (choices) {
    const picked = await ui.pick({
      placeholder: say(title),
      items: choices.map(({ id, title: label }) => ({ label: say(label), id })),
      active: ({ id }) => id === (given ?? choices[0]?.id),
    });
    return picked === BACK || picked === CANCEL ? picked : { answer: picked.id };
  }
  if (value === undefined) return { answer: given ? undefined : true };
  const typed = await ui.input({
    prompt: say(detail),
    ...(typeof given === 'string' && { value: given }),
  });
  return typed === BACK || typed === CANCEL ? typed : { answer: typed.trim() || undefined };
}
