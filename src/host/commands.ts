import * as vscode from 'vscode';
import { showError } from './errors.ts';
import { type Log, logError } from './log.ts';

/** Every command of the extension by its id; arguments are what menus, links and other commands pass. */
export type CommandTable = Readonly<Record<`semap.${string}`, (...args: never[]) => unknown>>;

/** Registers the table; what a command throws is shown with the button that helps. */
export function registerCommands(table: CommandTable, log: Log): vscode.Disposable {
  const registrations = Object.entries(table).map(([id, run]) =>
    vscode.commands.registerCommand(id, async (...args: unknown[]) => {
      try {
        return await (run as (...args: unknown[]) => unknown)(...args);
      } catch (error) {
        logError(log, id, error);
        void showError(error);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}

/** The folders or files that a command was called with: Explorer selections, rows of a view, or nothing. */
export function urisOf(first: unknown, selection: unknown): readonly vscode.Uri[] {
  const all = Array.isArray(selection) && selection.length > 0 ? selection : [first];
  return all.flatMap((item) => {
    if (item instanceof vscode.Uri) return [item];
    const uri = (item as { uri?: unknown } | undefined)?.uri;
    return uri instanceof vscode.Uri ? [uri] : [];
  });
}

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
