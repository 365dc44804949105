import * as vscode from 'vscode';
import { plain, plainName } from './messages.ts';

/** A row of a list to choose from. Its texts are shown as they are; pictures are given by name beside them. */
export interface ListRow {
  readonly label: string;
  readonly description?: string | undefined;
  readonly detail?: string | undefined;
  /** Names of VS Code's pictures, such as `folder`. */
  readonly icon?: string | undefined;
  readonly detailIcon?: string;
  readonly kind?: vscode.QuickPickItemKind;
}

/** A row as VS Code is given it: made by {@link shown}. */
export interface ShownRow<T extends ListRow> extends vscode.QuickPickItem {
  readonly row: T;
}

/** What a list says about itself. */
interface ListTexts {
  readonly title: string;
  readonly placeholder?: string | undefined;
}

/** Rows of which every text is plain. */
export function shown<T extends ListRow>(row: T): ShownRow<T> {
  const { label, description, detail, icon, detailIcon, kind } = row;
  return {
    label: withIcon(icon, plainName(label)),
    ...(description === undefined ? {} : { description: plainName(description) }),
    ...(detail === undefined
      ? {}
      : { detail: withIcon(detailIcon, plain(detail) || (detail === '' ? '' : ' ')) }),
    ...(kind === undefined ? {} : { kind }),
    row,
  };
}

function withIcon(icon: string | undefined, text: string): string {
  return icon === undefined ? text : `$(${icon}) ${text}`;
}

/** Asks for one of some rows. @returns undefined when the person closed the list */
export async function pickOne<T extends ListRow>(
  rows: readonly T[] | Promise<readonly T[]>,
  question: ListTexts &
    Pick<vscode.QuickPickOptions, 'ignoreFocusOut' | 'matchOnDescription' | 'matchOnDetail'>,
): Promise<T | undefined> {
  const { title, placeholder, ...options } = question;
  const items = Promise.resolve(rows).then((all) => all.map(shown));
  return (await vscode.window.showQuickPick(items, { ...options, ...listTexts({ title, placeholder }) }))
    ?.row;
}

/** Asks for any number of the rows. @returns undefined when the person closed the list */
export async function pickSome<T extends ListRow>(
  rows: readonly T[],
  texts: ListTexts,
): Promise<readonly T[] | undefined> {
  const picked = await vscode.window.showQuickPick(rows.map(shown), {
    ...listTexts(texts),
    canPickMany: true,
  });
  return picked?.map(({ row }) => row);
}

function listTexts({ title, placeholder }: ListTexts): vscode.QuickPickOptions {
  return {
    title: plainName(title),
    ...(placeholder === undefined ? {} : { placeHolder: plainName(placeholder) }),
  };
}

/** A list whose rows may change while it is open; they are made by {@link shown}. */
export function openList<T extends ListRow>({
  title,
  placeholder,
}: ListTexts): vscode.QuickPick<ShownRow<T>> {
  const list = vscode.window.createQuickPick<ShownRow<T>>();
  list.title = plainName(title);
  if (placeholder !== undefined) list.placeholder = plainName(placeholder);
  return list;
}

/** What a question for a text says. */
interface FieldTexts {
  readonly title: string;
  readonly prompt: string;
  readonly placeholder?: string;
  /** What stands in the field at first. */
  readonly value?: string;
}

/** Asks for a text. @returns undefined when the person closed the question */
export async function askText(
  question: FieldTexts & {
    readonly ignoreFocusOut?: boolean;
    /** The problem with a value, or undefined. */
    readonly validate?: (value: string) => string | undefined;
  },
): Promise<string | undefined> {
  const { title, prompt, placeholder, value, ignoreFocusOut = false, validate } = question;
  return vscode.window.showInputBox({
    title: plainName(title),
    prompt: plain(prompt),
    ...(placeholder === undefined ? {} : { placeHolder: plainName(placeholder) }),
    ...(value === undefined ? {} : { value }),
    ignoreFocusOut,
    validateInput: (text) => problemOf(validate?.(text)),
  });
}

/** A field that is open until its owner closes it. */
export function openField({ title, prompt, placeholder, value }: FieldTexts): vscode.InputBox {
  const field = vscode.window.createInputBox();
  field.title = plainName(title);
  field.prompt = plain(prompt);
  if (placeholder !== undefined) field.placeholder = plainName(placeholder);
  if (value !== undefined) field.value = value;
  return field;
}

/** Says below a field what is wrong with its value, or nothing. */
export function setProblem(field: vscode.InputBox, problem: string | undefined): void {
  field.validationMessage = problemOf(problem);
}

/** Says below a field what is to be known of its value; that keeps nobody from accepting it. */
export function setNote(field: vscode.InputBox, note: string | undefined): void {
  const { Info } = vscode.InputBoxValidationSeverity;
  field.validationMessage = note === undefined ? undefined : { message: plain(note), severity: Info };
}

function problemOf(problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : plain(problem);
}

/** Asks for files or folders that exist. @returns undefined when the person closed the dialog */
export async function pickFiles(
  options: vscode.OpenDialogOptions,
): Promise<readonly vscode.Uri[] | undefined> {
  return vscode.window.showOpenDialog(plainDialog(options));
}

/** Asks for a folder that exists. @returns undefined when the person closed the dialog */
export async function pickFolder(title: string, openLabel: string): Promise<vscode.Uri | undefined> {
  const picked = await pickFiles({ title, openLabel, canSelectFiles: false, canSelectFolders: true });
  return picked?.[0];
}

/** Asks where to write a file. @returns undefined when the person closed the dialog */
export async function pickTargetFile(options: vscode.SaveDialogOptions): Promise<vscode.Uri | undefined> {
  return vscode.window.showSaveDialog(plainDialog(options));
}

function plainDialog<T extends vscode.OpenDialogOptions | vscode.SaveDialogOptions>(options: T): T {
  return options.title === undefined ? options : { ...options, title: plainName(options.title) };
}
