import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { CompareViewApi } from '../../protocol/compareView.ts';
import { type ActiveAlignment, readEntry } from '../alignments/activeAlignment.ts';
import { isAlignment } from '../alignments/alignmentFiles.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { describeError } from '../errors.ts';
import { showInformation } from '../messages.ts';
import { pickFiles, pickOne } from '../questions.ts';
import type { ClassifyFolders } from '../runs/classifyFolders.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { PagePanel } from '../views/pagePanel.ts';
import { ComparePage } from './comparePage.ts';
import { type ComparedAlignment, Comparison } from './comparison.ts';

interface CompareParts {
  readonly extensionUri: vscode.Uri;
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly active: ActiveAlignment;
  readonly classify: Pick<ClassifyFolders, 'last'>;
}

/** `Compare Alignments`: two documents side by side, on the images that were classified last. */
export class CompareAlignments implements vscode.Disposable {
  static readonly viewType = 'semap.compare';
  readonly #parts: CompareParts;
  readonly #page: ComparePage;
  readonly #panel: PagePanel<CompareViewApi>;

  constructor(parts: CompareParts) {
    this.#parts = parts;
    this.#page = new ComparePage({
      engine: parts.engine,
      describeError: (error) => describeError(error, {}),
      execute: (command, ...args) => vscode.commands.executeCommand(command, ...args),
      openImage: (file) =>
        vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), vscode.ViewColumn.Beside),
      showCell: (uri, target, source) =>
        vscode.commands.executeCommand('semap.showCell', { uri: vscode.Uri.parse(uri), target, source }),
      askFolder,
    });
    this.#panel = new PagePanel({
      extensionUri: parts.extensionUri,
      viewType: CompareAlignments.viewType,
      page: 'compare',
      title: vscode.l10n.t('SeMap Comparison'),
      handlers: this.#page.handlers,
    });
  }

  dispose(): void {
    this.#panel.dispose();
    this.#page.dispose();
  }

  /** @param chosen documents, as many as are known: the others are asked for */
  async run(chosen: readonly vscode.Uri[]): Promise<void> {
    const uris = await this.#pair(chosen.filter(isAlignment));
    if (!uris) return;
    const first = await this.#read(uris[0]);
    const second = await this.#read(uris[1]);
    const comparison = new Comparison([first, second]);
    this.#page.show(comparison);
    this.#panel.reveal();
    const { last } = this.#parts.classify;
    if (last && last.state !== 'running') void comparison.on(last.folders, this.#parts.engine);
  }

  async #read(uri: vscode.Uri): Promise<ComparedAlignment> {
    const entry = await readEntry(uri);
    if (!entry?.forEngine) {
      throw entry?.problem ?? vscode.FileSystemError.FileNotFound(uri);
    }
    return {
      uri: uri.toString(),
      name: posix.basename(uri.path),
      document: entry.forEngine,
      backbone: await this.#parts.library.resolve(entry.forEngine, uri),
    };
  }

  async #pair(chosen: readonly vscode.Uri[]): Promise<readonly [vscode.Uri, vscode.Uri] | undefined> {
    const { t } = vscode.l10n;
    const [a, b] = chosen;
    if (a && b) return [a, b];
    const found = await vscode.workspace.findFiles('**/*.semap.json', '**/{node_modules,.*}/**', 200);
    if (found.length < 2) {
      void showInformation(t('Two alignment documents are needed; this workspace has {0}.', found.length));
      return undefined;
    }
    const first =
      a ?? (await pick(found, t('Which alignment is to be compared?'), this.#parts.active.current?.uri));
    if (!first) return undefined;
    const others = found.filter((uri) => uri.toString() !== first.toString());
    const second = await pick(others, t('With which one is {0} compared?', posix.basename(first.path)));
    return second && [first, second];
  }
}

async function pick(
  found: readonly vscode.Uri[],
  placeholder: string,
  first?: vscode.Uri,
): Promise<vscode.Uri | undefined> {
  const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  const isFirst = ({ uri }: { uri: vscode.Uri }) => Number(uri.toString() === first?.toString());
  items.sort((a, b) => isFirst(b) - isFirst(a) || a.label.localeCompare(b.label));
  return (
    await pickOne(items, {
      title: vscode.l10n.t('SeMap: Compare Alignments'),
      placeholder,
    })
  )?.uri;
}

async function askFolder(): Promise<string | undefined> {
  const [folder] =
    (await pickFiles({
      title: vscode.l10n.t('Folder of images to compare on'),
      openLabel: vscode.l10n.t('Compare'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return folder?.fsPath;
}
