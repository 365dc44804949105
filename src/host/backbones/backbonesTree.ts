import * as vscode from 'vscode';
import { channelsText } from '../../core/images/preprocessing.ts';
import { fileSize } from '../../core/text/numbers.ts';
import { listed } from '../../core/text/text.ts';
import type { BackboneDetails, BackboneEntry } from '../../protocol/backbones.ts';
import { describeError, showError } from '../errors.ts';
import { say } from '../language.ts';
import { abortedBy, rowOf, setTooltip } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { AddBackbone } from './addBackbone.ts';
import { backboneWords } from './askForBackbone.ts';
import type { BackboneLibrary } from './backboneLibrary.ts';

/** A row: a backbone, or why there are none. */
export type BackboneNode =
  | { readonly kind: 'backbone'; readonly entry: BackboneEntry }
  | { readonly kind: 'failed'; readonly message: string };

/** The Backbones view: all of them, the active one marked, damaged ones with their problem. */
export class BackbonesTree
  implements vscode.TreeDataProvider<BackboneNode>, vscode.TreeDragAndDropController<BackboneNode>
{
  readonly dropMimeTypes = ['text/uri-list'];
  readonly dragMimeTypes: readonly string[] = [];
  readonly #engine: Engine;
  readonly #library: BackboneLibrary;
  readonly #add: AddBackbone;
  readonly onDidChangeTreeData: vscode.Event<void>;

  constructor(engine: Engine, library: BackboneLibrary, add: AddBackbone) {
    this.#engine = engine;
    this.#library = library;
    this.#add = add;
    this.onDidChangeTreeData = library.onDidChange;
  }

  async getChildren(parent?: BackboneNode): Promise<BackboneNode[]> {
    if (parent) return [];
    try {
      const entries = [...(await this.#library.list())].sort((a, b) => rank(a) - rank(b));
      return entries.map((entry) => ({ kind: 'backbone', entry }));
    } catch (error) {
      return [{ kind: 'failed', message: describeError(error).message }];
    }
  }

  /** A list; a row of it can be revealed. */
  getParent(): undefined {
    return undefined;
  }

  async getTreeItem(node: BackboneNode): Promise<vscode.TreeItem> {
    if (node.kind === 'failed') {
      const item = rowOf({
        label: vscode.l10n.t('The engine is not running'),
        description: node.message,
        tooltip: [node.message],
      });
      item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
      item.command = { command: 'semap.restartEngine', title: vscode.l10n.t('Restart Engine') };
      return item;
    }
    const { entry } = node;
    const { problem } = entry;
    const active = (await this.#library.active()) === entry;
    const item = rowOf({ label: entry.name, description: descriptionOf(entry, active) });
    item.id = entry.path;
    item.resourceUri = vscode.Uri.file(entry.path);
    item.iconPath = icon(entry, active);
    item.contextValue = [
      'backbone',
      ...(problem ? ['damaged'] : ['usable']),
      ...(problem?.reason === 'needs-description' ? ['undescribed'] : []),
      ...(this.#library.isAdded(entry) || entry.installed ? ['added'] : []),
      ...(active ? ['active'] : []),
    ].join(' ');
    return item;
  }

  /** The tooltip, when the person hovers: what is slow to find out comes with it. */
  async resolveTreeItem(
    item: vscode.TreeItem,
    node: BackboneNode,
    token: vscode.CancellationToken,
  ): Promise<vscode.TreeItem> {
    if (node.kind === 'failed') return item;
    const { path, description } = node.entry;
    const details =
      description &&
      (await this.#engine
        .call('backboneDetails', { backbone: path }, { signal: abortedBy(token) })
        .catch(() => undefined));
    setTooltip(item, backboneTooltip(node.entry, details));
    return item;
  }

  /** ONNX files and folders of models, from the Explorer or the desktop. */
  async handleDrop(_: BackboneNode | undefined, data: vscode.DataTransfer): Promise<void> {
    const list = (await data.get('text/uri-list')?.asString()) ?? '';
    const uris = list
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => vscode.Uri.parse(line.trim()))
      .filter(({ scheme }) => scheme === 'file' || scheme === 'vscode-remote')
      .map((uri) => (uri.scheme === 'file' ? uri : vscode.Uri.file(uri.path)));
    try {
      if (uris.length > 0) await this.#add.run(uris);
    } catch (error) {
      await showError(error);
    }
  }
}

function descriptionOf(entry: BackboneEntry, active: boolean): string {
  if (entry.problem?.reason === 'needs-description') return vscode.l10n.t('needs a description');
  return entry.problem ? say(entry.problem.message) : backboneWords(entry, active);
}

/** Usable ones first, then those that lack a description, then damaged ones; the embedded one before all. */
function rank({ embedded, problem }: BackboneEntry): number {
  if (embedded) return 0;
  if (!problem) return 1;
  return problem.reason === 'needs-description' ? 2 : 3;
}

function icon({ problem }: BackboneEntry, active: boolean): vscode.ThemeIcon {
  if (problem?.reason === 'needs-description') return new vscode.ThemeIcon('question');
  if (problem) return new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  return active ? new vscode.ThemeIcon('pass-filled') : new vscode.ThemeIcon('circle-large-outline');
}

/** All there is to say about a backbone, a fact a line. */
export function backboneTooltip(entry: BackboneEntry, details?: BackboneDetails): readonly string[] {
  const { t } = vscode.l10n;
  const { name, path, problem, description, embedded, installed } = entry;
  const lines = [name];
  if (problem) lines.push(say(problem.message), problem.hint ? say(problem.hint) : '');
  if (description) {
    const { input, labelSpace, bytes, output, text } = description;
    lines.push(
      text
        ? t('Source labels: any, read by the text encoder {0}', text.name)
        : t(
            'Source labels: {0} ({1})',
            labelSpace.labels.length.toLocaleString(vscode.env.language),
            labelSpace.name,
          ),
      t(
        'Input: {0} x {1} px, {2} {3}, {4}',
        input.width,
        input.height,
        input.type,
        input.layout.toUpperCase(),
        channelsText(input.preprocessing.channels),
      ),
      text
        ? t('Output: embedding of {0} numbers', text.width)
        : output === 'sigmoid'
          ? t('Output: sigmoids. Several labels may apply, and SeMap takes the strongest.')
          : t('Output: {0}', output),
      sizeLine(bytes, details),
    );
  }
  if (details) {
    lines.push(
      promptLine(details),
      details.licence === undefined ? t('License: not stated') : t('License: {0}', details.licence),
      devicesLine(details),
    );
    if (details.stated.length > 0)
      lines.push(t('Described by {0}', say(listed(details.stated.map((from) => say(from))))));
    lines.push(...details.notes.map((note) => say(note)));
    if (details.source) lines.push(t('Source: {0}', details.source));
  }
  lines.push(embedded ? t('Comes with SeMap') : installed ? t('Installed by SeMap') : '', path);
  return lines.filter((line) => line !== '');
}

function sizeLine(bytes: number, details: BackboneDetails | undefined): string {
  const { t } = vscode.l10n;
  const { parameters } = details ?? {};
  const size = say(fileSize(bytes));
  if (!parameters) return t('Size: {0}', size);
  return parameters < 1e6
    ? t('Size: {0}, {1} parameters', size, parameters.toLocaleString(vscode.env.language))
    : t('Size: {0}, {1} million parameters', size, (parameters / 1e6).toPrecision(3));
}

function promptLine({ promptable, whyNotPromptable }: BackboneDetails): string {
  const { t } = vscode.l10n;
  if (promptable) return t('Visual prompts: can be trained');
  return whyNotPromptable === undefined
    ? t('Visual prompts: cannot be trained (the graph cannot be read)')
    : t('Visual prompts: cannot be trained ({0})', say(whyNotPromptable));
}

function devicesLine({ devices }: BackboneDetails): string {
  const { t } = vscode.l10n;
  if (devices.length === 0) return t('Devices: not tested yet. Run SeMap: Check Engine.');
  const words = devices.map(({ provider, works, reason }) =>
    works ? provider : `${provider}: ${say(reason)}`,
  );
  return t('Devices: {0}', words.join('; '));
}
