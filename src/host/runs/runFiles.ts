import * as vscode from 'vscode';

/** Tells when a run in a folder that is open begins, changes or goes, or when other folders are open. */
export function whenRunsChange(changed: () => void): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher('**/.semap/runs/*/run.json');
  return vscode.Disposable.from(
    watcher,
    watcher.onDidCreate(changed),
    watcher.onDidChange(changed),
    watcher.onDidDelete(changed),
    vscode.workspace.onDidChangeWorkspaceFolders(changed),
  );
}
