import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { restoresFake, stage } from './withFakeVscode.ts';

const vscode = await import('./fakeVscode.mjs' as string);
const messages = await import('../../../src/host/messages.ts');
const questions = await import('../../../src/host/questions.ts');
const { OutputLog, logError } = await import('../../../src/host/log.ts');

const LINK = '[Click me](command:workbench.action.closeWindow)';
const ICON = '$(trash)';
const NAME = `${LINK} ${ICON} \u202egpj\u2066\u200b\n\u{e0041}end`;

/** VS Code's own rules: `linkedText.ts`, and `iconLabels.ts` with and without what it lets pass behind a backslash. */
const LINKS = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
const ICONS = /\$\([a-z0-9~-]+\)/i;
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

function isHarmless(text: string): void {
  assert.doesNotMatch(text, LINKS);
  assert.doesNotMatch(text, ICONS);
  assert.doesNotMatch(text, HIDDEN);
}

describe('a text in VS Code’s surfaces', () => {
  restoresFake();

  test('is no link and no picture, whatever it is put together from', () => {
    const { plain } = messages;
    const words = ['[x]', '(command:y)', '](', 'command:', 'https://e.com)', '$(', 'trash'];
    const parts = [...words, ...'[]()$"x\\ \n\u200b\u202e'];
    let seed = 1;
    const random = (n: number) => {
      seed = (seed * 48271) % 2147483647;
      return seed % n;
    };
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: 1 + random(8) }, () => parts[random(parts.length)]).join('');
      isHarmless(plain(text));
      assert.equal(plain(plain(text)), plain(text), 'twice is once');
    }
    for (const scheme of ['command:a', 'COMMAND:a', 'https://a', 'http://a', 'file:///etc', 'vscode://a']) {
      assert.equal(plain(`[a](${scheme} "b")`), `[a] (${scheme} "b")`);
    }
  });

  test('is what the person gave where that is harmless', () => {
    const harmless = 'قطة חתול 👩‍👩‍👧 می‌خواهم [1] (2) a_b*c <b>&amp; C:\\photos e\u0301'.split(' ');
    for (const name of [...harmless, '[1] (2)', '5 $']) assert.equal(messages.plain(name), name);
  });

  test('keeps its end when a value in it is endless', () => {
    const text = messages.plain(`Cannot find ${'x'.repeat(1e6)}. Choose another label.`);
    assert.ok(text.length <= 600);
    assert.match(text, /^Cannot find x.*x\. Choose another label\.$/);
  });

  test('is made plain in notifications and dialogs, with their buttons', async () => {
    stage.messages = [];
    const button = { title: `Keep ${NAME}`, command: 'x' };
    stage.answer = messages.plain(button.title);
    for (const show of [messages.showInformation, messages.showWarning, messages.showFailure]) {
      assert.equal(
        await show<typeof button | string>(`Delete ${NAME}?`, button, 'No'),
        button,
        'the button that was given',
      );
    }
    stage.answer = 'No';
    assert.equal(await messages.askModal(NAME, [NAME, NAME], 'Yes', 'No'), 'No');
    assert.equal(stage.messages.length, 4);
    for (const { message, items, detail = '' } of stage.messages) {
      for (const text of [message, ...items, ...detail.split('\n')]) isHarmless(text);
    }
    assert.equal(stage.messages[3]?.detail?.split('\n').length, 2, 'a line break is ours');
    stage.answer = undefined;
  });

  test('is made plain in progress', async () => {
    const texts: string[] = [];
    const increments: (number | undefined)[] = [];
    const { withProgress } = vscode.window;
    vscode.window.withProgress = async (
      options: { title: string },
      task: (progress: unknown, token: unknown) => unknown,
    ) => {
      texts.push(options.title);
      const report = (step: { message?: string; increment?: number }) => {
        if (step.message !== undefined) texts.push(step.message);
        increments.push(step.increment);
      };
      return task({ report }, { onCancellationRequested() {} });
    };
    await messages.withProgress(NAME, async () => {});
    await messages.withCancel(NAME, async (_, report) => {
      report({ message: NAME });
      for (const percent of [0, 31, 15, 100]) report({ percent });
    });
    vscode.window.withProgress = withProgress;
    assert.equal(texts.length, 3);
    texts.forEach(isHarmless);
    assert.deepEqual(increments, [undefined, 0, 31, 0, 69], 'adds up to a hundred and never goes back');
  });

  test('is made plain in the status bar, beside our own picture', () => {
    const item: Record<string, unknown> = { show() {}, dispose() {}, hide() {} };
    vscode.window.createStatusBarItem = () => item;
    const status = new messages.StatusItem({ id: 'a', name: 'b', command: 'c', priority: 1 });
    status.show({ icon: 'sync~spin', text: NAME, tooltip: [NAME, NAME], spoken: NAME });
    const { text, tooltip, accessibilityInformation } = item as Record<string, string> & {
      accessibilityInformation: { label: string };
    };
    assert.ok(text.startsWith('$(sync~spin) '));
    isHarmless(text.slice('$(sync~spin) '.length));
    assert.equal(tooltip.split('\n').length, 2);
    tooltip.split('\n').forEach(isHarmless);
    isHarmless(accessibilityInformation.label);
    let shown = '';
    vscode.window.setStatusBarMessage = (message: string) => {
      shown = message;
    };
    messages.showInStatusBar(`Copied ${NAME}`, 1);
    isHarmless(shown);
  });

  test('is made plain in rows and heads of views and in tabs', () => {
    const row = messages.rowOf({ label: NAME, description: NAME, tooltip: [NAME, undefined, NAME] });
    const view: { message?: string; description?: string } = {};
    messages.setViewMessage(view, NAME);
    messages.setViewDescription(view, NAME);
    let tab = '';
    vscode.window.createWebviewPanel = (_: string, title: string) => {
      tab = title;
    };
    messages.openPanel('a', NAME);
    const { label, description, tooltip, accessibilityInformation } = row;
    for (const text of [
      label,
      description,
      accessibilityInformation?.label,
      view.message,
      view.description,
      tab,
    ])
      isHarmless(String(text));
    const lines = String(tooltip).split('\n');
    assert.equal(lines.length, 2);
    lines.forEach(isHarmless);
  });

  test('is made plain in lists, with the row that was given as the answer', async () => {
    const row = {
      icon: 'folder',
      label: NAME,
      description: NAME,
      detail: NAME,
      detailIcon: 'warning',
      value: 7,
    };
    const { label, description = '', detail = '' } = questions.shown(row);
    assert.ok(label.startsWith('$(folder) ') && detail.startsWith('$(warning) '));
    for (const text of [label.slice(10), description, detail.slice(11)]) isHarmless(text);
    stage.answer = label;
    assert.equal(await questions.pickOne([row], { title: NAME, placeholder: NAME }), row);
    stage.answer = undefined;
    const list = questions.openList<typeof row>({ title: NAME, placeholder: NAME });
    isHarmless(String(list.title));
    isHarmless(String(list.placeholder));
  });

  test('is made plain around fields, whose value stays what it is', async () => {
    const field = questions.openField({ title: NAME, prompt: NAME, placeholder: NAME, value: NAME });
    questions.setProblem(field, NAME);
    for (const text of [field.title, field.prompt, field.placeholder, field.validationMessage]) {
      isHarmless(String(text));
    }
    assert.equal(field.value, NAME);
    let asked: Record<string, unknown> = {};
    vscode.window.showInputBox = async (options: Record<string, unknown>) => {
      asked = options;
    };
    await questions.askText({
      title: NAME,
      prompt: NAME,
      placeholder: NAME,
      validate: (value) => `Not ${value}`,
    });
    for (const text of [asked['title'], asked['prompt'], asked['placeHolder']]) isHarmless(String(text));
    isHarmless((asked['validateInput'] as (value: string) => string)(NAME));
  });

  test('is one line of the log', () => {
    const lines: string[] = [];
    const write = (text: string) => lines.push(text);
    vscode.window.createOutputChannel = () => ({ info: write, warn: write, error: write });
    const log = new OutputLog();
    log.info(`Classifying ${NAME}\n2026-01-01 00:00:00.000 [error] forged`);
    const error = new Error(`No\n    at forged (a.ts:1)\n${NAME}`);
    logError(log, 'semap.classify', error);
    for (const line of lines) assert.doesNotMatch(line, HIDDEN);
    assert.match(lines[0] ?? '', /\\u202egpj.*\\u000a2026/);
    const traced = lines.some((line) => line.includes('messages.test.ts'));
    assert.ok(traced, 'where an error comes from is logged');
    assert.ok(lines.length > 3);
  });
});

