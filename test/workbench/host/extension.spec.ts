import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { cpuMilliseconds, HoldUpMeter } from './holdUp.ts';

/** Defines what the extension promises inside VS Code; `figures` takes what is measured on the way. */
export function defineSpecs(figures: Record<string, number>): void {
  describe('the extension', () => {
    const extension = vscode.extensions.getExtension('semap.semap');

    it('activates', async () => {
      assert.ok(extension, 'VS Code does not know the extension');
      const [wall, cpu] = [performance.now(), cpuMilliseconds()];
      await extension.activate();
      figures['activation, ms'] = performance.now() - wall;
      figures['activation, ms of processor time'] = cpuMilliseconds() - cpu;
    });

    it('registers every command that its manifest offers', async () => {
      const offered: { command: string }[] = extension?.packageJSON.contributes.commands;
      const registered = new Set(await vscode.commands.getCommands(true));
      assert.deepEqual(
        offered.map(({ command }) => command).filter((command) => !registered.has(command)),
        [],
      );
    });

    it('classifies a folder without holding up the extension host', async () => {
      const [workspace] = vscode.workspace.workspaceFolders ?? [];
      assert.ok(workspace);
      // VS Code's own start is over by then.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const meter = new HoldUpMeter();
      const icons = vscode.Uri.file(path.join(workspace.uri.fsPath, 'icons'));
      const run = await vscode.commands.executeCommand<{ predictions: readonly unknown[] }>(
        'semap.classify',
        icons,
      );
      figures['longest hold-up of the extension host during a run, ms'] = meter.stop();
      assert.equal(run.predictions.length, 360);
    });

    it('writes an alignment document that matches its published schema', async () => {
      const documents = await vscode.workspace.findFiles('*.semap.json');
      assert.equal(documents.length, 1);
      const text = await vscode.workspace.openTextDocument(documents[0] as vscode.Uri);
      await vscode.window.showTextDocument(text);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.deepEqual(
        vscode.languages.getDiagnostics(text.uri).map(({ message }) => message),
        [],
      );
      assert.ok(JSON.parse(text.getText()).targets.length === 10);
    });
  });
}
