import * as vscode from 'vscode';
import { oneLine } from '../core/text/plainText.ts';

/**
 * What is said where, so that nothing is said twice and nothing covers what it speaks of:
 *
 * 1. One thing has one display of its progress. Where a page shows it, that is the page, and an item in the status bar
 *    leads to it (`runStatus.ts`). What no page shows has a notification if it can be stopped ({@link withCancel}), else
 *    a line in the status bar ({@link withProgress}).
 * 2. What ended is told by the page that shows it; by a notification where nobody sees that page ({@link tellEnd}).
 * 3. Otherwise a notification asks, or answers a command whose answer stands nowhere else; its first button is the next
 *    step ({@link offer}). What merely confirms is in the status bar for a moment ({@link showInStatusBar}).
 * 4. A warning is shown once in a window ({@link warnOnce}), or stands where its object is shown.
 *
 * Every text that the host shows in VS Code's own surfaces goes through this file or `questions.ts`; a test forbids the
 * raw calls elsewhere. Run names, labels, file names, documents, models and libraries speak in these texts, and VS Code
 * reads more in them than letters: `[x](command:y)` in a notification, a prompt or a validation message is a link that
 * runs a command, `$(trash)` in a status bar or a quick pick is a picture. So the text as a whole is made plain, when
 * nothing is put together from it any more. Our own texts need no links; pictures of our own are given beside the text.
 */

/** A notification has room for as much; VS Code cuts it at 1000. */
const MESSAGE_LIMIT = 600;
const LABEL_LIMIT = 200;

/** The text in one line, with a blank where it would otherwise make a link or a picture. */
export function plain(text: string, limit = MESSAGE_LIMIT): string {
  return oneLine(text, limit).replaceAll('](', '] (').replaceAll('$(', '$ (');
}

/** What is shown on one line: a label, a title, a description. */
export function plainName(text: string): string {
  return plain(text, LABEL_LIMIT);
}

/** Plain lines, for tooltips and for the details of a dialog; empty ones are left out. */
function plainLines(lines: readonly (string | undefined)[]): string {
  return lines
    .map((line) => plain(line ?? ''))
    .filter((line) => line !== '')
    .join('\n');
}

/** A link of ours that runs a command. */
export interface CommandLink {
  readonly title: string;
  readonly command: `semap.${string}`;
  readonly argument: string;
}

/**
 * Sentences, and under them files, which are links that open them: of a test that failed. Nothing that others wrote is
 * markup; `links` are the only ones that run commands.
 */
export function linkedFiles(
  sentences: readonly string[],
  files: readonly { readonly uri: vscode.Uri; readonly name: string; readonly about: string }[],
  { more, links }: { readonly more?: string | undefined; readonly links: readonly CommandLink[] },
): vscode.MarkdownString {
  const items = files.map(
    ({ uri, name, about }) => `- [${markdownOf(name)}](${linkOf(uri.toString())}): ${markdownOf(about)}`,
  );
  const list = [...items, ...(more === undefined ? [] : [`- ${markdownOf(more)}`])].join('\n');
  const leads = links.map(({ title, command, argument }) => {
    const run = `command:${command}?${encodeURIComponent(JSON.stringify([argument]))}`;
    return `[${markdownOf(title)}](${linkOf(run)})`;
  });
  const parts = [...sentences.map(markdownOf), leads.join(' · '), list].filter((part) => part !== '');
  const text = new vscode.MarkdownString(parts.join('\n\n'));
  text.isTrusted = { enabledCommands: links.map(({ command }) => command) };
  return text;
}