describe('a lint rule', () => {
  const RAW = [
    'void vscode.window.showInformationMessage(name);',
    "vscode.window['showErrorMessage'](name);",
    'vscode.window?.showWarningMessage(name);',
    'const { showErrorMessage } = vscode.window;',
    'const { window } = vscode;',
    'const w = vscode.window; w.showQuickPick([]);',
    'const v = vscode;',
    'show(vscode);',
    'vscode.window[method](name);',
    'vscode[part].showInputBox();',
    'vscode.window.somethingOfTomorrow(name);',
    'vscode.window.withProgress({ location: 15, title: name }, task);',
    'vscode.window.createOutputChannel(name);',
    'vscode.window.createTerminal(name);',
    'new vscode.TreeItem(name);',
    'new vscode.MarkdownString(name, true);',
    'item.tooltip = name;',
    'item["description"] = name;',
    'view.message = name;',
    'box.validationMessage = name;',
    'panel.title = name;',
  ];

  test('forbids to show a text past messages.ts, questions.ts and log.ts', async () => {
    const sources = Object.fromEntries(RAW.map((raw, n) => [`src/host/some/raw${n}.ts`, inFunction(raw)]));
    for (const [n, source] of FOREIGN.entries()) sources[`src/host/import${n}.ts`] = source;
    sources['src/extension.ts'] = inFunction(RAW[0] ?? '');
    const blamed = await lint(sources);
    const unblamed = Object.keys(sources).filter((file) => !blamed.includes(file));
    assert.deepEqual(unblamed, []);
  });

  test('forbids to make markup, addresses or code of strings in a page', async () => {
    const raws = [
      'node.innerHTML = name;',
      'node.innerHTML += name;',
      "node.insertAdjacentHTML('beforeend', name);",
      'document.write(name);',
      'link.href = name;',
      'frame.srcdoc = name;',
      "new DOMParser().parseFromString(name, 'text/html');",
      'eval(name);',
      'new Function(name);',
      // What is hidden in a name stays in these.
      'node.textContent = name;',
      'node.title = name;',
      'node.ariaLabel = name;',
    ];
    const sources = Object.fromEntries(raws.map((raw, n) => [`webview/page/raw${n}.ts`, `${raw}\n`]));
    const blamed = await lint({ ...sources, 'webview/page/fine.ts': 'setText(node, name);\n' });
    assert.deepEqual([...blamed].sort(), Object.keys(sources).sort());
  });

  test('allows what shows no text, and those three to speak', async () => {
    const speakers = ['messages', 'questions', 'log'].map((name) => [
      `src/host/${name}.ts`,
      inFunction(RAW[0] ?? ''),
    ]);
    const silent = inFunction(
      'await vscode.window.showTextDocument(uri); this.message = name; new vscode.ThemeIcon(name);',
    );
    const types = "import type { Uri } from 'vscode';\nexport type A = Uri;\n";
    const blamed = await lint({
      ...Object.fromEntries(speakers),
      'src/host/a.ts': silent,
      'src/host/b.ts': types,
    });
    assert.deepEqual(blamed, []);
  });
});

