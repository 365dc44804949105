import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { withProgress } from '../messages.ts';
import { pickFolder } from '../questions.ts';
import { freeUri, isThere } from '../writtenFiles.ts';

/** `SeMap: Open Sample...`: copies the labeled drawings that come with SeMap to where the person likes, and opens the copy. */
export async function openSample(extensionUri: vscode.Uri): Promise<void> {
  const { t } = vscode.l10n;
  const parent = await pickFolder(t('Select a folder for the sample'), t('Copy Sample Here'));
  if (!parent) return;
  const target = await freeUri((number) => [
    vscode.Uri.joinPath(parent, number === 1 ? 'semap-sample' : `semap-sample-${number}`),
  ]);
  await withProgress(t('Copying the sample'), () =>
    copyWhole(vscode.Uri.joinPath(extensionUri, 'sample-workspace'), target),
  );
  // What is open stays open.
  const forceNewWindow = (vscode.workspace.workspaceFolders?.length ?? 0) > 0;
  await vscode.commands.executeCommand('vscode.openFolder', target, { forceNewWindow });
}

/**
 * Copies a folder to where nothing is, all of it or nothing.
 * @throws {SemapError} `not-writable`
 */
async function copyWhole(from: vscode.Uri, target: vscode.Uri): Promise<void> {
  const isFree = !(await isThere(target));
  try {
    await vscode.workspace.fs.copy(from, target, { overwrite: false });
  } catch (cause) {
    // What was copied before the disk was full, and is of nobody else.
    if (isFree)
      await Promise.resolve(vscode.workspace.fs.delete(target, { recursive: true })).catch(() => {});
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new SemapError('not-writable', phrase('Cannot copy the sample to {0}: {1}', target.fsPath, why), {
      hint: phrase('Choose another folder.'),
      cause,
    });
  }
}
