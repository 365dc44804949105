import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { verbatim } from '../../core/text/text.ts';

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** @throws {SemapError} `not-found` */
export async function mustBeThere(folder: string): Promise<void> {
  if (await isFolder(folder)) return;
  throw new SemapError(
    'not-found',
    verbatim(vscode.l10n.t('The folder {0} was deleted or renamed.', folder)),
  );
}
