import * as vscode from 'vscode';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import { describeError } from '../errors.ts';
import { backboneWords } from './askForBackbone.ts';
import type { BackboneLibrary } from './backboneLibrary.ts';

/** A row: a backbone, or why there are none. */
export type BackboneNode =
  | { readonly kind: 'backbone'; readonly entry: BackboneEntry }
  | { readonly kind: 'failed'; readonly message: string };

/** The Backbones view: what is at hand, the active one marked, damaged ones with their problem. */
export class BackbonesTree implements vscode.TreeDataProvider<BackboneNode> {
  readonly #library: BackboneLibrary;
  readonly onDidChangeTreeData: vscode.Event<void>;

  constructor(library: BackboneLibrary) {
    this.#library = library;
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

  async getTreeItem(node: BackboneNode): Promise<vscode.TreeItem> {
    if (node.kind === 'failed') {
      const item = new vscode.TreeItem(vscode.l10n.t('The engine does not run'));
      item.description = node.message;
      item.tooltip = node.message;
      item.iconPath = new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
      item.command = { command: 'semap.restartEngine', title: vscode.l10n.t('Restart Engine') };
      return item;
    }
    const { entry } = node;
    const { problem } = entry;
    const active = (await this.#library.active()) === entry;
    const item = new vscode.TreeItem(entry.name);
    item.id = entry.path;
    item.resourceUri = vscode.Uri.file(entry.path);
    item.iconPath = icon(entry, active);
    item.contextValue = [
      'backbone',
      ...(problem ? ['damaged'] : ['usable']),
      ...(problem?.reason === 'needs-description' ? ['undescribed'] : []),
      ...(this.#library.isAdded(entry) ? ['added'] : []),
      ...(active ? ['active'] : []),
    ].join(' ');
    item.tooltip = tooltip(entry);
    item.description = descriptionOf(entry, active);
    item.accessibilityInformation = { label: `${entry.name}, ${item.description}` };
    return item;
  }
}

function descriptionOf(entry: BackboneEntry, active: boolean): string {
  if (entry.problem?.reason === 'needs-description') return vscode.l10n.t('needs a description');
  return entry.problem?.message ?? backboneWords(entry, active);
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

/** Plain text, since names and labels of a model are untrusted. */
function tooltip({ description, problem, path, name }: BackboneEntry): string {
  const { t } = vscode.l10n;
  if (problem)
    return [name, problem.message, problem.hint ?? '', path].filter((line) => line !== '').join('\n');
  if (!description) return `${name}\n${path}`;
  const { input, labelSpace, bytes, output } = description;
  return [
    name,
    t('Input: {0} x {1} px, {2} {3}', input.width, input.height, input.type, input.layout.toUpperCase()),
    t('Source labels: {0} ({1})', labelSpace.labels.length, labelSpace.name),
    t('Output: {0}', output),
    t('Size: {0} MB', (bytes / 1e6).toFixed(1)),
    path,
  ].join('\n');
}
