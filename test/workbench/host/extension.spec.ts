import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { column } from '../../unit/column.ts';
import { cpuMilliseconds, HoldUpMeter } from './holdUp.ts';

/** Defines what the extension promises inside VS Code; `figures` takes what is measured on the way. */
export function defineSpecs(figures: Record<string, number>): void {
  describe('the extension', () => {
    const extension = vscode.extensions.getExtension('semap.semap');

    it('activates', async () => {
      assert.ok(extension, 'VS Code does not know the extension');
      await settled();
      const [wall, cpu] = [performance.now(), cpuMilliseconds()];
      await extension.activate();
      figures['activation, ms'] = performance.now() - wall;
      figures['activation, ms of processor time'] = cpuMilliseconds() - cpu;
    });

    it('registers every command that its manifest offers', async () => {
      const offered: { command: string }[] = extension?.packageJSON.contributes.commands;
      const registered = new Set(await vscode.commands.getCommands(true));
      const unregistered = column(offered, 'command').filter((command) => !registered.has(command));
      assert.deepEqual(unregistered, []);
    });

    it('classifies a folder without holding up the extension host', async () => {
      const [workspace] = vscode.workspace.workspaceFolders ?? [];
      assert.ok(workspace);
      await settled();
      const meter = new HoldUpMeter();
      const many = vscode.Uri.file(path.join(workspace.uri.fsPath, 'many'));
      const classifying = vscode.commands.executeCommand<{ predictions: readonly unknown[] }>(
        'semap.classify',
        many,
      );
      // Enter, until there is the form that it starts.
      const enter = setInterval(
        () => void vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem'),
        250,
      );
      const run = await classifying;
      clearInterval(enter);
      figures['longest hold-up of the extension host during a run, ms'] = meter.stop();
      assert.equal(run.predictions.length, 3600);
    });

    it('writes an alignment document that matches its published schema, which marks a wrong one', async () => {
      const [document] = await vscode.workspace.findFiles('many.semap.json');
      assert.ok(document);
      const wrong = vscode.Uri.joinPath(document, '..', 'wrong.semap.json');
      await vscode.workspace.fs.writeFile(
        wrong,
        new TextEncoder().encode('{ "version": "one", "targets": 5 }'),
      );
      const written = await vscode.workspace.openTextDocument(document);
      // Only what is shown is looked at.
      await vscode.window.showTextDocument(written, { viewColumn: vscode.ViewColumn.One, preview: false });
      await vscode.window.showTextDocument(wrong, { viewColumn: vscode.ViewColumn.Two, preview: false });
      // The JSON service has looked at both once it has found what is wrong with the second.
      while (vscode.languages.getDiagnostics(wrong).length === 0)
        await new Promise((next) => setTimeout(next, 50));
      assert.deepEqual(column(vscode.languages.getDiagnostics(document), 'message'), []);
      assert.equal(JSON.parse(written.getText()).targets.length, 10);
    });

    it('offers its tools to language models', async () => {
      const offered = vscode.lm.tools.filter(({ name }) => name.startsWith('semap_'));
      const declared: { name: string }[] = extension?.packageJSON.contributes.languageModelTools;
      assert.deepEqual(column(offered, 'name').sort(), column(declared, 'name').sort());
      const use = async (name: string, input: object) => {
        const { content } = await vscode.lm.invokeTool(name, { input, toolInvocationToken: undefined });
        const [part] = content as vscode.LanguageModelTextPart[];
        return JSON.parse(part.value);
      };
      const told = await use('semap_describe_folder', { folder: 'icons' });
      assert.deepEqual([told.images, told.labelCount], [360, 10]);
      assert.match((await use('semap_describe_folder', { folder: '/etc' })).error, /outside the folders/);
    });

    it('runs as a task, and puts images that cannot be read among the problems', async () => {
      const [workspace] = vscode.workspace.workspaceFolders ?? [];
      assert.ok(workspace);
      const broken = vscode.Uri.joinPath(workspace.uri, 'few', 'cat', 'broken.png');
      const cats = vscode.Uri.joinPath(workspace.uri, 'icons', 'cat');
      await vscode.workspace.fs.copy(cats, vscode.Uri.joinPath(broken, '..'));
      await vscode.workspace.fs.writeFile(broken, new TextEncoder().encode('no picture'));
      const own = { type: 'semap', run: 'classify', folder: 'few', labels: ['cat', 'dog'], label: 'few' };
      await vscode.workspace.fs.writeFile(
        vscode.Uri.joinPath(workspace.uri, '.vscode', 'tasks.json'),
        new TextEncoder().encode(
          JSON.stringify({ version: '2.0.0', tasks: [{ ...own, problemMatcher: '$semap' }] }),
        ),
      );
      let tasks: vscode.Task[] = [];
      const few = () => tasks.find(({ definition }) => definition['folder'] === 'few');
      // VS Code sees the file in a moment.
      while (!few()) tasks = await vscode.tasks.fetchTasks({ type: 'semap' });
      assert.ok(column(tasks, 'name').includes('classify icons'), column(tasks, 'name').join(', '));
      const ended = new Promise<number | undefined>((resolve) => {
        const listening = vscode.tasks.onDidEndTaskProcess(({ execution, exitCode }) => {
          if (execution.task.definition['folder'] !== 'few') return;
          listening.dispose();
          resolve(exitCode);
        });
      });
      await vscode.tasks.executeTask(few()!);
      assert.equal(await ended, 0);
      while (vscode.languages.getDiagnostics(broken).length === 0)
        await new Promise((next) => setTimeout(next, 50));
      const [{ message, source }] = vscode.languages.getDiagnostics(broken);
      assert.match(message, /Cannot read it/);
      assert.equal(source, 'SeMap');
    });
  });
}

/** Waits until what VS Code and other extensions do at their start is over, so that figures are this extension's own. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2000));
}
