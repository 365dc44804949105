import { basename } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { LABEL_FILE_LIMIT } from '../../core/labels/labelBytes.ts';
import { readLabelFile } from '../../core/labels/labelFile.ts';
import { parseLabelList, targetNames } from '../../core/labels/targetLabels.ts';
import { phrase } from '../../core/text/text.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { datasetRow } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { type FolderLayouts, imagesOf, type LaidOut } from '../datasets/folderLayouts.ts';
import { showError } from '../errors.ts';
import { plural } from '../language.ts';
import { type Answer, BACK, CANCEL, type StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles, pickFolder } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { readEntry } from './activeAlignment.ts';
import { findAlignments } from './alignmentFiles.ts';
import {
  askLabelText,
  classesOf,
  type GivenLabels,
  labelsOfAlignment,
  labelsOfClasses,
  namesOf,
  targetOfClass,
  type WantedLabels,
} from './givenLabels.ts';
import { labelsIn, labelsNear, type NearbyLabels } from './nearbyLabels.ts';
import { askForSuggestions } from './suggestLabels.ts';

const LIST_ENDINGS = ['txt', 'csv', 'tsv', 'json', 'jsonl', 'yaml', 'yml', 'names', 'pbtxt'];
/** Class folders in which a list of labels is looked for, where no folder is meant. */
const MOST_LOOKED_IN = 20;
/** Alignments whose labels are offered. */
const MOST_ALIGNMENTS = 50;

interface SourceItem extends ListRow {
  /** Undefined = the person went back, or closed a dialog. */
  readonly read?: (ui: StepUi) => Promise<Answer<GivenLabels | undefined>>;
}

interface LabelSourcesParts {
  readonly engine: Engine;
  readonly datasets: Pick<DatasetsTree, 'datasets'>;
  readonly layouts: FolderLayouts;
  readonly library: Pick<BackboneLibrary, 'active'>;
}

/** Where target labels come from: class folders, a file, the keyboard, an alignment, or images. */
export class LabelSources {
  readonly #parts: LabelSourcesParts;

  constructor(parts: LabelSourcesParts) {
    this.#parts = parts;
  }

  /** Asks where labels come from, and for what that takes. What cannot be read is told, and asked again. */
  async ask(ui: StepUi, wanted: WantedLabels = {}): Promise<Answer<GivenLabels>> {
    const nearest = (wanted.nearest ?? []).map(
      (given): SourceItem => ({
        icon: 'tag',
        label: given.origin,
        detail: namesOf(given),
        read: async () => given,
      }),
    );
    const looked = this.#parts.datasets.datasets().then(async (found) => {
      const roots = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
      const inWorkspace = [...roots, ...found.slice(0, MOST_LOOKED_IN).map(({ path }) => path)];
      const lists = await (wanted.folders ? labelsNear(wanted.folders) : labelsIn(inWorkspace));
      return [found, lists.map((list) => this.#listItem(list))] as const;
    });
    const items = looked.then(([found, lists]) => [
      ...nearest,
      ...lists,
      ...(wanted.folders ? this.#otherSources(wanted) : []),
      ...(wanted.folders && found.length > 0
        ? [{ label: vscode.l10n.t('class folders'), kind: vscode.QuickPickItemKind.Separator }]
        : []),
      ...found.map(
        (dataset): SourceItem => ({
          ...datasetRow(dataset),
          read: () => this.#ofFolder(vscode.Uri.file(dataset.path)),
        }),
      ),
      ...(wanted.folders ? [] : this.#otherSources(wanted)),
    ]);
    for (;;) {
      const item = await ui.pick({ placeholder: vscode.l10n.t('Where do your labels come from?'), items });
      if (item === BACK || item === CANCEL) return item;
      try {
        const given = await item.read?.(ui.deeper());
        if (given === CANCEL) return given;
        if (given !== BACK && given !== undefined) return given;
      } catch (error) {
        void showError(error);
      }
    }
  }

  /** The labels of class folders; undefined where there are none. */
  async ofClassFolders(folder: vscode.Uri): Promise<GivenLabels | undefined> {
    return this.ofClasses(await this.#parts.layouts.of([folder.fsPath]));
  }

  /** The labels of the classes of folders; undefined where there are none. */
  async ofClasses(laidOut: LaidOut): Promise<GivenLabels | undefined> {
    const images = imagesOf(laidOut);
    const classes = await classesOf(this.#parts.engine, images);
    return classes.length === 0 ? undefined : labelsOfClasses(classes.map(targetOfClass), images);
  }

  /** The labels of the class folders of a folder that was chosen for them. */
  async #ofFolder(folder: vscode.Uri): Promise<GivenLabels> {
    const given = await this.ofClassFolders(folder);
    if (given) return given;
    const name = basename(folder.fsPath);
    throw new SemapError('invalid-labels', phrase('{0} has no subfolders with images.', name), {
      hint: phrase('Choose a folder whose subfolders are the classes, or type the labels.'),
    });
  }

  /** The labels in a text that a person typed. */
  async ofText(text: string, name: string, near?: vscode.Uri): Promise<GivenLabels> {
    const { targets, problems } = await this.#parts.engine.call('readLabels', {
      names: parseLabelList(text),
    });
    const given = { targets, problems, name, near };
    return { ...given, origin: namesOf(given) };
  }

  #listItem({ file, names }: NearbyLabels): SourceItem {
    const name = basename(file.fsPath);
    const place = vscode.workspace.asRelativePath(file);
    return {
      icon: 'tag',
      label: originOf(names.length, name),
      ...(place !== name && { description: place }),
      detail: namesOf({ targets: names.map((one) => ({ name: one })) }),
      read: () => this.#ofList(names, file),
    };
  }