const FOREIGN = [
  "import { window } from 'vscode';",
  "import * as v from 'vscode';",
  "import vs from 'vscode';",
  "import vs, * as vscode from 'vscode';",
];

function inFunction(raw: string): string {
  return `import * as vscode from 'vscode';\nexport async function f(name: string) {\n  ${raw}\n}\n`;
}

/** The files of a small project in which the project's rules find that a text is shown past `messages.ts`. */
async function lint(sources: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const root = path.resolve(import.meta.dirname, '../../..');
  const scratch = await realpath(await mkdtemp(path.join(tmpdir(), 'semap-lint-')));
  try {
    const { overrides } = JSON.parse(await readFile(path.join(root, 'biome.json'), 'utf8'));
    const config = {
      linter: { rules: { preset: 'none' } },
      overrides: overrides.filter((override: { plugins?: unknown }) => override.plugins),
    };
    const files = { ...sources, 'biome.json': JSON.stringify(config) };
    await cp(path.join(root, 'scripts', 'lint'), path.join(scratch, 'scripts', 'lint'), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.join(scratch, path.dirname(name)), { recursive: true });
      await writeFile(path.join(scratch, name), text);
    }
    const biome = path.join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const { stdout } = spawnSync(
      process.execPath,
      [biome, 'lint', '--reporter=github', '--max-diagnostics=none'],
      { cwd: scratch, encoding: 'utf8' },
    );
    return [
      ...new Set(
        Array.from(stdout.matchAll(/^::error .*?file=([^,]+)/gm), ([, file = '']) =>
          path.relative(scratch, file),
        ),
      ),
    ];
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
