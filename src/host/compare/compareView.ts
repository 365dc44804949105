import { posix } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { mustBeFolder } from '../../files/folders.ts';
import { readEntry } from '../alignments/activeAlignment.ts';
import { WatchedAlignment } from '../alignments/watchedAlignment.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { askForFolder } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { showCellByLabel } from '../results/showCellByLabel.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type ComparedResults, ComparePanel } from './comparePanel.ts';
import type { ComparedAlignment } from './comparison.ts';

interface CompareViewParts {
  readonly extensionUri: vscode.Uri;
  readonly engine: Engine;
  readonly library: Pick<BackboneLibrary, 'resolve'>;
  readonly datasets: Pick<DatasetsTree, 'datasets'>;
  readonly results: ComparedResults;
}

/** Comparisons of what lies on this computer: they may run backbones. */
export function compareView({
  extensionUri,
  engine,
  library,
  datasets,
  results,
}: CompareViewParts): ComparePanel {
  return new ComparePanel({
    extensionUri,
    engine,
    results,
    read: (uri) => read(uri, library),
    mustBeFolder,
    addressOf: vscode.Uri.file,
    openImage: (file) =>
      vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), vscode.ViewColumn.Beside),
    showCell: (uri, cell) => showCellByLabel(vscode.Uri.parse(uri), cell),
    askFolder: () => askFolder(datasets),
    watch: (uri) => new WatchedAlignment(vscode.Uri.parse(uri), readEntry),
  });
}

async function read(uri: vscode.Uri, library: CompareViewParts['library']): Promise<ComparedAlignment> {
  const entry = await readEntry(uri);
  const name = posix.basename(uri.path);
  if (!entry?.forEngine)
    throw entry?.problem ?? new SemapError('not-found', phrase('{0} was deleted or renamed.', name));
  const { forEngine } = entry;
  return { uri: uri.toString(), name, document: forEngine, backbone: await library.resolve(forEngine, uri) };
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
