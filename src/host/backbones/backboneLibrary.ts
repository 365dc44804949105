import { stat } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { AlignmentDocument } from '../../core/alignments/alignment.ts';
import { isSameBackbone } from '../../core/backbones/sameBackbone.ts';
import { modelName, namesApart, segmentsOf } from '../../core/downloads/modelNames.ts';
import { problemOf } from '../../core/errors.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import type { BackboneEntry } from '../../protocol/backbones.ts';
import { withProgress } from '../messages.ts';
import type { Settings } from '../settings.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrusted } from '../trust.ts';
import { ActiveChoice } from './activeChoice.ts';
import { withDescription } from './describeBackbone.ts';
import { workspaceModels } from './workspaceModels.ts';

/** All backbones: embedded, installed in the model folder, and added one by one. */
export class BackboneLibrary implements vscode.Disposable {
  readonly #engine: Engine;
  readonly #settings: Settings;
  readonly #choice: ActiveChoice;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #added = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;
  #entries: Promise<readonly BackboneEntry[]> | undefined;

  /** The list is to be read again, or another backbone is the active one. */
  readonly onDidChange = this.#changed.event;
  /** A person added one. */
  readonly onDidAdd = this.#added.event;

  /** @param memory of the workspace */
  constructor(engine: Engine, settings: Settings, memory: ConstructorParameters<typeof ActiveChoice>[0]) {
    this.#engine = engine;
    this.#settings = settings;
    this.#choice = new ActiveChoice(memory, settings);
    this.#listening = settings.onDidChange(['backbones', 'modelFolder', 'defaultBackbone'], () =>
      this.refresh(),
    );
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
    this.#added.dispose();
  }

  /** Forgets the list, so that the next look reads it again. */
  refresh(): void {
    this.#entries = undefined;
    this.#changed.fire();
  }

  /** Every backbone, damaged ones with their problem. */
  list(): Promise<readonly BackboneEntry[]> {
    if (!this.#entries) {
      const entries = this.#read();
      this.#entries = entries;
      entries.catch(() => {
        if (this.#entries === entries) this.#entries = undefined;
      });
    }
    return this.#entries;
  }

  /** Whether it was added by its file, so that it can be taken off the list. */
  isAdded({ path }: Pick<BackboneEntry, 'path'>): boolean {
    return this.#settings.backbones.includes(path);
  }

  /** The backbone that is proposed first: the one set, otherwise the embedded one. */
  async active(): Promise<BackboneEntry | undefined> {
    const entries = await this.list();
    const { wanted } = this.#choice;
    return (
      (wanted === ''
        ? undefined
        : (entries.find(({ name, path }) => path === wanted || name === wanted) ??
          // It was called so before another one of its name was added.
          entries.find(({ description }) => description?.name === wanted))) ??
      entries.find(({ embedded }) => embedded) ??
      entries[0]
    );
  }

  async setActive(entry: BackboneEntry): Promise<void> {
    // A name with a folder in it changes with the list.
    await this.#choice.choose(
      entry.name === (entry.description?.name ?? entry.name) ? entry.name : entry.path,
    );
    this.#changed.fire();
  }

  /**
   * Lists a file once it is known to be a usable classifier; asks for what it does not say. A copy of one that is in the list is
   * that one.
   * @param chosen what the person named: a folder may be named by itself
   * @returns undefined when the person stopped
   */
  async add(path: string, chosen = path): Promise<BackboneEntry | undefined> {
    const added = await withDescription(this.#engine, path, async () =>
      withProgress(vscode.l10n.t('Reading {0}', basename(chosen)), () =>
        this.#engine.call('describeBackbone', { backbone: path }),
      ),
    );
    if (!added) return undefined;
    const same = (await this.list()).find((one) => isSameBackbone(one, { description: added }));
    if (same && same.path !== added.path) return same;
    await this.#settings.addBackbone(added.path);
    this.refresh();
    this.#added.fire();
    return (await this.list()).find((one) => one.path === added.path);
  }

  /** What is doubtful in the description of a backbone. */
  async notes({ path }: BackboneEntry): Promise<readonly Text[]> {
    const inspection = await this.#engine.call('inspectBackbone', { backbone: path }).catch(() => undefined);
    return inspection?.notes ?? [];
  }

  /** Models of the workspace that could be added. */
  async addable(): Promise<readonly vscode.Uri[]> {
    return workspaceModels(
      this.#engine,
      (await this.list()).map(({ path }) => path),
    );
  }

  async remove(path: string): Promise<void> {
    await this.#settings.removeBackbone(path);
    this.refresh();
  }

  /**
   * What to call the engine with for a document's backbone: its path where that exists, otherwise that of an
   * installed one with the same content or name; undefined when there is none. In a workspace that is not trusted no
   * path of a document is looked at.
   * @throws {SemapError} `untrusted` where there is nothing but such a path, and for a document with a prompt or head
   */
  async resolve(document: AlignmentDocument, uri: vscode.Uri | undefined): Promise<string | undefined> {
    const { name, path, sha256 } = document.backbone;
    if (document.prompt !== undefined || document.head)
      mustBeTrusted(phrase('Trust the workspace to use the prompts and heads that its alignments name.'));
    if (path !== undefined && vscode.workspace.isTrusted) {
      const absolute = backbonePath(path, uri);
      if (absolute !== undefined && (await isFile(absolute))) return absolute;
    }
    const usable = (await this.list()).filter(({ problem }) => problem === undefined);
    const same = usable.find(({ description }) => description?.sha256 === sha256);
    if (same) return same.path;
    // One of the same name may be another than the one whose path was not looked at.
    if (path !== undefined) mustBeTrusted(phrase('Trust the workspace to use its backbones.'));
    // Of several of one name, none is more likely than the others.
    const named = usable.filter((entry) => entry.name === name || entry.description?.name === name);
    return named.length === 1 ? named[0].path : undefined;
  }

  async #read(): Promise<readonly BackboneEntry[]> {
    const installed = await this.#engine.call('listBackbones', {});
    const known = new Set(installed.map(({ path }) => path));
    const added = this.#settings.backbones.filter((path) => !known.has(path));
    const entries = [...installed, ...(await Promise.all(added.map((path) => this.#describe(path))))];
    const single = entries.filter(
      (entry, i) => entries.findIndex((one) => one === entry || isSameBackbone(one, entry)) === i,
    );
    const names = namesApart(
      single.map(({ name, path, embedded, description }) => ({
        name: embedded ? name : (description?.name ?? name),
        path,
        keeps: embedded,
      })),
    );
    return single.map((entry, i) => ({ ...entry, name: names[i] }));
  }

  async #describe(path: string): Promise<BackboneEntry> {
    const entry = { name: modelName(segmentsOf(path)), path, embedded: false };
    try {
      const description = await this.#engine.call('describeBackbone', { backbone: path });
      return { ...entry, name: description.name, description };
    } catch (error) {
      return { ...entry, problem: problemOf(error) };
    }
  }
}

/** A document's backbone path made absolute; undefined when the document lies in no folder. */
export function backbonePath(path: string, uri: vscode.Uri | undefined): string | undefined {
  if (isAbsolute(path)) return path;
  return uri?.scheme === 'file' ? resolve(uri.fsPath, '..', path) : undefined;
}

export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
