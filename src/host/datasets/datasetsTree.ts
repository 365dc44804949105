import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { FoundSplit, Layout, SplitName } from '../../core/folders/layout.ts';
import { imageCount } from '../../core/text/numbers.ts';
import { listed } from '../../core/text/text.ts';
import { describeError } from '../errors.ts';
import { say } from '../language.ts';
import { rowOf } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type Dataset, scanDatasets } from './datasetScan.ts';
import type { FolderLayouts } from './folderLayouts.ts';
import { classCount, datasetText } from './layoutWords.ts';

export type DatasetNode =
  | { readonly kind: 'dataset'; readonly uri: vscode.Uri; readonly dataset: Dataset }
  | { readonly kind: 'split'; readonly dataset: Dataset; readonly layout: Layout; readonly found: FoundSplit }
  | { readonly kind: 'class'; readonly label: string; readonly images: number }
  | { readonly kind: 'failed'; readonly message: string };

/** How soon after a find the tree is drawn again. */
const REDRAW_MS = 200;

/** The Datasets view: folders of the workspace whose images have labels, as they are found, with their splits and classes. */
export class DatasetsTree implements vscode.TreeDataProvider<DatasetNode>, vscode.Disposable {
  readonly #engine: Engine;
  readonly #layouts: FolderLayouts;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #scanning = new vscode.EventEmitter<boolean>();
  readonly #listening: vscode.Disposable;
  #found: Dataset[] = [];
  #scan: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  #redraw: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#changed.event;
  /** Whether it is looking, for the view's message. */
  readonly onDidChangeScanning = this.#scanning.event;

  constructor(engine: Engine, layouts: FolderLayouts) {
    this.#engine = engine;
    this.#layouts = layouts;
    const refresh = () => this.refresh();
    this.#listening = vscode.Disposable.from(
      // How a folder is read was chosen.
      layouts.onDidChange(() => this.#changed.fire()),
      vscode.workspace.onDidChangeWorkspaceFolders(refresh),
      vscode.workspace.onDidCreateFiles(refresh),
      vscode.workspace.onDidDeleteFiles(refresh),
      vscode.workspace.onDidRenameFiles(refresh),
      // Links are followed now.
      vscode.workspace.onDidGrantWorkspaceTrust(refresh),
    );
  }

  dispose(): void {
    this.#scan?.abort.abort();
    clearTimeout(this.#redraw);
    this.#listening.dispose();
    this.#changed.dispose();
    this.#scanning.dispose();
  }

  refresh(): void {
    this.#scan?.abort.abort();
    this.#scan = undefined;
    this.#changed.fire();
  }

  /** All datasets of the workspace, once the search is over. */
  async datasets(): Promise<readonly Dataset[]> {
    for (;;) {
      const search = this.#search();
      await search;
      // One that was broken off, since files came or went, has not found all.
      if (this.#scan?.done === search) return this.#found;
    }
  }

  async getChildren(parent?: DatasetNode): Promise<DatasetNode[]> {
    if (!parent) {
      const searching = this.#search();
      // Whatever is found at once is shown at once, without an empty view in between.
      await Promise.race([searching, new Promise((resolve) => setTimeout(resolve, REDRAW_MS))]);
      return this.#found.map((dataset) => ({ kind: 'dataset', uri: vscode.Uri.file(dataset.path), dataset }));
    }
    try {
      if (parent.kind === 'dataset') return await this.#inDataset(parent.dataset);
      return parent.kind === 'split'
        ? await this.#classes(parent.dataset, parent.layout, parent.found.split)
        : [];
    } catch (error) {
      return [{ kind: 'failed', message: describeError(error).message }];
    }
  }

  /** Its splits; where it has none, its classes. */
  async #inDataset(dataset: Dataset): Promise<DatasetNode[]> {
    const { chosen } = await this.#layouts.of([dataset.path], { counted: dataset.option !== undefined });
    const [{ layout, splits }] = chosen;
    if (splits.length < 2) return this.#classes(dataset, layout);
    return splits.map((found) => ({ kind: 'split', dataset, layout, found }));
  }

  async #classes({ path: folder }: Dataset, layout: Layout, split?: SplitName): Promise<DatasetNode[]> {
    const classes = await this.#engine.call('listClasses', { folder, layout, split, counted: true });
    return classes.map(({ label, images = 0 }) => ({ kind: 'class', label, images }));
  }

  getTreeItem(node: DatasetNode): vscode.TreeItem {
    switch (node.kind) {
      case 'dataset':
        return this.#datasetItem(node.dataset, node.uri);
      case 'split': {
        const { names, classes, images } = node.found;
        const item = rowOf(
          {
            label: say(listed(names)),
            description: say(images === undefined ? classCount(classes) : imageCount(images)),
          },
          vscode.TreeItemCollapsibleState.Collapsed,
        );
        item.id = `${node.dataset.path} ${node.found.split}`;
        item.iconPath = new vscode.ThemeIcon('split-horizontal');
        item.contextValue = 'split';
        return item;
      }
      case 'class': {
        const item = rowOf({ label: node.label, description: say(imageCount(node.images)) });
        item.iconPath = new vscode.ThemeIcon('tag');
        item.contextValue = 'class';
        return item;
      }
      case 'failed': {
        const item = rowOf({ label: node.message });
        item.iconPath = new vscode.ThemeIcon('warning');
        return item;
      }
    }
  }

  #datasetItem(dataset: Dataset, uri: vscode.Uri): vscode.TreeItem {
    const where = vscode.workspace.asRelativePath(uri);
    const count = say(datasetText(dataset));
    const item = rowOf(
      {
        label: dataset.name,
        // Two of one name are told apart by where they lie.
        description: where === dataset.name ? count : `${where} · ${count}`,
        tooltip: [basename(dataset.path), dataset.path],
      },
      vscode.TreeItemCollapsibleState.Collapsed,
    );
    item.id = dataset.path;
    item.resourceUri = uri;
    item.iconPath = new vscode.ThemeIcon('file-media');
    item.contextValue = 'dataset';
    item.command = {
      command: 'revealInExplorer',
      title: vscode.l10n.t('Reveal in Explorer View'),
      arguments: [uri],
    };
    return item;
  }

  /** Starts the search unless it runs or is over. */
  #search(): Promise<void> {
    if (!this.#scan) {
      const abort = new AbortController();
      this.#found = [];
      this.#scan = { abort, done: this.#run(abort.signal) };
    }
    return this.#scan.done;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const roots = (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => uri.fsPath);
    this.#scanning.fire(true);
    const { isTrusted } = vscode.workspace;
    for await (const dataset of scanDatasets(roots, signal, undefined, isTrusted)) {
      if (signal.aborted) return;
      this.#found.push(dataset);
      this.#redraw ??= setTimeout(() => {
        this.#redraw = undefined;
        this.#changed.fire();
      }, REDRAW_MS);
    }
    if (!signal.aborted) this.#scanning.fire(false);
  }
}
