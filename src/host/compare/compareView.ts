import { posix } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { type ImageFolders, isImageFolders } from '../../core/folders/layout.ts';
import { phrase } from '../../core/text/text.ts';
import { decidedBy } from '../../files/decidedBy.ts';
import type { CompareViewApi, ComparisonSource } from '../../protocol/compareView.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import { WatchedAlignment } from '../alignments/watchedAlignment.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { askForFolder } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { describeError } from '../errors.ts';
import { PagePanel } from '../pages/pagePanel.ts';
import type { ClassifyRun } from '../results/classifyRun.ts';
import { showCellByLabel } from '../results/showCellByLabel.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { ComparePage } from './comparePage.ts';
import { type ComparedAlignment, type ComparedRun, Comparison } from './comparison.ts';

/** Addresses of two documents. */
export type Pair = readonly [first: vscode.Uri, second: vscode.Uri];
type Sides = readonly [first: ComparedAlignment, second: ComparedAlignment];

/** What comparisons want of results. */
interface ComparedResults {
  /** The result that a folder holds. */
  open(folder: string): Promise<ComparedRun>;
  /** Shows one of its images. */
  show(run: ClassifyRun, image: number): unknown;
}

interface CompareViewParts {
  readonly extensionUri: vscode.Uri;
  readonly engine: Engine;
  readonly library: Pick<BackboneLibrary, 'resolve'>;
  readonly datasets: Pick<DatasetsTree, 'datasets'>;
  readonly results: ComparedResults;
}

/** The last comparison, of alignments or of results, in an editor of its own. */
export class CompareView implements vscode.Disposable {
  readonly #engine: Engine;
  readonly #library: Pick<BackboneLibrary, 'resolve'>;
  readonly #results: ComparedResults;
  readonly #page: ComparePage;
  readonly #panel: PagePanel<CompareViewApi>;

  constructor({ extensionUri, engine, library, datasets, results }: CompareViewParts) {
    this.#results = results;
    this.#engine = engine;
    this.#library = library;
    this.#page = new ComparePage({
      engine,
      describeError: (error) => describeError(error),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      openImage: (file) =>
        vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), vscode.ViewColumn.Beside),
      showCell: (uri, cell) => showCellByLabel(vscode.Uri.parse(uri), cell),
      showInResult: (run, image) => results.show(run, image),
      askFolder: () => askFolder(datasets),
      watch: (uri) => new WatchedAlignment(vscode.Uri.parse(uri)),
      again: ({ sides: [first, second], imageFolders }) =>
        this.show([vscode.Uri.parse(first.uri), vscode.Uri.parse(second.uri)], imageFolders),
    });
    this.#panel = new PagePanel({
      extensionUri,
      page: 'compare',
      title: vscode.l10n.t('SeMap Comparison'),
      handlers: this.#page.handlers,
      restore: (state) => this.#restore(state),
    });
  }

  dispose(): void {
    this.#panel.dispose();
    this.#page.dispose();
  }

  /** Compares two documents, and on images where there are folders of them. */
  async show(uris: Pair, on?: ImageFolders): Promise<void> {
    const comparison = new Comparison(await this.#readBoth(uris));
    this.#page.show(comparison);
    this.#panel.reveal();
    if (on && on.folders.length > 0) void comparison.on(on, this.#engine);
  }

  /** Compares two results by their folders. */
  async showResults(folders: readonly [first: string, second: string]): Promise<void> {
    this.#page.show(await this.#ofResults(folders));
    this.#panel.reveal();
  }

  async #ofResults([first, second]: readonly [string, string]): Promise<Comparison> {
    return Comparison.ofResults([await this.#results.open(first), await this.#results.open(second)]);
  }

  /** Takes up the page of a window that was reloaded, and compares the two documents from the cache of outputs. */
  async #restore(state: unknown): Promise<void> {
    const source = (state as { source?: unknown } | undefined)?.source;
    if (this.#page.comparison || !isComparisonSource(source)) return;
    const { uris, results } = source;
    try {
      if (results) {
        const comparison = await this.#ofResults(results);
        if (!this.#page.comparison) this.#page.show(comparison);
        return;
      }
      const sides = await this.#readBoth([vscode.Uri.parse(uris[0]), vscode.Uri.parse(uris[1])]);
      if (this.#page.comparison) return;
      const comparison = new Comparison(sides, { notes: notesOf(source, sides), images: source.images });
      this.#page.show(comparison);
      if (source.folders.length > 0) void comparison.on(source, this.#engine, { cachedOnly: true });
    } catch (error) {
      this.#page.showLost(describeError(error).message);
    }
  }

  async #readBoth([first, second]: Pair): Promise<Sides> {
    return [await this.#read(first), await this.#read(second)];
  }

  async #read(uri: vscode.Uri): Promise<ComparedAlignment> {
    const entry = await readEntry(uri);
    if (!entry?.forEngine) {
      const name = posix.basename(uri.path);
      throw entry?.problem ?? new SemapError('not-found', phrase('{0} was deleted or renamed.', name));
    }
    return {
      uri: uri.toString(),
      name: posix.basename(uri.path),
      document: entry.forEngine,
      backbone: await this.#library.resolve(entry.forEngine, uri),
    };
  }
}

function askFolder(datasets: CompareViewParts['datasets']): Promise<string | undefined> {
  const { t } = vscode.l10n;
  return askForFolder(datasets, {
    title: t('SeMap: Compare Alignments'),
    placeholder: t('Select a folder of images to compare on'),
    dialogTitle: t('Select a Folder of Images to Compare On'),
    openLabel: t('Compare'),
  });
}

/** A page's memory may be of another version of SeMap. */
function isComparisonSource(value: unknown): value is ComparisonSource {
  if (typeof value !== 'object' || value === null) return false;
  const { uris, decided, images, results } = value as Record<string, unknown>;
  const isTexts = (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === 'string');
  return (
    isTexts(uris) &&
    (uris as string[]).length === 2 &&
    isTexts(decided) &&
    isImageFolders(value) &&
    Number.isInteger(images) &&
    (results === undefined || (isTexts(results) && (results as string[]).length === 2))
  );
}

function notesOf({ decided }: ComparisonSource, sides: Sides): string[] {
  const { t } = vscode.l10n;
  return sides.flatMap(({ name, document }, side) =>
    decidedBy(document) === decided[side]
      ? []
      : [t('{0} was changed since it was compared. The current version is shown.', name)],
  );
}
