import * as vscode from 'vscode';
import { SemapError } from '../core/errors.ts';
import { phrase, type Text } from '../core/text/text.ts';

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