  #otherSources(wanted: WantedLabels): readonly SourceItem[] {
    const { t } = vscode.l10n;
    const [first] = wanted.folders ?? [];
    const suggest: SourceItem = {
      icon: 'sparkle',
      label: t('Suggest from the Images...'),
      detail: t('The source labels that they look most like'),
      read: (ui) =>
        askForSuggestions(ui, wanted, this.#parts, (text, folders) => this.#suggested(text, folders)),
    };
    const type: SourceItem = {
      icon: 'edit',
      label: t('Type Labels...'),
      detail: t('Separated by commas'),
      read: async (ui) => {
        const text = await askLabelText(ui, wanted.typed);
        if (text === BACK || text === CANCEL) return text;
        const name = first === undefined ? 'labels' : basename(first);
        return this.ofText(text, name, first === undefined ? undefined : vscode.Uri.file(first));
      },
    };
    const folder: SourceItem = {
      icon: 'folder',
      label: t('Choose Folder...'),
      detail: t('Use its subfolders as labels'),
      read: async () => {
        const chosen = await pickFolder(
          t('Select a folder whose subfolders are the labels'),
          t('Use Class Folders'),
        );
        return chosen && this.#ofFolder(chosen);
      },
    };
    const file: SourceItem = {
      icon: 'file',
      label: t('Choose File...'),
      detail: t('A list with one label per line, a table, JSON, or YAML'),
      read: (ui) => this.#askFile(ui),
    };
    const alignment: SourceItem = {
      icon: 'combine',
      label: t('Labels of an Alignment...'),
      detail: t('Maps the labels of another alignment again'),
      read: (ui) => this.#askAlignment(ui),
    };
    return wanted.folders
      ? [suggest, type, file, folder, alignment]
      : [folder, file, type, alignment, suggest];
  }

  async #suggested(text: string, folders: readonly string[]): Promise<GivenLabels> {
    const given = await this.ofText(text, basename(folders[0]), vscode.Uri.file(folders[0]));
    return { ...given, folders };
  }

  async #askFile(ui: StepUi): Promise<Answer<GivenLabels | undefined>> {
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
      if (chosen === BACK || chosen === CANCEL) return chosen;
      read = readLabelFile(bytes, { name, column: chosen.label });
    }
    return this.#ofList(targetNames(read, name), file);
  }

  /** The labels in a file, by the names that it holds. */
  async #ofList(names: readonly string[], file: vscode.Uri): Promise<GivenLabels> {
    const { targets, problems } = await this.#parts.engine.call('readLabels', { names });
    const name = basename(file.fsPath);
    const origin = originOf(targets.length, name);
    return { targets, problems, name: name.replace(/\.[^.]+$/, ''), origin, near: file };
  }

  async #askAlignment(ui: StepUi): Promise<Answer<GivenLabels>> {
    const load = async () => {
      const entries = await Promise.all((await findAlignments(MOST_ALIGNMENTS)).map(readEntry));
      return entries.flatMap((entry) =>
        entry?.document ? [labelsOfAlignment(entry.document, entry.uri)] : [],
      );
    };
    const items = load().then((found) => {
      if (found.length === 0) {
        throw new SemapError('not-found', phrase('No alignments found in this workspace.'));
      }
      return found.map((given) => ({
        label: vscode.workspace.asRelativePath(given.near),
        description: given.origin,
        detail: namesOf(given),
        given,
      }));
    });
    const item = await ui.pick({
      placeholder: vscode.l10n.t('Which alignment has the labels?'),
      items,
    });
    return item === BACK || item === CANCEL ? item : item.given;
  }
}

function originOf(count: number, name: string): string {
  return plural(count, '{0} label from {1}', '{0} labels from {1}', name);
}
