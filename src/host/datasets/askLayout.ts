import * as vscode from 'vscode';
import { errorOf } from '../../core/errors.ts';
import type { FolderLayout, LayoutOption, RefusedTable, SplitName } from '../../core/folders/layout.ts';
import { splitNames } from '../../core/folders/layout.ts';
import { layoutText } from '../../core/folders/layoutText.ts';
import { splitRoles } from '../../core/folders/splitRoles.ts';
import { rolesText } from '../../core/folders/splitTexts.ts';
import { showError } from '../errors.ts';
import { titleOf } from '../files.ts';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles } from '../questions.ts';
import { askForm, type FormRow, START } from '../startForm.ts';
import { askedTable, type FolderLayouts, isWorthAsking, type LaidOut, optionsOf } from './folderLayouts.ts';
import { classCount, examplesText, labeledText, layoutsText, splitsText, splitText } from './layoutWords.ts';

interface LayoutQuestion {
  readonly title: string;
  /** What the first row says and does. */
  readonly start: string;
  /** Whether something is learned, for which splits are kept apart. */
  readonly learns?: boolean;
}

/**
 * Shows how folders are read, and lets the person change it, before something begins that has no other question. It is
 * shown once, and only where it does not go without saying.
 * @returns undefined when the person changed their mind
 */
export async function confirmLayout(
  folders: readonly string[],
  layouts: FolderLayouts,
  { title, start, learns }: LayoutQuestion,
): Promise<LaidOut | undefined> {
  const known = await layouts.of(folders);
  if (!isWorthAsking(known)) return known;
  const confirmed = await askForm<LaidOut, LayoutField | 'start'>(
    {
      title: () => title,
      placeholder: vscode.l10n.t('Press Enter to start, or select a setting to change it'),
      rows: (laidOut) => [
        { icon: 'play', label: start, detail: say(layoutsText(laidOut)), field: 'start' },
        { label: vscode.l10n.t('settings'), kind: vscode.QuickPickItemKind.Separator },
        ...layoutRows(laidOut, learns),
      ],
      change: async (field, laidOut, ui) =>
        field === 'start' ? START : changeLayout(field, laidOut, ui, layouts),
    },
    known,
  );
  if (confirmed) await layouts.remember(confirmed);
  return confirmed;
}

/** A part of how folders are read that a form has a row for. */
export type LayoutField = 'layout' | 'split';

/**
 * The rows of a form that say how folders are read. A split has one where there are any.
 * @param learns whether something is learned, for which splits are kept apart
 */
export function layoutRows(
  laidOut: LaidOut,
  learns = false,
): readonly (FormRow<LayoutField> & { readonly field: LayoutField })[] {
  const { t } = vscode.l10n;
  const { found, chosen, split, labeled } = laidOut;
  const refused = found.flatMap((one) => one.refused);
  const layout = {
    label: t('Layout'),
    description: [layoutsText(laidOut), ...(labeled > 0 ? [labeledText(labeled)] : [])].map(say).join(' · '),
    ...(refused.length > 0 && { detailIcon: 'warning', detail: refusedWords(refused[0]) }),
    field: 'layout' as const,
  };
  const splits = splitsOf(chosen);
  if (splits.length === 0) return [layout];
  const roles = learns && split === undefined ? splitRoles(splits) : undefined;
  const description = say(roles ? rolesText(roles) : splitText(split, chosen));
  return [layout, { label: t('Split'), description, field: 'split' }];
}

/** Splits that lie in any of the folders. */
function splitsOf(options: readonly LayoutOption[]): readonly SplitName[] {
  return splitNames.filter((name) =>
    options.some(({ splits }) => splits.some(({ split }) => split === name)),
  );
}

/** Asks for what a row says. */
export function changeLayout(
  field: LayoutField,
  laidOut: LaidOut,
  ui: StepUi,
  layouts: FolderLayouts,
): Promise<Answer<LaidOut>> {
  return field === 'layout' ? askLayout(laidOut, ui, layouts) : askSplit(laidOut, ui);
}

interface LayoutItem extends ListRow {
  readonly option?: LayoutOption;
  readonly refused?: RefusedTable;
  /** Asks for a table. */
  readonly table?: boolean;
}