/** What would end a link in Markdown is spelled out, whatever VS Code makes of it. */
function linkOf(uri: string): string {
  return uri.replaceAll(/[()<>[\]\\\s]/g, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Words as Markdown that says just them: any ASCII punctuation may have a backslash. */
function markdownOf(words: string): string {
  return oneLine(words, MESSAGE_LIMIT).replaceAll(/[!-/:-@[-`{-~]/g, '\\$&');
}

type Button = string | vscode.MessageItem;
type Show = (
  message: string,
  options: vscode.MessageOptions,
  ...buttons: ShownButton[]
) => Thenable<ShownButton | undefined>;

interface ShownButton extends vscode.MessageItem {
  readonly button: Button;
}

type Notify = <T extends Button>(message: string, ...buttons: readonly T[]) => Promise<T | undefined>;

/** A notification. @returns the button that was pressed */
export const showInformation: Notify = (message, ...buttons) =>
  show(vscode.window.showInformationMessage, message, {}, buttons);

/** As {@link showInformation}, for what should be looked at. */
export const showWarning: Notify = (message, ...buttons) =>
  show(vscode.window.showWarningMessage, message, {}, buttons);

/** As {@link showInformation}, for what failed. */
export const showFailure: Notify = (message, ...buttons) =>
  show(vscode.window.showErrorMessage, message, {}, buttons);

/** A button, and the command that it runs. */
export interface NextStep {
  readonly title: string;
  readonly command: string;
  readonly arguments?: readonly unknown[] | undefined;
}

/** How much a notification wants to be looked at. */
export type Weight = 'information' | 'warning' | 'failure';

const BY_WEIGHT: Readonly<Record<Weight, Notify>> = {
  information: showInformation,
  warning: showWarning,
  failure: showFailure,
};

/** A notification with what can be done next, the likeliest first; does what the person chooses. */
export async function offer(weight: Weight, message: string, steps: readonly NextStep[]): Promise<void> {
  const chosen = await BY_WEIGHT[weight](message, ...steps);
  if (chosen) await vscode.commands.executeCommand(chosen.command, ...(chosen.arguments ?? []));
}

/** How something ended that has a page. */
export interface End {
  readonly weight: Weight;
  readonly message: string;
  readonly steps: readonly NextStep[];
}

/** Tells how something ended, unless the person sees it on its page. */
export async function tellEnd(
  { weight, message, steps }: End,
  page: { readonly inSight: boolean },
): Promise<void> {
  if (!page.inSight) await offer(weight, message, steps);
}

const warned = new Set<string>();

/** A warning that is not shown again in this window. */
export function warnOnce(message: string, ...steps: readonly NextStep[]): void {
  if (warned.has(message)) return;
  warned.add(message);
  void offer('warning', message, steps);
}

/** A dialog that waits for an answer, with more about the question below it. */
export function askModal<T extends Button>(
  question: string,
  details: readonly string[],
  ...buttons: readonly T[]
): Promise<T | undefined> {
  const options = { modal: true, detail: plainLines(details) };
  return show(vscode.window.showWarningMessage, question, options, buttons);
}

async function show<T extends Button>(
  how: Show,
  message: string,
  options: vscode.MessageOptions,
  buttons: readonly T[],
): Promise<T | undefined> {
  const shown = buttons.map((button): ShownButton => {
    const { title, ...rest }: vscode.MessageItem = typeof button === 'string' ? { title: button } : button;
    return { ...rest, title: plainName(title), button };
  });
  return (await how(plain(message), options, ...shown))?.button as T | undefined;
}

/**
 * Progress while `task` lasts.
 * @param location a view that shows it; absent: the status bar
 */
export function withProgress<R>(
  title: string,
  task: (report: (message: string) => void) => Thenable<R>,
  location: vscode.ProgressLocation.Window | { readonly viewId: string } = vscode.ProgressLocation.Window,
): Thenable<R> {
  return vscode.window.withProgress({ location, title: plainName(title) }, (progress) =>
    task((message) => progress.report({ message: plainName(message) })),
  );
}

/** How far a task is: in words, and in percent of the whole, which are never taken back. */
export interface Step {
  readonly message?: string;
  readonly percent?: number;
}

/** Progress in a notification with Cancel, which aborts the signal: for what no page shows. */
export function withCancel<R>(
  title: string,
  task: (signal: AbortSignal, report: (step: Step) => void) => Thenable<R>,
): Thenable<R> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress(
    { location, title: plainName(title), cancellable: true },
    (progress, token) => {
      let shown = 0;
      const report = ({ message, percent }: Step) => {
        const increment = percent === undefined ? undefined : Math.max(0, percent - shown);
        shown += increment ?? 0;
        progress.report({
          ...(increment === undefined ? {} : { increment }),
          ...(message === undefined ? {} : { message: plainName(message) }),
        });
      };
      return task(abortedBy(token), report);
    },
  );
}

/** A signal that is aborted when the person presses Cancel. */
export function abortedBy(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

/** A text that is in the status bar for a while. */
export function showInStatusBar(text: string, milliseconds: number): vscode.Disposable {
  return vscode.window.setStatusBarMessage(plainName(text), milliseconds);
}

/** What a {@link StatusItem} shows. */
export interface StatusTexts {
  /** The name of one of VS Code's pictures. */
  readonly icon: string;
  readonly text: string;
  readonly tooltip: readonly string[];
  /** What a screen reader says. */
  readonly spoken: string;
  readonly background?: vscode.ThemeColor | undefined;
  /** What a click runs, where that changes. */
  readonly click?: NextStep;
}

/** An item of the status bar that runs a command. */
export class StatusItem implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  #click: NextStep | undefined;

  constructor(about: {
    readonly id: string;
    readonly name: string;
    readonly command?: string;
    readonly priority: number;
  }) {
    this.#item = vscode.window.createStatusBarItem(about.id, vscode.StatusBarAlignment.Right, about.priority);
    this.#item.name = about.name;
    this.#item.command = about.command;
  }

  show({ icon, text, tooltip, spoken, background, click }: StatusTexts): void {
    // A command that is set anew takes the one before away, and a click that is on its way to it is lost.
    if (click && JSON.stringify(click) !== JSON.stringify(this.#click)) {
      this.#click = click;
      this.#item.command = { ...click, arguments: [...(click.arguments ?? [])] };
    }
    this.#item.text = `$(${icon}) ${plainName(text)}`;
    this.#item.tooltip = plainLines(tooltip);
    this.#item.accessibilityInformation = { label: plainName(spoken), role: 'button' };
    this.#item.backgroundColor = background;
    this.#item.show();
  }

  hide(): void {
    this.#item.hide();
  }

  dispose(): void {
    this.#item.dispose();
  }
}

/** The texts of a row of a view; without `spoken`, a screen reader says label and description. */
export interface RowTexts {
  readonly label: string;
  readonly description?: string | undefined;
  readonly tooltip?: readonly (string | undefined)[];
}

/** A row of a view. */
export function rowOf(
  { label, description, tooltip }: RowTexts,
  state = vscode.TreeItemCollapsibleState.None,
): vscode.TreeItem {
  const item = new vscode.TreeItem(plainName(label), state);
  if (description) {
    item.description = plainName(description);
    item.accessibilityInformation = { label: `${item.label}, ${item.description}` };
  }
  if (tooltip) setTooltip(item, tooltip);
  return item;
}

/** What is shown over a row, when it is known later than the row. */
export function setTooltip(item: vscode.TreeItem, lines: readonly (string | undefined)[]): void {
  item.tooltip = plainLines(lines);
}

/** The line over the rows of a view; none = no text. */
export function setViewMessage(view: { message?: string | undefined }, message: string): void {
  view.message = plain(message);
}

/** What stands beside the title of a view. */
export function setViewDescription(view: { description?: string | undefined }, description: string): void {
  view.description = plainName(description);
}

/** An editor tab for a page. */
export function openPanel(viewType: string, title: string): vscode.WebviewPanel {
  return vscode.window.createWebviewPanel(viewType, plainName(title), vscode.ViewColumn.Active);
}

/** What the tab of a page says from now on. */
export function setPanelTitle(panel: vscode.WebviewPanel, title: string): void {
  panel.title = plainName(title);
}
