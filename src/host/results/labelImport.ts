import * as vscode from 'vscode';
import { askForFolders } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { titleOf } from '../files.ts';
import { pickOne } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type ImportTarget, importLabels } from '../truths/importLabels.ts';
import type { ClassifyRun } from './classifyRun.ts';

interface ImportParts {
  readonly engine: Pick<Engine, 'call'>;
  readonly datasets: Pick<DatasetsTree, 'datasets'>;
  /** The run of the results page in front. */
  readonly inFront: () => Pick<ClassifyRun, 'folders' | 'alignment'> | undefined;
}

/** `Import Labels...` of a dataset, of the results page in front, or of a folder that is asked for. */
export class LabelImport {
  readonly #parts: ImportParts;

  constructor(parts: ImportParts) {
    this.#parts = parts;
  }

  /** @param of a dataset; a results page has no file of its own */
  async run(of: vscode.Uri | undefined): Promise<void> {
    const { engine } = this.#parts;
    const target = of?.scheme === 'file' ? { folder: of.fsPath } : await this.#target();
    if (target) await importLabels(engine, target);
  }

  async #target(): Promise<ImportTarget | undefined> {
    const { t } = vscode.l10n;
    const run = this.#parts.inFront();
    if (run) {
      const rows = run.folders.map((folder) => ({ label: titleOf([folder]), detail: folder, folder }));
      const chosen =
        rows.length === 1
          ? rows[0]
          : await pickOne(rows, {
              title: t('SeMap: Import Labels'),
              placeholder: t('Which folder are the labels for?'),
            });
      const labels = run.alignment.targets.map(({ label }) => label);
      return chosen && { folder: chosen.folder, labels };
    }
    const folders = await askForFolders(this.#parts.datasets, {
      title: t('SeMap: Import Labels'),
      placeholder: t('Which folder are the labels for?'),
      dialogTitle: t('SeMap: Choose a Folder of Images'),
      openLabel: t('Choose Folder'),
    });
    return folders?.[0] && { folder: folders[0].fsPath };
  }
}
