import * as vscode from 'vscode';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { WatchedAlignment } from '../host/alignments/watchedAlignment.ts';
import { ComparePanel } from '../host/compare/comparePanel.ts';
import type { ComparedAlignment } from '../host/compare/comparison.ts';
import { Settlings } from '../host/results/settlings.ts';
import { readAlignment, type ShowCell } from './alignmentEditor.ts';
import { BrowserEngine } from './browserEngine.ts';
import type { BrowserRuns } from './browserRuns.ts';
import { readOnlyWords, sayReadOnly } from './readOnly.ts';
import { openClassification } from './recordedRuns.ts';
import { NO_LABELS, type ResultsTabs } from './resultsTabs.ts';
import { isThere, uriOf } from './workspaceFiles.ts';

interface ComparisonsParts {
  readonly extensionUri: vscode.Uri;
  readonly runs: BrowserRuns;
  readonly results: ResultsTabs;
  readonly showCell: ShowCell;
}

/** Comparisons of two documents as they stand, and of two results as they were recorded: no image is run. */
export function comparisons({ extensionUri, runs, results, showCell }: ComparisonsParts): ComparePanel {
  const engine = new BrowserEngine();
  return new ComparePanel({
    extensionUri,
    note: readOnlyWords(),
    engine,
    read: readSide,
    mustBeFolder: async (folder) => {
      if (!(await isThere(uriOf(folder))))
        throw new SemapError('not-found', phrase('{0} is not in the folder that is open.', folder));
    },
    addressOf: uriOf,
    openImage: (file) => vscode.commands.executeCommand('vscode.open', uriOf(file), vscode.ViewColumn.Beside),
    showCell: (uri, cell) => showCell(vscode.Uri.parse(uri), cell),
    askFolder: async () => void sayReadOnly(),
    watch: (uri) => new WatchedAlignment(vscode.Uri.parse(uri), readAlignment),
    results: {
      open: async (folder) => {
        const entry = (await runs.list()).find((one) => one.folder === folder);
        const run = await openClassification(folder, new Settlings(engine, () => NO_LABELS));
        const named = entry?.kind === 'classification' && entry.record.name !== undefined;
        return { run, folder, name: entry?.name ?? nameIn(folder), named };
      },
      show: async (run, image) => {
        if (run.keptIn !== undefined) await results.show(run.keptIn, image);
      },
    },
  });
}

async function readSide(uri: vscode.Uri): Promise<ComparedAlignment> {
  const entry = await readAlignment(uri);
  const name = nameIn(uri.path);
  if (!entry?.document)
    throw entry?.problem ?? new SemapError('not-found', phrase('{0} was deleted or renamed.', name));
  return { uri: uri.toString(), name, document: entry.document, backbone: undefined };
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
