import * as vscode from 'vscode';
import { SemapError } from '../core/errors.ts';
import { phrase, type Text } from '../core/text/text.ts';
import { setViewMessage } from './messages.ts';
import type { ListRow } from './questions.ts';

/**
 * Sees to it that the person trusts the workspace before anything is written into it, or used that its files name. The
 * error's button leads to where that is decided: VS Code has no way of asking.
 *
 * @param whatFor what to trust it for, as a hint
 * @throws {SemapError} `untrusted`
 */
export function mustBeTrusted(whatFor: Text): void {
  if (vscode.workspace.isTrusted) return;
  throw new SemapError('untrusted', phrase('This workspace is not trusted.'), { hint: whatFor });
}

/** As {@link mustBeTrusted}, for a file of the workspace; those elsewhere are the person's. */
export function mustBeTrustedAt(file: string, whatFor: Text): void {
  if (vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file))) mustBeTrusted(whatFor);
}

/** VS Code's own page: what it is about is decided there. */
export const MANAGE_TRUST = 'workbench.trust.manage';

/** What is off in a workspace that is not trusted, for pages and the status bar; undefined in one that is. */
export function restrictedWords(): string | undefined {
  return vscode.workspace.isTrusted
    ? undefined
    : vscode.l10n.t(
        'Restricted Mode: SeMap does not train or write in this workspace, and loads no models that its files name.',
      );
}

/** A row of a list that says what is missing in it, and leads to where trust is given; none in a trusted workspace. */
export function trustRows(what: string): readonly (ListRow & { readonly manageTrust: true })[] {
  if (vscode.workspace.isTrusted) return [];
  const label = vscode.l10n.t('Manage Workspace Trust');
  return [{ icon: 'shield', label, detail: what, manageTrust: true }];
}

export async function manageTrust(): Promise<void> {
  await vscode.commands.executeCommand(MANAGE_TRUST);
}

/**
 * Keeps a line over the rows of a view for as long as the workspace is not trusted. An empty view has its welcome, which
 * VS Code does not show beside a line.
 */
export function sayRestricted(
  view: { message?: string | undefined },
  what: string,
  rows?: { readonly onDidChange: vscode.Event<void>; readonly some: () => Promise<boolean> },
): vscode.Disposable {
  if (vscode.workspace.isTrusted) return { dispose() {} };
  const tell = async () => {
    const some = rows === undefined || (await rows.some());
    setViewMessage(view, some && !vscode.workspace.isTrusted ? what : '');
  };
  void tell();
  const listening = rows?.onDidChange(() => void tell());
  const trusting = vscode.workspace.onDidGrantWorkspaceTrust(() => void tell());
  return vscode.Disposable.from(trusting, ...(listening ? [listening] : []));
}
