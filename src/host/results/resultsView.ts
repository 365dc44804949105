import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import * as vscode from 'vscode';
import { toSemapError } from '../../core/errors.ts';
import type { ExportFormat, ResultsSource, ResultsViewApi } from '../../protocol/resultsView.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import { WatchedAlignment } from '../alignments/watchedAlignment.ts';
import { describeError, type ErrorDescription } from '../errors.ts';
import { writeFile } from '../files.ts';
import { showInformation } from '../messages.ts';
import { PagePanel } from '../pages/pagePanel.ts';
import { pickTargetFile } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { ClassifyRun } from './classifyRun.ts';
import { isResultsSource } from './restoreRun.ts';
import { type ResultCell, ResultsPage } from './resultsPage.ts';

/** What the page wants of the runs. */
interface ShownRuns {
  /** Classifies a run's folders with its alignment as it is now. */
  again(run: ClassifyRun): unknown;
  /** A run of the window before, scored again from the cache of outputs. */
  restore(source: ResultsSource): Promise<ClassifyRun>;
}

/** The results of the last run, in an editor of their own. The run lives in the host: the page may come and go. */
export class ResultsView implements vscode.Disposable {
  readonly #page: ResultsPage;
  readonly #panel: PagePanel<ResultsViewApi>;
  readonly #runs: ShownRuns;
  #folder: string | undefined;

  constructor(extensionUri: vscode.Uri, engine: Engine, runs: ShownRuns) {
    this.#runs = runs;
    this.#page = new ResultsPage({
      engine,
      describeError: (error) => describeError(error, { resumable: true }),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      openImage: (file) =>
        vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), vscode.ViewColumn.Beside),
      showCell,
      save: (format, pieces) => this.#save(format, pieces),
      watch: (file) => new WatchedAlignment(vscode.Uri.file(file)),
      again: (run) => runs.again(run),
    });
    this.#panel = new PagePanel({
      extensionUri,
      page: 'results',
      title: vscode.l10n.t('SeMap Results'),
      handlers: this.#page.handlers,
      restore: (state) => this.#restore(state),
    });
  }

  /** Shows a run; a panel that is already there is used again. */
  show(run: ClassifyRun): void {
    this.#folder = run.folders[0];
    this.#page.show(run);
    this.reveal();
  }

  /** Brings the panel to the front, or back. */
  reveal(): void {
    this.#panel.reveal();
  }

  /** Takes up the page of a window that was reloaded, and the run that it showed. */
  async #restore(state: unknown): Promise<void> {
    const source = (state as { source?: unknown } | undefined)?.source;
    if (this.#page.run || !isResultsSource(source)) return;
    this.#page.showRestoring(source.folders, () => this.#restore(state));
    try {
      const run = await this.#runs.restore(source);
      if (this.#page.run) return;
      this.#folder = run.folders[0];
      this.#page.show(run);
    } catch (error) {
      this.#page.showLost(source.folders, describeLost(error));
    }
  }

  /** The window goes: what ends with it is not told to the page, which remembers that it was under way. */
  leave(): void {
    this.#page.dispose();
  }

  dispose(): void {
    this.#panel.dispose();
    this.#page.dispose();
  }

  async #save(format: ExportFormat, pieces: Iterable<string>): Promise<void> {
    const file = `semap-results.${format}`;
    const target = await pickTargetFile({
      title: vscode.l10n.t('Export Results'),
      filters: format === 'csv' ? { CSV: ['csv'] } : { JSON: ['json'] },
      // Beside the folder of images, not in it: it would be taken for one of theirs.
      ...(this.#folder === undefined
        ? {}
        : { defaultUri: vscode.Uri.file(path.join(path.dirname(this.#folder), file)) }),
    });
    if (!target) return;
    const encoder = new TextEncoder();
    const chunks: Uint8Array[] = [];
    for (const piece of pieces) {
      chunks.push(encoder.encode(piece));
      await setImmediate();
    }
    await writeFile(target, Buffer.concat(chunks));
    const open = vscode.l10n.t('Open');
    const chosen = await showInformation(vscode.l10n.t('Wrote {0}.', path.basename(target.fsPath)), open);
    if (chosen === open) await vscode.commands.executeCommand('vscode.open', target);
  }
}

/** Where something is gone another folder, alignment or backbone is to be chosen: a classification asks for them. */
function describeLost(error: unknown): ErrorDescription {
  const described = describeError(error);
  if (toSemapError(error).reason !== 'not-found') return described;
  const classify = { title: vscode.l10n.t('Zero-Shot Classify...'), command: 'semap.classify' };
  return { message: described.message, actions: [classify] };
}

/** Labels may have been renamed or moved since: then the index is the best that is known. */
async function showCell({ alignment, label, target, source }: ResultCell): Promise<void> {
  const uri = alignment === undefined ? undefined : vscode.Uri.file(alignment);
  const targets = uri && (await readEntry(uri))?.document?.targets;
  const same = targets?.[target]?.label === label;
  const found = same ? target : (targets?.findIndex((one) => one.label === label) ?? -1);
  const cell = { target: found < 0 ? target : found, source };
  await vscode.commands.executeCommand('semap.showCell', uri ? { uri, ...cell } : cell);
}
