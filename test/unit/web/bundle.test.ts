import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import vm from 'node:vm';
import { build } from 'esbuild';
import { webBundle } from '../../../scripts/build.ts';

test('The extension in a browser needs nothing of Node, and answers every command', async () => {
  const { outputFiles } = await build({ ...webBundle, sourcemap: false, write: false });
  const code = outputFiles.find(({ path }) => path.endsWith('.cjs'))!.text;
  const commands = new Set<string>();
  const said: string[] = [];
  const nothing = () => ({ dispose() {} });
  const vscode = {
    EventEmitter: class {
      event = nothing;
      fire() {}
    },
    Uri: class {},
    Disposable: { from: nothing },
    WebviewPanelOptions: {},
    ViewColumn: { Active: -1, Beside: -2 },
    ProgressLocation: { Window: 10 },
    TreeItemCollapsibleState: { None: 0 },
    env: { language: 'en' },
    l10n: { t: (text: string) => text, bundle: undefined },
    commands: {
      executeCommand: async () => {},
      registerCommand: (id: string, run: () => unknown) => {
        commands.add(id);
        if (id === 'semap.classify') refused = run;
        return nothing();
      },
    },
    window: {
      registerCustomEditorProvider: nothing,
      registerWebviewPanelSerializer: nothing,
      createTreeView: nothing,
      showInformationMessage: async (text: string) => void said.push(text),
    },
    workspace: {
      isTrusted: true,
      workspaceFolders: [],
      onDidChangeWorkspaceFolders: nothing,
      createFileSystemWatcher: () => ({
        onDidCreate: nothing,
        onDidChange: nothing,
        onDidDelete: nothing,
        ...nothing(),
      }),
    },
  };
  let refused: () => unknown = () => {};
  const module = { exports: {} as { activate(context: unknown): void } };
  // The globals of a web worker that a module may read while it is loaded: no `process`, no `Buffer`, no `global`.
  const globals = {
    URL,
    TextEncoder,
    TextDecoder,
    setTimeout,
    clearTimeout,
    AbortController,
    crypto,
    structuredClone,
  };
  const asked = new Set<string>();
  const require = (name: string) => {
    asked.add(name);
    return vscode;
  };
  vm.runInNewContext(code, { ...globals, module, exports: module.exports, require });
  module.exports.activate({ extensionUri: {}, globalState: {}, subscriptions: [] });
  assert.deepEqual([...asked], ['vscode']);
  const manifest = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
  const contributed: string[] = manifest.contributes.commands.map((one: { command: string }) => one.command);
  assert.deepEqual(
    contributed.filter((id) => !commands.has(id)),
    [],
  );
  await refused();
  assert.match(
    said[0],
    /^SeMap in the browser only shows what there is\. Open this folder in VS Code on a computer/,
  );
});