async function askLayout(laidOut: LaidOut, ui: StepUi, layouts: FolderLayouts): Promise<Answer<LaidOut>> {
  const { found, chosen } = laidOut;
  const at = found.length === 1 ? 0 : await askFolder(laidOut, ui);
  if (at === BACK || at === CANCEL) return at;
  const one = found[at];
  const items: readonly LayoutItem[] = [
    ...optionsOf(one).map((option) => ({
      label: say(layoutText(option)),
      description: aboutOption(option, one),
      detail: option.examples.length > 0 ? say(examplesText(option)) : undefined,
      option,
    })),
    {
      icon: 'table',
      label: vscode.l10n.t('Choose Table...'),
      detail: vscode.l10n.t('CSV, TSV or JSON lines'),
      table: true,
    },
    ...one.refused.map((refused) => ({
      icon: 'warning',
      label: refused.file,
      description: vscode.l10n.t('cannot be used'),
      detail: refusedWords(refused),
      refused,
    })),
  ];
  for (;;) {
    const item = await ui.pick({
      placeholder: vscode.l10n.t('How are the images of {0} labeled?', titleOf([one.folder])),
      items,
      active: ({ option }) => option === chosen[at],
    });
    if (item === BACK || item === CANCEL) return item;
    try {
      if (item.refused) throw errorOf(item.refused.problem);
      const [table] = (item.table && (await pickFiles(tableDialog()))) || [];
      const next = table
        ? await layouts.useTable(laidOut, at, { table: table.fsPath })
        : item.option && withChosen(laidOut, chosen.with(at, item.option));
      const answer = next && (await askColumn(next, at, ui.deeper(), layouts));
      if (answer !== undefined && answer !== BACK) return answer;
    } catch (error) {
      void showError(error);
    }
  }
}

/** Which column of a table has the labels, where there are several. */
async function askColumn(
  laidOut: LaidOut,
  at: number,
  ui: StepUi,
  layouts: FolderLayouts,
): Promise<Answer<LaidOut>> {
  const { layout, columns = [] } = laidOut.chosen[at];
  if (layout.kind !== 'table' || columns.length < 2) return withChosen(laidOut, laidOut.chosen);
  const { label } = layout.table;
  const item = await ui.pick({
    placeholder: vscode.l10n.t('Which column contains the labels?'),
    items: columns.map((column) => ({ label: column })),
    active: (column) => column.label === label,
  });
  if (item === BACK || item === CANCEL) return item;
  if (item.label === label) return withChosen(laidOut, laidOut.chosen);
  const asked = askedTable(laidOut.found[at].folder, layout.table, item.label);
  const next = await layouts.useTable(laidOut, at, asked);
  return withChosen(next, next.chosen);
}

function tableDialog(): vscode.OpenDialogOptions {
  const { t } = vscode.l10n;
  return {
    title: t('Select a Table with the Labels of the Images'),
    openLabel: t('Use Table'),
    filters: { [t('Tables')]: ['csv', 'tsv', 'jsonl'], [t('All files')]: ['*'] },
  };
}

/** A split that there is no more is forgotten. */
function withChosen({ split, ...laidOut }: LaidOut, chosen: readonly LayoutOption[]): LaidOut {
  return { ...laidOut, chosen, ...(split && splitsOf(chosen).includes(split) && { split }) };
}

/** Of a table, which column has the labels. */
function aboutOption({ layout }: LayoutOption, recognised: FolderLayout): string {
  const { t } = vscode.l10n;
  const isRecognised = layout === recognised.layout;
  if (layout.kind !== 'table') return isRecognised ? t('recognized') : '';
  const column = t('column {0}', layout.table.label);
  return isRecognised ? `${t('recognized')} · ${column}` : column;
}

/** Which of several folders is laid out otherwise. */
async function askFolder({ found, chosen }: LaidOut, ui: StepUi): Promise<Answer<number>> {
  const items = found.map(({ folder }, at) => ({
    icon: 'folder',
    label: titleOf([folder]),
    description: say(layoutText(chosen[at])),
    detail: vscode.workspace.asRelativePath(folder),
    at,
  }));
  const item = await ui.pick({ placeholder: vscode.l10n.t('Select a folder'), items });
  return item === BACK || item === CANCEL ? item : item.at;
}

async function askSplit(laidOut: LaidOut, ui: StepUi): Promise<Answer<LaidOut>> {
  const { chosen } = laidOut;
  const classesOf = (split: SplitName) =>
    Math.max(
      ...chosen.flatMap(({ splits }) =>
        splits.filter((one) => one.split === split).map((one) => one.classes),
      ),
    );
  const items = [undefined, ...splitsOf(chosen)].map((split) => ({
    label: say(splitText(split, chosen)),
    description: say(split === undefined ? splitsText(chosen) : classCount(classesOf(split))),
    split,
  }));
  const item = await ui.pick({
    placeholder: vscode.l10n.t('Which images do you want to use?'),
    items,
    active: ({ split }) => split === laidOut.split,
  });
  if (item === BACK || item === CANCEL) return item;
  const { split: _, ...others } = laidOut;
  return { ...others, ...(item.split && { split: item.split }) };
}

/** Why a table cannot be used, and what to do. */
function refusedWords({ problem }: RefusedTable): string {
  const { message, hint } = problem;
  return hint ? `${say(message)} ${say(hint)}` : say(message);
}
