// The small part of VS Code's API that the host's logic needs, so that it is tested without a VS Code.
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

export class EventEmitter {
  #listeners = new Set();
  event = (listener) => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };
  fire(value) {
    for (const listener of [...this.#listeners]) listener(value);
  }
  dispose() {
    this.#listeners.clear();
  }
}

export class CancellationTokenSource {
  token = { isCancellationRequested: false };
  cancel() {
    this.token.isCancellationRequested = true;
  }
  dispose() {}
}

export class Disposable {
  #dispose;
  constructor(dispose) {
    this.#dispose = dispose;
  }
  static from(...items) {
    return new Disposable(() => {
      for (const item of items) item.dispose();
    });
  }
  dispose() {
    this.#dispose();
  }
}

export class Uri {
  constructor(scheme, path) {
    this.scheme = scheme;
    this.path = path;
  }
  static file(path) {
    return new Uri('file', path);
  }
  static parse(text) {
    const { protocol, pathname } = new URL(text);
    return new Uri(protocol.slice(0, -1), decodeURIComponent(pathname));
  }
  static from({ scheme, path }) {
    return new Uri(scheme, path);
  }
  static joinPath(uri, ...parts) {
    return new Uri(uri.scheme, join(uri.path, ...parts));
  }
  get fsPath() {
    return this.path;
  }
  with({ scheme = this.scheme, path = this.path }) {
    return new Uri(scheme, path);
  }
  toString() {
    return `${this.scheme}://${this.path}`;
  }
}

export const FileType = { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 };

export class RelativePattern {}

export class Position {}

export class Range {
  constructor(line, character, endLine, endCharacter) {
    const isOfPlaces = typeof line === 'object';
    this.start = isOfPlaces ? line : { line, character };
    this.end = isOfPlaces ? character : { line: endLine, character: endCharacter };
  }
}

export class Location {
  constructor(uri, range) {
    this.uri = uri;
    this.range = range;
  }
}

export class MarkdownString {
  constructor(value) {
    this.value = value;
  }
}

export class TestMessage {
  constructor(message) {
    this.message = message;
  }
}

export const TestRunProfileKind = { Run: 1 };

/** Items of a test controller, by their ids. */
class TestItems extends Map {
  [Symbol.iterator]() {
    return this.entries();
  }
  constructor(parent) {
    super();
    this.parent = parent;
  }
  add(item) {
    item.parent = this.parent;
    this.set(item.id, item);
  }
  replace(items) {
    this.clear();
    for (const item of items) this.add(item);
  }
}

/** The controllers that were made, each with what its runs were told. */
export const testControllers = [];
export const tests = {
  createTestController: (id, label) => {
    const controller = {
      id,
      label,
      items: new TestItems(),
      profiles: [],
      runs: [],
      createTestItem: (itemId, itemLabel, uri) => {
        const item = { id: itemId, label: itemLabel, uri };
        item.children = new TestItems(item);
        return item;
      },
      createRunProfile: (profileLabel, kind, run) => {
        controller.profiles.push({ label: profileLabel, kind, run });
        return { dispose() {} };
      },
      createTestRun: () => {
        const told = [];
        const output = [];
        controller.runs.push({ told, output });
        const tell =
          (state) =>
          (item, ...more) =>
            told.push([state, item, ...more]);
        return {
          enqueued: tell('enqueued'),
          started: tell('started'),
          passed: tell('passed'),
          failed: tell('failed'),
          errored: tell('errored'),
          skipped: tell('skipped'),
          appendOutput: (text) => output.push(text),
          end: () => told.push(['end']),
        };
      },
      dispose() {},
    };
    testControllers.push(controller);
    return controller;
  },
};

/** The edits of whole documents. */
export class WorkspaceEdit {
  texts = new Map();
  replace(uri, range, text) {
    const key = uri.toString();
    this.texts.set(key, [...(this.texts.get(key) ?? []), { range, text }]);
  }
}

class TextDocument {
  isDirty = false;
  text = '';
  lineCount = 1;
  constructor(uri) {
    this.uri = uri;
    this.isUntitled = uri.scheme === 'untitled';
  }
  getText() {
    return this.text;
  }
  lineAt() {
    return { range: { end: new Position() } };
  }
  positionAt(offset) {
    return { offset };
  }
  async save() {
    if (!this.isUntitled) await writeFile(this.uri.fsPath, this.text);
    this.isDirty = false;
    return true;
  }
}

export class TreeItem {
  constructor(label) {
    this.label = label;
  }
}

export class ThemeIcon {
  constructor(id) {
    this.id = id;
  }
}

export class ThemeColor {}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
export const StatusBarAlignment = { Left: 1, Right: 2 };
export const ViewColumn = { Active: -1, Beside: -2 };
export const InputBoxValidationSeverity = { Info: 1, Warning: 2, Error: 3 };

export const QuickPickItemKind = { Separator: -1, Default: 0 };
export const QuickInputButtons = { Back: { back: true } };
export const ProgressLocation = { Window: 10, Notification: 15 };
export const ConfigurationTarget = { Global: 1, Workspace: 2 };
export const env = { language: 'en', uriScheme: 'vscode' };

export const l10n = {
  t: (text, ...values) => text.replace(/\{(\d)\}/g, (_, i) => String(values[Number(i)])),
};

/** What a test sets and reads: the input that is open, messages that were shown, what the person answers. */
export const stage = {
  open: undefined,
  messages: [],
  answer: undefined,
  executed: [],
  folders: [],
  trusted: true,
  configuration: {},
  workspaceConfiguration: {},
  files: [],
  picked: undefined,
  models: [],
  shown: [],
  tools: new Map(),
};

class Input {
  buttons = [];
  #events = { accept: new EventEmitter(), hide: new EventEmitter(), button: new EventEmitter() };
  onDidAccept = this.#events.accept.event;
  onDidHide = this.#events.hide.event;
  onDidTriggerButton = this.#events.button.event;
  show() {
    stage.open = this;
  }
  dispose() {
    if (stage.open === this) stage.open = undefined;
  }
  accept() {
    this.#events.accept.fire();
  }
  hide() {
    this.#events.hide.fire();
  }
  back() {
    if (!this.buttons.includes(QuickInputButtons.Back)) throw new Error('There is no back button.');
    this.#events.button.fire(QuickInputButtons.Back);
  }
}

class QuickPick extends Input {
  items = [];
  activeItems = [];
  selectedItems = [];
  choose(label) {
    this.selectedItems = this.items.filter((item) => item.label === label);
    if (this.selectedItems.length === 0) throw new Error(`There is no item "${label}".`);
    this.accept();
  }
}

class InputBox extends Input {
  value = '';
  #changed = new EventEmitter();
  onDidChangeValue = this.#changed.event;
  enter(value) {
    this.value = value;
    this.#changed.fire(value);
    this.accept();
  }
}

const show =
  (kind) =>
  async (message, { modal = false, detail }, ...items) => {
    const titles = items.map((item) => item.title);
    stage.messages.push({ kind, message, items: titles, ...(modal ? { detail } : {}) });
    return items.find((item) => item.title === stage.answer);
  };

export const tabsChanged = new EventEmitter();
export const documentSaved = new EventEmitter();
export const documentClosed = new EventEmitter();
export const filesRenamed = new EventEmitter();
export const filesWillGo = new EventEmitter();
export const filesGone = new EventEmitter();

export const window = {
  createQuickPick: () => new QuickPick(),
  createInputBox: () => new InputBox(),
  onDidChangeActiveTextEditor: () => ({ dispose() {} }),
  createStatusBarItem: () => ({ show() {}, hide() {}, dispose() {} }),
  setStatusBarMessage: (message) => {
    stage.messages.push({ kind: 'status', message, items: [] });
    return { dispose() {} };
  },
  showTextDocument: async (document) => void stage.shown.push(document),
  showOpenDialog: async () => stage.picked?.map((path) => Uri.file(path)),
  showQuickPick: async (items) => (await items).find((item) => (item.label ?? item) === stage.answer),
  withProgress: async (_, task) => task({ report() {} }, { onCancellationRequested() {} }),
  showErrorMessage: show('error'),
  showWarningMessage: show('warning'),
  showInformationMessage: show('information'),
  tabGroups: {
    activeTabGroup: { viewColumn: 1, activeTab: undefined },
    all: [],
    close: async () => true,
    onDidChangeTabs: tabsChanged.event,
  },
};

export const commands = {
  executeCommand: async (...call) => void stage.executed.push(call),
};

export const LanguageModelChatMessage = { User: (content) => ({ role: 'user', content }) };
export class LanguageModelTextPart {
  constructor(value) {
    this.value = value;
  }
}
export const LanguageModelDataPart = { image: (data, mimeType) => ({ data, mimeType }) };
export class LanguageModelToolResult {
  constructor(content) {
    this.content = content;
  }
}
/** Of no tab here. */
export class TabInputWebview {}
export class CancellationError extends Error {}
export class McpStdioServerDefinition {
  constructor(label, command, args, env, version) {
    Object.assign(this, { label, command, args, env, version });
  }
}
export const lm = {
  selectChatModels: async () => stage.models,
  registerTool: (name, tool) => {
    stage.tools.set(name, tool);
    return { dispose: () => stage.tools.delete(name) };
  },
  registerMcpServerDefinitionProvider: (id, provider) => {
    stage.tools.set(id, provider);
    return { dispose: () => stage.tools.delete(id) };
  },
};

const providers = new Map();

/** The disk. */
const fs = {
  stat: async ({ path }) => ({ size: (await stat(path)).size }),
  readFile: async ({ path }) => new Uint8Array(await readFile(path)),
  delete: async ({ path }, { useTrash = false } = {}) => {
    if (useTrash) throw new Error('There is no trash.');
    await rm(path);
  },
  readDirectory: async ({ path }) =>
    (await readdir(path, { withFileTypes: true })).map((one) => [
      one.name,
      one.isDirectory() ? FileType.Directory : FileType.File,
    ]),
};

export const workspace = {
  fs,
  findFiles: async () => stage.files.map((path) => Uri.file(path)),
  asRelativePath: (uri) => basename(uri.path ?? uri),
  textDocuments: [],
  registerTextDocumentContentProvider: (scheme, provider) => {
    providers.set(scheme, provider);
    return { dispose: () => providers.delete(scheme) };
  },
  openTextDocument: async (uri) => {
    const provider = providers.get(uri.scheme);
    if (provider)
      return Object.assign(new TextDocument(uri), { text: provider.provideTextDocumentContent(uri) });
    const open = workspace.textDocuments.find((one) => one.uri.toString() === uri.toString());
    if (open) return open;
    const text = uri.scheme === 'file' ? await readFile(uri.fsPath, 'utf8').catch(() => '') : '';
    const document = Object.assign(new TextDocument(uri), { text });
    workspace.textDocuments.push(document);
    return document;
  },
  applyEdit: async ({ texts }) => {
    for (const document of workspace.textDocuments) {
      for (const { range, text } of (texts.get(document.uri.toString()) ?? []).toReversed()) {
        const { start, end } = range;
        // Places that were not told by an offset are those of the whole text.
        document.text =
          start?.offset === undefined
            ? text
            : document.text.slice(0, start.offset) + text + document.text.slice(end.offset);
        document.isDirty = true;
      }
    }
    return true;
  },
  get workspaceFolders() {
    return stage.folders.map((path) => ({ uri: Uri.file(path), name: basename(path) }));
  },
  get isTrusted() {
    return stage.trusted;
  },
  getWorkspaceFolder: (uri) =>
    workspace.workspaceFolders.find((folder) => uri.path.startsWith(`${folder.uri.path}/`)),
  getConfiguration: () => ({
    get: (name) => stage.workspaceConfiguration[name] ?? stage.configuration[name],
    inspect: (name) => ({
      globalValue: stage.configuration[name],
      workspaceValue: stage.workspaceConfiguration[name],
    }),
    update: async (name, value, target) => {
      const ofWorkspace = target === 2 && name in stage.workspaceConfiguration;
      (ofWorkspace ? stage.workspaceConfiguration : stage.configuration)[name] = value;
    },
  }),
  onDidCloseTextDocument: documentClosed.event,
  onDidOpenTextDocument: () => ({ dispose() {} }),
  onDidSaveTextDocument: documentSaved.event,
  onDidChangeTextDocument: () => ({ dispose() {} }),
  onDidChangeConfiguration: () => ({ dispose() {} }),
  onDidGrantWorkspaceTrust: () => ({ dispose() {} }),
  onDidChangeWorkspaceFolders: () => ({ dispose() {} }),
  onDidCreateFiles: () => ({ dispose() {} }),
  onWillDeleteFiles: filesWillGo.event,
  onDidDeleteFiles: filesGone.event,
  onDidRenameFiles: filesRenamed.event,
  createFileSystemWatcher: () => ({
    onDidCreate: () => ({ dispose() {} }),
    onDidChange: () => ({ dispose() {} }),
    onDidDelete: () => ({ dispose() {} }),
    dispose() {},
  }),
};
