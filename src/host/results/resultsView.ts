import * as vscode from 'vscode';
import { toSemapError } from '../../core/errors.ts';
import type { ResultsSource, ResultsViewApi } from '../../protocol/resultsView.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import type { EditAlignment } from '../alignments/editAlignment.ts';
import { WatchedAlignment } from '../alignments/watchedAlignment.ts';
import { describeError, type ErrorDescription, showError } from '../errors.ts';
import type { FilePlacing } from '../exports/filePlacing.ts';
import { reveal, titleOf } from '../files.ts';
import { openPanel } from '../messages.ts';
import { PageTab, viewTypeOf } from '../pages/pageTab.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { FolderTruths } from '../truths/folderTruths.ts';
import { Cautions } from './caution.ts';
import type { ClassifyRun } from './classifyRun.ts';
import { ExportResults } from './exportResults.ts';
import { labelQuestions } from './labelQuestions.ts';
import { promiseBalance } from './promiseBalance.ts';
import { ResultsPage } from './resultsPage.ts';
import { isResultsSource } from './resultsSource.ts';
import { RunTargets } from './runTargets.ts';
import type { Settlings } from './settlings.ts';
import { showCellByLabel } from './showCellByLabel.ts';

/** What the pages want of the runs. */
interface ShownRuns {
  /** Classifies a run's folders with its alignment as it is now, and shows that in the place of the run. */
  again(run: ClassifyRun): unknown;
  /** Takes up a run where it was interrupted. */
  resume(run: ClassifyRun): unknown;
  /** Writes down what is shown of a run by now. */
  keep(run: ClassifyRun): unknown;
  /** A run of the window before. */
  restore(source: ResultsSource): Promise<ClassifyRun>;
  /** What the run of a record is called, and whether a person named it so. */
  nameOf(run: ClassifyRun): Promise<{ readonly name: string; readonly named: boolean }>;
}

/** A tab with the results of one run, which may be followed by others. */
interface ResultsTab {
  readonly page: ResultsPage;
  readonly tab: PageTab<ResultsViewApi>;
}

const VIEW_TYPE = viewTypeOf('results');
const TILE_SIZE = 'results.tileSize';
const LABEL_KEYS = 'results.labelKeys';
/** How soon folders are looked at again. */
const LOOK_MS = 10_000;

/** The results of runs, each in an editor tab of its own. Runs live in the host: pages may come and go. */
export class ResultsView implements vscode.Disposable {
  readonly #extensionUri: vscode.Uri;
  readonly #engine: Engine;
  readonly #settlings: Settlings;
  readonly #cautions: Cautions;
  readonly #runs: ShownRuns;
  readonly #memory: vscode.Memento;
  readonly #targets: RunTargets;
  readonly #exports: ExportResults;
  readonly #serializer: vscode.Disposable;
  readonly #tabs = new Set<ResultsTab>();
  readonly #looked = new WeakMap<ClassifyRun, number>();
  readonly #listening: vscode.Disposable;
  #leaving = false;

