import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument, AlignmentMethod } from '../../core/documents/alignment.ts';
import { alignmentWarnings } from '../../core/documents/alignmentBuilding.ts';
import { SemapError } from '../../core/errors.ts';
import { LABEL_LIST_LIMIT, parseLabelList } from '../../core/labels/labelList.ts';
import type { BackboneEntry } from '../../protocol/engineApi.ts';
import { askForBackbone } from '../backbones/askForBackbone.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { withDescription } from '../backbones/describeBackbone.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import { type Answer, BACK, CANCEL, runWizard, type StepUi, type WizardStep } from '../multiStep.ts';
import { abortedBy } from '../progress.ts';
import type { Settings } from '../settings.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { ActiveAlignment } from './activeAlignment.ts';
import { alignmentFolder, writeAlignment } from './alignmentFiles.ts';

/** What an alignment is made from. */
export interface AlignmentWish {
  readonly labels: readonly string[];
  /** What the document is named after. */
  readonly name: string;
  /** What it belongs to: its workspace folder gets the document. */
  readonly near?: vscode.Uri;
  readonly backbone: BackboneEntry;
  readonly method: AlignmentMethod;
  readonly k?: number;
  /** It is made on the way to a classification: only what is amiss is worth a message. */
  readonly onTheWay?: boolean;
}

interface Answers {
  source?: 'folder' | 'file' | 'typed';
  labels?: readonly string[];
  name?: string;
  near?: vscode.Uri;
  backbone?: BackboneEntry;
  method?: AlignmentMethod;
  k?: number;
}

interface AlignLabelsParts {
  readonly engine: Engine;
  readonly settings: Settings;
  readonly library: BackboneLibrary;
  readonly datasets: DatasetsTree;
  readonly active: ActiveAlignment;
}

const DEFAULT_K = 5;

/** `SeMap: Align Labels`: asks for labels, backbone and method, and makes the alignment document. */
export class AlignLabels {
  readonly #parts: AlignLabelsParts;

  constructor(parts: AlignLabelsParts) {
    this.#parts = parts;
  }

  /** @param folder a dataset whose class folders are the labels; asked for when absent */
  async ask(folder?: vscode.Uri): Promise<vscode.Uri | undefined> {
    const answers: Answers = folder ? await this.#labelsOfFolder(folder) : {};
    const steps: WizardStep<Answers>[] = [
      { when: () => folder === undefined, ask: (state, ui) => this.#askSource(state, ui) },
      { when: ({ source }) => source === 'typed', ask: askTyped },
      { ask: (state, ui) => this.#askBackbone(state, ui) },
      { ask: (state, ui) => this.#askMethod(state, ui) },
      { when: ({ method }) => method === 'semap-k', ask: askK },
    ];
    if (!(await runWizard(vscode.l10n.t('SeMap: Align Labels'), steps, answers))) return undefined;
    const { labels, name, backbone, method } = answers;
    if (!labels || name === undefined || !backbone || !method) return undefined;
    return this.make({ ...answers, labels, name, backbone, method });
  }

  /** Makes, writes and shows an alignment document. Undefined when the person stopped it. */
  async make(wish: AlignmentWish): Promise<vscode.Uri | undefined> {
    const document = await this.align(wish);
    if (!document) return undefined;
    const uri = await writeAlignment(document, wish.backbone, alignmentFolder(wish.near), wish.name);
    if (!uri) return undefined;
    await this.#parts.active.show(uri);
    await vscode.window.showTextDocument(uri, { preview: false });
    await vscode.commands.executeCommand('semap.alignment.focus', { preserveFocus: true });
    void report(document, uri, wish);
    return uri;
  }

  /** Has the engine align the labels, with progress and Cancel; asks for what it does not know of the backbone. */
  async align({ labels, backbone, method, k }: AlignmentWish): Promise<AlignmentDocument | undefined> {
    const { engine } = this.#parts;
    const names = [...new Set(labels.map((label) => label.trim()))].filter((label) => label !== '');
    if (names.length === 0) {
      throw new SemapError('invalid-labels', vscode.l10n.t('There are no target labels.'), {
        hint: vscode.l10n.t('Give at least one label, or a folder whose folders are the classes.'),
      });
    }
    return withDescription(engine, backbone.path, async () =>
      vscode.window.withProgress(
        {
          location: vscode.ProgressLocation.Notification,
          title: vscode.l10n.t('Aligning {0} labels with {1}', names.length, backbone.name),
          cancellable: true,
        },
        (_, token) =>
          engine.call(
            'align',
            {
              targets: names.map((name) => ({ name })),
              backbone: backbone.path,
              method,
              ...(k === undefined ? {} : { k }),
            },
            { signal: abortedBy(token) },
          ),
      ),
    );
  }

  async #askSource(state: Answers, ui: StepUi): Promise<Answer<void>> {
    const { t } = vscode.l10n;
    const others = [
      {
        label: `$(folder) ${t('Choose Folder...')}`,
        detail: t('Its folders are the labels'),
        from: 'folder' as const,
      },
      {
        label: `$(file) ${t('From a Text or CSV File...')}`,
        detail: t('One label a line, or a column of a table'),
        from: 'file' as const,
      },
      {
        label: `$(edit) ${t('Type Labels...')}`,
        detail: t('With commas between them'),
        from: 'typed' as const,
      },
    ];
    const items = this.#parts.datasets.datasets().then((found) => [
      ...found.map(({ name, path, classes }) => ({
        label: `$(file-media) ${name}`,
        description: t('{0} class folders', classes),
        detail: vscode.workspace.asRelativePath(path),
        from: 'dataset' as const,
        path,
      })),
      ...others.map((item) => ({ ...item, path: undefined })),
    ]);
    const item = await ui.pick({ placeholder: t('Where do your labels come from?'), items });
    if (item === BACK || item === CANCEL) return item;
    if (item.from === 'typed') {
      state.source = 'typed';
      return undefined;
    }
    const read =
      item.path !== undefined
        ? await this.#labelsOfFolder(vscode.Uri.file(item.path))
        : item.from === 'file'
          ? await labelsOfFile()
          : await this.#chooseFolder();
    if (!read) return this.#askSource(state, ui);
    Object.assign(state, read);
    return undefined;
  }

