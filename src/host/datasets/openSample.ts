import * as vscode from 'vscode';
import { withProgress } from '../messages.ts';
import { pickFolder } from '../questions.ts';
import { freeUri } from '../writtenFiles.ts';

/** `SeMap: Open Sample...`: copies the labeled drawings that come with SeMap to where the person likes, and opens the copy. */
export async function openSample(extensionUri: vscode.Uri): Promise<void> {
  const { t } = vscode.l10n;
  const parent = await pickFolder(t('Select a folder for the sample'), t('Copy Sample Here'));
  if (!parent) return;
  const target = await freeUri((number) => [
    vscode.Uri.joinPath(parent, number === 1 ? 'semap-sample' : `semap-sample-${number}`),
  ]);
  await withProgress(t('Copying the sample'), () =>
    vscode.workspace.fs.copy(vscode.Uri.joinPath(extensionUri, 'sample-workspace'), target, {
      overwrite: false,
    }),
  );
  // What is open stays open.
  const forceNewWindow = (vscode.workspace.workspaceFolders?.length ?? 0) > 0;
  await vscode.commands.executeCommand('vscode.openFolder', target, { forceNewWindow });
}