  /**
   * @param memory keeps what a person chose for all pages
   * @param edit changes alignments whose labels are added, renamed and merged on a page
   */
  constructor(
    extensionUri: vscode.Uri,
    {
      engine,
      settlings,
      placing,
      version,
    }: {
      readonly engine: Engine;
      readonly settlings: Settlings;
      readonly placing: FilePlacing;
      readonly version: string;
    },
    runs: ShownRuns,
    memory: vscode.Memento,
    edit: Pick<EditAlignment, 'change' | 'document'>,
  ) {
    this.#extensionUri = extensionUri;
    this.#engine = engine;
    this.#settlings = settlings;
    this.#cautions = new Cautions(
      engine,
      (run) => settlings.of(run),
      (run) => runs.keep(run),
    );
    this.#runs = runs;
    this.#memory = memory;
    this.#exports = new ExportResults({ engine, placing, memory, version });
    this.#targets = new RunTargets(edit, async (run) => runs.again(run));
    // Files are mostly moved in other programs.
    const focus = vscode.window.onDidChangeWindowState(({ focused }) => {
      if (focused) this.#lookAtVisible();
    });
    const placed = placing.onDidPlace(() => {
      for (const { page } of this.#tabs) if (page.run) this.#looked.delete(page.run);
      this.#lookAtVisible();
    });
    this.#listening = vscode.Disposable.from(focus, placed);
    this.#serializer = vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: async (panel, state) => {
        const source = (state as { source?: unknown } | undefined)?.source;
        const known = isResultsSource(source) ? source : undefined;
        const opened = this.#fill(panel, panel.title);
        if (known) await this.#restore(opened, known);
      },
    });
  }

  /** The run of a record that is shown somewhere. */
  shownIn(folder: string): ClassifyRun | undefined {
    return [...this.#tabs].find(({ page }) => page.run?.keptIn === folder)?.page.run;
  }

  /** Shows a run, and in it one of its images. */
  showImage(run: ClassifyRun, image: number): void {
    this.show(run);
    for (const { page } of this.#tabs) if (page.run === run) page.seek(image);
  }

  /** Shows a run, and asks as what and where to it is exported. */
  async export(run: ClassifyRun): Promise<void> {
    this.show(run);
    await [...this.#tabs].find(({ page }) => page.run === run)?.page.export();
  }

  /** Whether the person sees a run. */
  sees(run: ClassifyRun): boolean {
    return [...this.#tabs].some(({ page, tab }) => page.run === run && tab.visible);
  }

  /** The run that the person looks at. */
  get inFront(): ClassifyRun | undefined {
    const tabs = [...this.#tabs];
    return (tabs.find(({ tab }) => tab.active) ?? tabs.find(({ tab }) => tab.visible))?.page.run;
  }

  /** Folders of the records that are shown. */
  get shown(): readonly string[] {
    return [...this.#tabs].map(({ page }) => page.run?.keptIn).filter((folder) => folder !== undefined);
  }

  /**
   * Shows a run: in its own tab, in that of the run that it follows, or in a new one.
   * @param after a run of the same question: its tab is taken
   */
  show(run: ClassifyRun, after?: ClassifyRun): void {
    const tabs = [...this.#tabs];
    const { page, tab } =
      tabs.find((one) => one.page.run?.id === run.id) ??
      tabs.find((one) => after !== undefined && one.page.run === after) ??
      this.#fill(openPanel(VIEW_TYPE, tabTitle(run)), tabTitle(run));
    if (page.run !== run) page.show(run);
    void this.nameTabs();
    tab.reveal();
  }

  /** A run that is over and asks the same as one to come: the latter takes its tab. */
  alike({ images, alignmentPath, backbone }: Pick<ClassifyRun, 'images' | 'alignmentPath' | 'backbone'>) {
    const asked = JSON.stringify([images, alignmentPath, backbone]);
    return [...this.#tabs]
      .map(({ page }) => page.run)
      .findLast(
        (run) =>
          run !== undefined &&
          run.state !== 'running' &&
          run.alignmentPath !== undefined &&
          JSON.stringify([run.images, run.alignmentPath, run.backbone]) === asked,
      );
  }

  /** Closes the tabs of runs that were deleted. */
  close(folders: readonly string[]): void {
    for (const { page, tab } of [...this.#tabs])
      if (page.run?.keptIn !== undefined && folders.includes(page.run.keptIn)) tab.dispose();
  }

  /** Says on every tab what its run is called by now: by its time, too, where several would be called the same. */
  async nameTabs(): Promise<void> {
    const tabs = [...this.#tabs].filter(({ page }) => page.run);
    const called = await Promise.all(
      tabs.map(async ({ page, tab }) => {
        const run = page.run!;
        return { page, tab, run, title: tabTitle(run), ...(await this.#runs.nameOf(run)) };
      }),
    );
    for (const { page, tab, run, title, name, named } of called) {
      const isOnly = called.filter((one) => !one.named && one.title === title).length <= 1;
      if (page.run === run) tab.rename(named ? name : isOnly ? title : `${name} · ${run.backbone}`);
    }
  }

  #fill(panel: vscode.WebviewPanel, title: string): ResultsTab {
    const memory = this.#memory;
    const page = new ResultsPage({
      engine: this.#engine,
      describeError: (error) => describeRunError(error, page.run),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      openImage: (file) =>
        vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), vscode.ViewColumn.Beside),
      reveal: (file) => reveal(vscode.Uri.file(file)),
      copy: (text) => vscode.env.clipboard.writeText(text),
      get tileSize() {
        return memory.get<number>(TILE_SIZE);
      },
      set tileSize(size) {
        void memory.update(TILE_SIZE, size);
      },
      showCell: ({ alignment, ...cell }) =>
        showCellByLabel(alignment === undefined ? undefined : vscode.Uri.file(alignment), cell),
      export: (source, isSelection) => this.#exports.run(source, isSelection),
      watch: (file) => new WatchedAlignment(vscode.Uri.file(file), readEntry),
      settlings: this.#settlings,
      cautions: this.#cautions,
      promiseBalance,
      again: (run) => this.#runs.again(run),
      resume: (run) => this.#runs.resume(run),
      labelling: {
        ...labelQuestions,
        truthsOf: (folders) => FolderTruths.of(folders),
        askedAbout: (run, image) => this.#settlings.of(run).asked.why(image),
        get labelKeys() {
          return memory.get<Readonly<Record<string, string>>>(LABEL_KEYS) ?? {};
        },
        set labelKeys(keys) {
          void memory.update(LABEL_KEYS, keys);
        },
        changeTargets: (run, change) => this.#targets.change(run, change),
        showError,
      },
    });
    const parts = {
      extensionUri: this.#extensionUri,
      page: 'results',
      title,
      handlers: page.handlers,
      shown: () => this.#lookAt(page),
    } as const;
    const opened: ResultsTab = {
      page,
      tab: new PageTab(panel, parts, () => {
        page.dispose();
        // Nobody looks at what comes any more. With the window it goes on in the next one.
        if (page.run?.watching && !this.#leaving) page.run.cancel();
        this.#tabs.delete(opened);
        void this.nameTabs();
      }),
    };
    this.#tabs.add(opened);
    return opened;
  }

  #lookAtVisible(): void {
    for (const { page, tab } of this.#tabs) if (tab.visible) this.#lookAt(page);
  }

  /** Looks whether folders changed while the person was elsewhere: not at every turn of the head, all files are looked at. */
  #lookAt({ run }: ResultsPage): void {
    const now = Date.now();
    if (!run || now - (this.#looked.get(run) ?? 0) < LOOK_MS) return;
    this.#looked.set(run, now);
    void run.lookAtFolders(this.#engine);
  }

  /** Takes up a tab of a window that was reloaded, and the run that it showed. */
  async #restore(opened: ResultsTab, source: ResultsSource): Promise<void> {
    const { page, tab } = opened;
    const other = [...this.#tabs].find((one) => one !== opened && one.page.run?.id === source.id);
    if (other) {
      // It was opened again before this tab was looked at.
      other.tab.reveal();
      tab.dispose();
      return;
    }
    page.showRestoring(source.folders, () => this.#restore(opened, source));
    try {
      const run = await this.#runs.restore(source);
      if (page.run || !this.#tabs.has(opened)) return;
      page.show(run);
      await this.nameTabs();
    } catch (error) {
      page.showLost(source.folders, describeLost(error));
    }
  }

  /** The window goes: what ends with it is not told to the pages, which remember that it was under way. */
  leave(): void {
    this.#leaving = true;
    for (const { page } of this.#tabs) page.dispose();
  }

  dispose(): void {
    this.#serializer.dispose();
    this.#listening.dispose();
    for (const { tab } of [...this.#tabs]) tab.dispose();
  }
}

/** `icons · starter`. */
function tabTitle({ folders, backbone }: ClassifyRun): string {
  return `${titleOf(folders)} · ${backbone}`;
}

/** To resume means the run of this page. */
function describeRunError(error: unknown, run: ClassifyRun | undefined): ErrorDescription {
  const { alignmentPath } = run?.settings ?? {};
  const members =
    run?.alignment.members && alignmentPath !== undefined ? vscode.Uri.file(alignmentPath) : undefined;
  const { message, actions } = describeError(error, { resumable: true, members });
  return {
    message,
    actions: actions.map((action) =>
      action.command === 'semap.resumeRun' ? { ...action, arguments: [run?.id] } : action,
    ),
  };
}

/** Where something is gone another folder, alignment or backbone is to be chosen: a classification asks for them. */
function describeLost(error: unknown): ErrorDescription {
  const described = describeError(error);
  if (toSemapError(error).reason !== 'not-found') return described;
  const classify = { title: vscode.l10n.t('Zero-Shot Classify...'), command: 'semap.classify' };
  return { message: described.message, actions: [classify] };
}