  async #chooseFolder(): Promise<Answers | undefined> {
    const [folder] =
      (await vscode.window.showOpenDialog({
        title: vscode.l10n.t('Folder whose folders are the labels'),
        openLabel: vscode.l10n.t('Use Its Class Folders'),
        canSelectFiles: false,
        canSelectFolders: true,
      })) ?? [];
    return folder && this.#labelsOfFolder(folder);
  }

  async #labelsOfFolder(folder: vscode.Uri): Promise<Answers> {
    const classes = await this.#parts.engine.call('listClasses', { folder: folder.fsPath });
    if (classes.length === 0) {
      throw new SemapError(
        'invalid-labels',
        vscode.l10n.t('{0} has no class folders with images.', basename(folder.fsPath)),
        { hint: vscode.l10n.t('Choose a folder whose folders are the classes, or type the labels.') },
      );
    }
    return {
      source: 'folder',
      labels: classes.map(({ label }) => label),
      name: basename(folder.fsPath),
      near: folder,
    };
  }

  async #askBackbone(state: Answers, ui: StepUi): Promise<Answer<void>> {
    const { library } = this.#parts;
    const chosen = await askForBackbone(
      library,
      ui,
      vscode.l10n.t('Which backbone is to know these labels?'),
    );
    if (chosen === BACK || chosen === CANCEL) return chosen;
    state.backbone = chosen;
    return undefined;
  }

  async #askMethod(state: Answers, ui: StepUi): Promise<Answer<void>> {
    const { t } = vscode.l10n;
    const usual = state.method ?? this.#parts.settings.defaultMethod;
    const items: (vscode.QuickPickItem & { method: AlignmentMethod })[] = [
      {
        label: t('SeMap adaptive'),
        description: t('recommended'),
        detail: t('All source labels that are a kind of the label, otherwise those close enough'),
        method: 'semap',
      },
      { label: 'SeMap-1', detail: t('The most similar source label'), method: 'semap-1' },
      { label: 'SeMap-k', detail: t('The k most similar source labels'), method: 'semap-k' },
      {
        label: t('Random'),
        detail: t('By chance, with a seed: the baseline to compare with'),
        method: 'random',
      },
    ];
    const item = await ui.pick({
      placeholder: t('How are the labels mapped?'),
      items,
      active: ({ method }) => method === usual,
    });
    if (item === BACK || item === CANCEL) return item;
    state.method = item.method;
    return undefined;
  }
}

