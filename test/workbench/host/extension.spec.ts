import assert from 'node:assert/strict';
import * as vscode from 'vscode';

/** Defines what the extension promises inside VS Code; `figures` takes what is measured on the way. */
export function defineSpecs(figures: Record<string, number>): void {
  describe('the extension', () => {
    const extension = vscode.extensions.getExtension('semap.semap');

    it('activates', async () => {
      assert.ok(extension, 'VS Code does not know the extension');
      const started = performance.now();
      await extension.activate();
      figures['activation, ms'] = performance.now() - started;
    });

    it('registers every command that its manifest offers', async () => {
      const offered: { command: string }[] = extension?.packageJSON.contributes.commands;
      const registered = new Set(await vscode.commands.getCommands(true));
      assert.deepEqual(
        offered.map(({ command }) => command).filter((command) => !registered.has(command)),
        [],
      );
    });
  });
}
