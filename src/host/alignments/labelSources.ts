import { basename } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { LABEL_FILE_LIMIT } from '../../core/labels/labelBytes.ts';
import { readLabelFile } from '../../core/labels/labelFile.ts';
import type { LabelProblem, TargetLabel } from '../../core/labels/targetLabels.ts';
import { parseLabelList, targetNames } from '../../core/labels/targetLabels.ts';
import { phrase } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import type { ClassFolder } from '../../protocol/alignments.ts';
import { datasetRow } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles, pickFolder } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';

/** Target labels that a person gave. */
export interface GivenLabels {
  readonly targets: readonly TargetLabel[];
  readonly problems: readonly LabelProblem[];
  /** What a document made of them is named after. */
  readonly name: string;
  /** Where they come from: its workspace folder gets the document. */
  readonly near?: vscode.Uri | undefined;
  /** Path of the folder whose class folders are the labels: there are images to learn from. */
  readonly labelled?: string | undefined;
}

const LIST_ENDINGS = ['txt', 'csv', 'tsv', 'json', 'jsonl', 'yaml', 'yml', 'names', 'pbtxt'];

type Source = 'dataset' | 'folder' | 'file' | 'typed';

interface SourceItem extends ListRow {
  readonly source: Source;
  readonly path?: string;
}

/** Where target labels come from: class folders, a file, or the keyboard. */
export class LabelSources {
  readonly #engine: Engine;
  readonly #datasets: DatasetsTree;

  constructor(engine: Engine, datasets: DatasetsTree) {
    this.#engine = engine;
    this.#datasets = datasets;
  }

  /** Asks for the source and, unless they are to be typed, reads the labels. */
  async ask(ui: StepUi): Promise<Answer<GivenLabels | 'typed'>> {
    const items = this.#datasets
      .datasets()
      .then((found) => [
        ...found.map((dataset): SourceItem => ({ ...datasetRow(dataset), source: 'dataset' })),
        ...otherSources(),
      ]);
    for (;;) {
      const item = await ui.pick({ placeholder: vscode.l10n.t('Where do your labels come from?'), items });
      if (item === BACK || item === CANCEL) return item;
      if (item.source === 'typed') return 'typed';
      const given = await this.#read(item, ui);
      // A file dialog that was closed leads back to the question.
      if (given) return given;
    }
  }

  /** The labels of class folders. */
  async ofFolder(folder: vscode.Uri): Promise<GivenLabels> {
    const classes = await this.#engine.call('listClasses', { folder: folder.fsPath });
    const name = basename(folder.fsPath);
    if (classes.length === 0) {
      throw new SemapError('invalid-labels', phrase('{0} has no subfolders with images.', name), {
        hint: phrase('Choose a folder whose subfolders are the classes, or type the labels.'),
      });
    }
    return { targets: classes.map(targetOfClass), problems: [], name, near: folder, labelled: folder.fsPath };
  }

  /** The labels in a text that a person typed. */
  async ofText(text: string, name: string, near?: vscode.Uri): Promise<GivenLabels> {
    return this.#ofNames(parseLabelList(text), name, near);
  }

  async #read(item: SourceItem, ui: StepUi): Promise<GivenLabels | undefined> {
    if (item.path !== undefined) return this.ofFolder(vscode.Uri.file(item.path));
    if (item.source === 'file') return this.#askFile(ui);
    const folder = await pickFolder(
      vscode.l10n.t('Select a folder whose subfolders are the labels'),
      vscode.l10n.t('Use Class Folders'),
    );
    return folder && this.ofFolder(folder);
  }

  async #askFile(ui: StepUi): Promise<GivenLabels | undefined> {
    const { t } = vscode.l10n;
    const [file] =
      (await pickFiles({
        title: t('Select a file with your labels'),
        openLabel: t('Use File'),
        filters: { [t('Label lists')]: LIST_ENDINGS, [t('All files')]: ['*'] },
      })) ?? [];
    if (!file) return undefined;
    const name = basename(file.fsPath);
    const bytes = await readRegularFile(file.fsPath, { limit: LABEL_FILE_LIMIT });
    let read = readLabelFile(bytes, { name });
    if (read.kind === 'unclear') {
      const items = read.columns.map((column) => ({
        label: column.name,
        detail: column.examples.join(', '),
      }));
      const chosen = await ui.pick({ placeholder: t('Which column contains the labels?'), items });
      if (chosen === BACK || chosen === CANCEL) return undefined;
      read = readLabelFile(bytes, { name, column: chosen.label });
    }
    return this.#ofNames(targetNames(read, name), name.replace(/\.[^.]+$/, ''), file);
  }

  async #ofNames(names: readonly string[], name: string, near?: vscode.Uri): Promise<GivenLabels> {
    const { targets, problems } = await this.#engine.call('readLabels', { names });
    return { targets, problems, name, near };
  }
}

/** A class folder as a target label. */
export function targetOfClass({ label, sense }: ClassFolder): TargetLabel {
  return { name: label, sense };
}

/** Asks for labels to be typed. */
export async function askLabelText(ui: StepUi, value = ''): Promise<Answer<string>> {
  const { t } = vscode.l10n;
  return ui.input({
    prompt: t('Enter your labels, separated by commas'),
    placeholder: 'dog, cat, bird',
    value,
    validate: (text) =>
      namesIn(text).some((label) => label !== '') ? undefined : t('Enter at least one label.'),
  });
}

/** While a list in brackets is being typed, it is none yet. */
function namesIn(text: string): readonly string[] {
  try {
    return parseLabelList(text);
  } catch {
    return [];
  }
}

function otherSources(): readonly SourceItem[] {
  const { t } = vscode.l10n;
  return [
    {
      icon: 'folder',
      label: t('Choose Folder...'),
      detail: t('Use its subfolders as labels'),
      source: 'folder',
    },
    {
      icon: 'file',
      label: t('Choose File...'),
      detail: t('A list with one label per line, a table, JSON, or YAML'),
      source: 'file',
    },
    { icon: 'edit', label: t('Type Labels...'), detail: t('Separated by commas'), source: 'typed' },
  ];
}
