import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { say } from '../language.ts';
import { type Answer, BACK, CANCEL, StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles } from '../questions.ts';
import type { Dataset } from './datasetScan.ts';
import type { DatasetsTree } from './datasetsTree.ts';
import { datasetText } from './layoutWords.ts';

interface FoldersQuestion {
  /** What is asked for: the command. */
  readonly title: string;
  readonly placeholder: string;
  /** Of the dialog for folders that are not in the list. */
  readonly dialogTitle: string;
  readonly openLabel: string;
  /** Whether the dialog takes several. */
  readonly many?: boolean;
  /** Folders that are not meant: they are not in the list, and the dialog opens above the first. */
  readonly without?: readonly string[] | undefined;
}

interface FolderItem extends ListRow {
  readonly uri?: vscode.Uri;
}

/**
 * Asks for folders of images: the datasets of the workspace, and any other by a dialog, which comes at once where no
 * folder is open.
 * @returns undefined when the person changed their mind
 */
export async function askForFolders(
  datasets: Pick<DatasetsTree, 'datasets'>,
  question: FoldersQuestion,
): Promise<readonly vscode.Uri[] | undefined> {
  const folders = await askFolders(new StepUi(question.title), datasets, question);
  return folders === BACK || folders === CANCEL ? undefined : folders;
}

/** One folder, as a path; undefined when the question was dismissed. */
export async function askForFolder(
  datasets: Pick<DatasetsTree, 'datasets'>,
  question: Omit<FoldersQuestion, 'many'>,
): Promise<string | undefined> {
  const [folder] = (await askForFolders(datasets, question)) ?? [];
  return folder?.fsPath;
}

/** The same as a part of a larger question. A dialog that was closed leads back. */
export async function askFolders(
  ui: StepUi,
  datasets: Pick<DatasetsTree, 'datasets'>,
  { placeholder, dialogTitle, openLabel, many = false, without = [] }: Omit<FoldersQuestion, 'title'>,
): Promise<Answer<readonly vscode.Uri[]>> {
  const { t } = vscode.l10n;
  if (vscode.workspace.workspaceFolders?.length) {
    const items = datasets
      .datasets()
      .then((found): FolderItem[] => [
        ...found
          .filter(({ path }) => !without.includes(path))
          .map((dataset) => ({ ...datasetRow(dataset), uri: vscode.Uri.file(dataset.path) })),
        { icon: 'folder', label: t('Choose Folder...') },
      ]);
    const picked = await ui.pick({ placeholder, items });
    if (picked === BACK || picked === CANCEL) return picked;
    if (picked.uri) return [picked.uri];
  }
  const chosen = await pickFiles({
    title: dialogTitle,
    openLabel,
    canSelectFiles: false,
    canSelectFolders: true,
    canSelectMany: many,
    ...(without.length > 0 && { defaultUri: vscode.Uri.file(dirname(without[0])) }),
  });
  return chosen ?? BACK;
}

/** A dataset of the workspace in a list. */
export function datasetRow({ name, path, ...found }: Dataset): ListRow & Pick<Dataset, 'path'> {
  const where = vscode.workspace.asRelativePath(path);
  return {
    icon: 'file-media',
    label: name,
    description: say(datasetText(found)),
    ...(where !== name && { detail: where }),
    path,
  };
}
