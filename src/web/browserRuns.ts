import * as vscode from 'vscode';
import { storedPhase } from '../core/runs/run.ts';
import { newestFirst, type RunEntry } from '../host/runs/runEntry.ts';
import { whenRunsChange } from '../host/runs/runFiles.ts';
import { type ListedRuns, RunsTree } from '../host/runs/runsTree.ts';
import { needsComputer } from './readOnly.ts';
import { readRun } from './recordedRuns.ts';

/** Runs of a folder that are looked at, the newest first, and how many at once: each is a file that is fetched. */
const MOST_RUNS = 300;
const AT_ONCE = 20;

/** The runs in the `.semap/runs` folders of all folders that are open: they are read, and never changed. */
export class BrowserRuns implements ListedRuns, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;
  #entries: Promise<readonly RunEntry[]> | undefined;

  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#listening = whenRunsChange(() => this.refresh());
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }

  /** Every run, newest first, damaged ones too. */
  async list(): Promise<readonly RunEntry[]> {
    const roots = vscode.workspace.workspaceFolders ?? [];
    this.#entries ??= Promise.all(roots.map(({ uri }) => runsBelow(uri))).then((lists) =>
      newestFirst(lists.flat()),
    );
    return this.#entries;
  }

  /** As {@link list}, of what lies there at this moment. */
  readAgain(): Promise<readonly RunEntry[]> {
    this.#entries = undefined;
    return this.list();
  }

  refresh(): void {
    this.#entries = undefined;
    this.#changed.fire();
  }

  /** Nobody runs anything here. */
  readonly phaseOf: ListedRuns['phaseOf'] = ({ record }) => storedPhase(record, false);

  isHeld(): boolean {
    return false;
  }

  async mayChange(): Promise<never> {
    throw needsComputer();
  }

  rename = this.mayChange;
  delete = this.mayChange;
}

async function runsBelow(root: vscode.Uri): Promise<readonly RunEntry[]> {
  const runs = vscode.Uri.joinPath(root, '.semap', 'runs');
  const found = await Promise.resolve(vscode.workspace.fs.readDirectory(runs)).catch(() => []);
  const names = found
    .filter(([name, type]) => (type & vscode.FileType.Directory) !== 0 && !name.startsWith('.'))
    .map(([name]) => name)
    // Names begin with the time.
    .sort((a, b) => (a < b ? 1 : -1))
    .slice(0, MOST_RUNS);
  const entries: RunEntry[] = [];
  for (let from = 0; from < names.length; from += AT_ONCE) {
    const some = names.slice(from, from + AT_ONCE);
    entries.push(...(await Promise.all(some.map((name) => readRun(vscode.Uri.joinPath(runs, name).path)))));
  }
  return entries;
}

/** The Runs view of a desktop, with menus of their own: what changes a run is not in them. */
export class BrowserRunsTree extends RunsTree {
  constructor(runs: BrowserRuns) {
    super(runs, () => 0);
  }

  override getTreeItem(entry: RunEntry): vscode.TreeItem {
    const item = super.getTreeItem(entry);
    const kind = entry.kind.slice(0, 1).toUpperCase() + entry.kind.slice(1);
    item.contextValue = `browserRun browser${kind}`;
    return item;
  }
}
