import * as vscode from 'vscode';
import { showInStatusBar } from './messages.ts';

/** Shows a file where the person can find it: in the Explorer view, in the system's file manager, or as its path. */
export async function reveal(uri: vscode.Uri): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(uri)) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
  } else if (vscode.env.uiKind === vscode.UIKind.Desktop && !vscode.env.remoteName) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
  } else {
    await copyPath(uri);
  }
}

export async function copyPath(uri: vscode.Uri): Promise<void> {
  await vscode.env.clipboard.writeText(uri.fsPath);
  showInStatusBar(vscode.l10n.t('Copied {0}', uri.fsPath), 4000);
}
