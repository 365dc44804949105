import * as vscode from 'vscode';
import { type ImageFolders, isImageFolders } from '../../core/folders/layout.ts';
import { decidedBy } from '../../files/decidedBy.ts';
import type { CompareViewApi, ComparisonSource } from '../../protocol/compareView.ts';
import { describeError } from '../errors.ts';
import { PagePanel } from '../pages/pagePanel.ts';
import type { ClassifyRun } from '../results/classifyRun.ts';
import { ComparePage, type ComparePageHost } from './comparePage.ts';
import { type ComparedAlignment, type ComparedRun, Comparison } from './comparison.ts';

/** Addresses of two documents. */
export type Pair = readonly [first: vscode.Uri, second: vscode.Uri];
type Sides = readonly [first: ComparedAlignment, second: ComparedAlignment];

/** What comparisons want of results. */
export interface ComparedResults {
  /** The result that a folder holds. */
  open(folder: string): Promise<ComparedRun>;
  /** Shows one of its images. */
  show(run: ClassifyRun, image: number): unknown;
}

interface ComparePanelParts
  extends Pick<ComparePageHost, 'engine' | 'openImage' | 'showCell' | 'askFolder' | 'watch'> {
  readonly extensionUri: vscode.Uri;
  /** What stands above the page, whatever it shows. */
  readonly note?: string | undefined;
  /**
   * An alignment document as it is now.
   * @throws {SemapError} `not-found`, or what is wrong with it
   */
  readonly read: (uri: vscode.Uri) => Promise<ComparedAlignment>;
  /** @throws {SemapError} `not-found` where a folder of images is gone */
  readonly mustBeFolder: (folder: string) => Promise<void>;
  /** The address of a file that a result names. */
  readonly addressOf: (file: string) => vscode.Uri;
  readonly results: ComparedResults;
}

/** The last comparison, of alignments or of results, in an editor of its own. */
export class ComparePanel implements vscode.Disposable {
  readonly #parts: ComparePanelParts;
  readonly #page: ComparePage;
  readonly #panel: PagePanel<CompareViewApi>;
  /** What was to be shown, of which the last counts. */
  #turn = 0;

  constructor(parts: ComparePanelParts) {
    this.#parts = parts;
    const { extensionUri, note, engine, results, openImage, showCell, askFolder, watch } = parts;
    this.#page = new ComparePage({
      engine,
      describeError: (error) => describeError(error),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      openImage,
      showCell,
      showInResult: (run, image) => results.show(run, image),
      askFolder,
      watch,
      again: ({ sides: [first, second], imageFolders }) =>
        this.show([vscode.Uri.parse(first.uri), vscode.Uri.parse(second.uri)], imageFolders),
    });
    this.#panel = new PagePanel({
      extensionUri,
      note,
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
    const turn = ++this.#turn;
    const comparison = new Comparison(await this.#readBoth(uris));
    if (turn !== this.#turn) return;
    this.#page.show(comparison);
    this.#panel.reveal();
    if (on && on.folders.length > 0) void comparison.on(on, this.#parts.engine);
  }

  /** Compares two results by their folders. */
  async showResults(folders: readonly [first: string, second: string]): Promise<void> {
    const turn = ++this.#turn;
    const comparison = await this.#ofResults(folders);
    if (turn !== this.#turn) return;
    this.#page.show(comparison);
    this.#panel.reveal();
  }

  async #ofResults([first, second]: readonly [string, string]): Promise<Comparison> {
    const { results, addressOf } = this.#parts;
    return Comparison.ofResults([await results.open(first), await results.open(second)], addressOf);
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
      const { engine, mustBeFolder } = this.#parts;
      if (source.folders.length > 0) void comparison.on(source, engine, { cachedOnly: { mustBeFolder } });
    } catch (error) {
      this.#page.showLost(describeError(error).message);
    }
  }

  async #readBoth([first, second]: Pair): Promise<Sides> {
    return [await this.#parts.read(first), await this.#parts.read(second)];
  }
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
