import * as vscode from 'vscode';
import { toSemapError } from '../core/errors.ts';
import { RUN_FILES } from '../core/runs/run.ts';
import { describeError } from '../host/errors.ts';
import { titleOf } from '../host/files.ts';
import { openPanel } from '../host/messages.ts';
import { PageTab, viewTypeOf } from '../host/pages/pageTab.ts';
import { Cautions } from '../host/results/caution.ts';
import type { LabelTable } from '../host/results/labelling.ts';
import { ResultsPage } from '../host/results/resultsPage.ts';
import { isResultsSource } from '../host/results/resultsSource.ts';
import { type FolderLabels, Settlings } from '../host/results/settlings.ts';
import type { ShowCell } from './alignmentEditor.ts';
import { BrowserEngine } from './browserEngine.ts';
import { needsComputer, readOnlyWords, sayReadOnly } from './readOnly.ts';
import { openClassification } from './recordedRuns.ts';
import { uriOf } from './workspaceFiles.ts';

const VIEW_TYPE = viewTypeOf('results');
const TILE_SIZE = 'results.tileSize';

/** The results of recorded runs, each in an editor tab of its own; nothing in them can be changed. */
export class ResultsTabs implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #memory: vscode.Memento;
  readonly #showCell: ShowCell;
  /** By the path of the run. */
  readonly #tabs = new Map<string, { readonly tab: PageTab<never>; readonly page: ResultsPage }>();
  readonly #serializer: vscode.Disposable;

  /** @param memory keeps what a person chose for all pages */
  constructor(extensionUri: vscode.Uri, memory: vscode.Memento, showCell: ShowCell) {
    this.#extensionUri = extensionUri;
    this.#showCell = showCell;
    this.#memory = memory;
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, state) => {
        const source = (state as { source?: unknown } | undefined)?.source;
        const record = isResultsSource(source) ? source.record : undefined;
        if (record !== undefined) await this.#fill(panel, record);
        else panel.dispose();
      },
    });
  }

  /** Shows the run of a folder, and in it one of its images where one is named. */
  async show(folder: string, image?: number): Promise<void> {
    const open = this.#tabs.get(folder);
    if (open) open.tab.reveal();
    else await this.#fill(openPanel(VIEW_TYPE, folder.slice(folder.lastIndexOf('/') + 1)), folder);
    if (image !== undefined) this.#tabs.get(folder)?.page.seek(image);
  }

  async #fill(panel: vscode.WebviewPanel, folder: string): Promise<void> {
    const engine = new BrowserEngine();
    const settlings = new Settlings(engine, () => NO_LABELS);
    const page = this.#page(engine, settlings, folder);
    const tab = new PageTab(
      panel,
      {
        extensionUri: this.#extensionUri,
        page: 'results',
        title: panel.title,
        handlers: page.handlers,
        note: readOnlyWords(),
      },
      () => {
        page.dispose();
        // One that the window before left may have come since.
        if (this.#tabs.get(folder)?.page === page) this.#tabs.delete(folder);
      },
    );
    this.#tabs.set(folder, { tab: tab as unknown as PageTab<never>, page });
    const show = async (): Promise<void> => {
      page.showRestoring([folder], show);
      try {
        const run = await openClassification(folder, settlings);
        tab.rename(`${titleOf(run.folders)} · ${run.backbone}`);
        page.show(run);
      } catch (error) {
        page.showLost([folder], { message: describeError(toSemapError(error)).message, actions: [] });
      }
    };
    await show();
  }

  #page(engine: BrowserEngine, settlings: Settlings, folder: string): ResultsPage {
    const memory = this.#memory;
    const refuse = () => {
      void sayReadOnly();
    };
    return new ResultsPage({
      engine,
      settlings,
      cautions: new Cautions(
        engine,
        (run) => settlings.of(run),
        () => {},
      ),
      describeError: (error) => describeError(error),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      openImage: (file) =>
        vscode.commands.executeCommand('vscode.open', uriOf(file), vscode.ViewColumn.Beside),
      reveal: (file) => vscode.commands.executeCommand('revealInExplorer', uriOf(file)),
      copy: (text) => vscode.env.clipboard.writeText(text),
      get tileSize() {
        return memory.get<number>(TILE_SIZE);
      },
      set tileSize(size) {
        void memory.update(TILE_SIZE, size);
      },
      showCell: (cell) => this.#showCell(uriOf(`${folder}/${RUN_FILES.alignment}`), cell),
      export: async () => {
        refuse();
        return undefined;
      },
      watch: () => NOT_WATCHED,
      promiseBalance: async () => {
        refuse();
        return false;
      },
      again: refuse,
      resume: refuse,
      labelling: {
        truthsOf: () => NO_TABLE,
        askedAbout: () => undefined,
        labelKeys: {},
        askNewLabel: async () => refuse() as undefined,
        askName: async () => refuse() as undefined,
        askMerged: async () => refuse() as undefined,
        askKey: async () => refuse() as undefined,
        changeTargets: async () => refuse(),
        showError: () => sayReadOnly(),
      },
    });
  }

  dispose(): void {
    this.#serializer.dispose();
    for (const { tab } of [...this.#tabs.values()]) tab.dispose();
  }
}

const NOTHING = { dispose() {} };

/** The answers of a run were settled with labels that were there: they are not looked at again. */
export const NO_LABELS = {
  ready: new Promise<void>(() => {}),
  onDidChange: () => NOTHING,
  of: () => undefined,
  dispose() {},
} as unknown as FolderLabels;

const NO_TABLE: LabelTable = {
  ready: Promise.resolve(),
  problem: undefined,
  canUndo: false,
  canRedo: false,
  of: () => undefined,
  give: async () => {
    void sayReadOnly();
    throw needsComputer();
  },
  undo: () => Promise.reject(needsComputer()),
  redo: () => Promise.reject(needsComputer()),
  renameLabel: () => Promise.reject(needsComputer()),
  onDidChange: () => NOTHING,
  dispose() {},
};

const NOT_WATCHED = {
  wasRead: false,
  current: undefined,
  onDidChange: () => NOTHING,
  read: async () => {},
  dispose() {},
};
