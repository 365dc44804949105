import * as vscode from 'vscode';

/** What stands above every page in the browser. */
export function readOnlyWords(): string {
  return vscode.l10n.t(
    'Read-only: SeMap in the browser shows alignments and results. To run backbones, open this folder in VS Code on a computer.',
  );
}