async function askTyped(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t('Your labels, with commas between them'),
    placeholder: t('dog, cat, bird'),
    ...(state.labels ? { value: state.labels.join(', ') } : {}),
    validate: (value) =>
      parseLabelList(value).some((label) => label.trim() !== '') ? undefined : t('At least one label.'),
  });
  if (text === BACK || text === CANCEL) return text;
  state.labels = parseLabelList(text);
  state.name = 'labels';
  return undefined;
}

async function askK(state: Answers, ui: StepUi): Promise<Answer<void>> {
  const { t } = vscode.l10n;
  const text = await ui.input({
    prompt: t('k: how many source labels each label gets'),
    value: String(state.k ?? DEFAULT_K),
    validate: (value) => {
      const k = Number(value);
      return Number.isInteger(k) && k >= 1 && k <= 1000 ? undefined : t('A whole number from 1 to 1000.');
    },
  });
  if (text === BACK || text === CANCEL) return text;
  state.k = Number(text);
  return undefined;
}

async function labelsOfFile(): Promise<Answers | undefined> {
  const { t } = vscode.l10n;
  const [file] =
    (await vscode.window.showOpenDialog({
      title: t('File with your labels'),
      openLabel: t('Use'),
      filters: { [t('Label lists')]: ['txt', 'csv', 'tsv'], [t('All files')]: ['*'] },
    })) ?? [];
  if (!file) return undefined;
  const name = basename(file.fsPath);
  if ((await stat(file.fsPath)).size > LABEL_LIST_LIMIT) {
    throw new SemapError('invalid-labels', t('{0} is too large for a list of labels.', name), {
      hint: t('Give a text file with one label a line.'),
    });
  }
  const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
  const labels = parseLabelList(text, /\.[ct]sv$/i.test(name) ? 'csv' : 'text');
  if (!labels.some((label) => label.trim() !== '')) {
    throw new SemapError('invalid-labels', t('{0} holds no labels.', name), {
      hint: t('Write one label a line.'),
    });
  }
  return { source: 'file', labels, name: name.replace(/\.[^.]+$/, ''), near: file };
}

/** Says what came out: where it is, what was left out, and what not to expect. */
async function report(
  document: AlignmentDocument,
  uri: vscode.Uri,
  { labels: given, onTheWay = false }: AlignmentWish,
): Promise<void> {
  const { t } = vscode.l10n;
  const blank = given.filter((label) => label.trim() === '').length;
  const duplicate = given.length - blank - new Set(given.map((l) => l.trim()).filter((l) => l !== '')).size;
  const { nothingFits, unmapped } = alignmentWarnings(document);
  const parts = [
    t('{0} maps {1} labels to {2}.', basename(uri.path), document.targets.length, document.backbone.name),
  ];
  if (blank > 0) {
    parts.push(blank === 1 ? t('1 blank label was left out.') : t('{0} blank labels were left out.', blank));
  }
  if (duplicate > 0) {
    parts.push(
      duplicate === 1 ? t('1 duplicate was left out.') : t('{0} duplicates were left out.', duplicate),
    );
  }
  if (nothingFits) {
    parts.push(
      t('Most of them have no close source label in this backbone; expect predictions near chance.'),
    );
  } else if (unmapped.length > 0) {
    parts.push(t('Without a source label, never predicted: {0}.', listed(unmapped)));
  }
  if (onTheWay) {
    if (parts.length > 1) void vscode.window.showWarningMessage(parts.join(' '));
    return;
  }
  const classify = t('Zero-Shot Classify...');
  const show = nothingFits ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  if ((await show(parts.join(' '), classify)) === classify) {
    await vscode.commands.executeCommand('semap.classify');
  }
}

function listed(labels: readonly string[]): string {
  const few = labels.slice(0, 5).join(', ');
  return labels.length > 5 ? `${few}, ...` : few;
}
