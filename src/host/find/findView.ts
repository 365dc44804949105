import * as vscode from 'vscode';
import { isTaken } from '../../files/belowRoot.ts';
import type { FindViewApi } from '../../protocol/findView.ts';
import { runErrors } from '../runs/runErrors.ts';
import { RunView } from '../runs/runView.ts';
import { FindPage, type FindPageHost } from './findPage.ts';
import type { WatchedSearch } from './watchedSearch.ts';

interface FindViewParts
  extends Omit<FindPageHost, 'describeError' | 'execute' | 'isThere' | 'openFile' | 'shortPath'> {
  readonly extensionUri: vscode.Uri;
}

export type FindView = RunView<WatchedSearch, FindViewApi>;

/** The page of searches, in an editor of its own. */
export function findView({ extensionUri, ...parts }: FindViewParts): FindView {
  const { t } = vscode.l10n;
  const answers = new FindPage({
    ...parts,
    describeError: runErrors({
      resume: 'semap.resumeFind',
      again: { title: t('Find Again...'), command: 'semap.findAgain' },
    }),
    execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
    isThere: isTaken,
    openFile: (file) => vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file)),
    shortPath: (file) => vscode.workspace.asRelativePath(file),
  });
  return new RunView({ extensionUri, page: 'find', title: t('SeMap Best Reuse'), answers });
}
