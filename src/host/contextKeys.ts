import * as vscode from 'vscode';

/** A condition of menus and of the palette: what it is called, and what it depends on. */
interface ContextKey {
  readonly name: `semap.${string}`;
  readonly holds: () => boolean;
  readonly onDidChange: (listener: () => void) => { dispose(): unknown };
}

/** Tells VS Code which commands make sense now: menus and palette offer no others. */
export function keepContextKeys(keys: readonly ContextKey[]): vscode.Disposable {
  const listening = keys.map(({ name, holds, onDidChange }) => {
    let told: boolean | undefined;
    const tell = () => {
      const now = holds();
      if (now === told) return;
      told = now;
      void vscode.commands.executeCommand('setContext', name, now);
    };
    tell();
    return onDidChange(tell);
  });
  return new vscode.Disposable(() => {
    for (const one of listening) one.dispose();
  });
}
