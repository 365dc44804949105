import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import type { Aggregation } from '../core/mapping/mapping.ts';
import { type MappingMethod, methodNames } from '../core/mapping/methods.ts';
import { DEVICE_CHOICES, type DeviceChoice } from '../protocol/device.ts';

/** Every setting, without `semap.`. */
export const SETTINGS = [
  'defaultBackbone',
  'defaultMethod',
  'aggregation',
  'aggregationAlpha',
  'promptTemplates',
  'device',
  'threads',
  'modelFolder',
  'backbones',
  'cacheSize',
  'keptResults',
  'engine.idleMinutes',
  'hubMirror',
] as const;

type SettingName = (typeof SETTINGS)[number];

/** What the person set under `semap.*`, read at every use. */
export class Settings {
  /** Folder of installed backbones; undefined = the extension's own storage. */
  get modelFolder(): string | undefined {
    return absolute(this.#text('modelFolder'));
  }

  /** ONNX files that were added one by one. */
  get backbones(): readonly string[] {
    return texts(this.#get<unknown>('backbones', []))
      .map(absolute)
      .filter((path) => path !== undefined);
  }

  /** Inference threads; 0 = all cores. */
  get threads(): number {
    return Math.floor(this.#number('threads', { least: 0, most: 1024, otherwise: 0 }));
  }

  /** The execution provider that the person set. */
  get device(): DeviceChoice {
    return DEVICE_CHOICES.find((one) => one === this.#get<string>('device', 'auto')) ?? 'auto';
  }

  /** What the cache of outputs may hold, in bytes; 0 = no limit. */
  get cacheBytes(): number {
    return Math.floor(this.#number('cacheSize', { least: 0, most: 10_000, otherwise: 5 }) * 1e9);
  }

  /** How many results without a name are kept; 0 = all. */
  get keptResults(): number {
    return Math.floor(this.#number('keptResults', { least: 0, most: 10_000, otherwise: 50 }));
  }

  /** Name or path of the backbone that is proposed first; empty = the embedded one. */
  get defaultBackbone(): string {
    return this.#text('defaultBackbone').trim();
  }

  get defaultMethod(): MappingMethod {
    const set = this.#text('defaultMethod');
    return methodNames.find((method) => method === set) ?? 'semap';
  }

  /** How new alignments aggregate; undefined = as the method has it. */
  get aggregation(): Aggregation | undefined {
    const kind = this.#get<string>('aggregation', 'log-mean-exp');
    if (kind === 'mean-logits' || kind === 'max') return { kind };
    const alpha = this.#number('aggregationAlpha', { least: 0, most: 2, otherwise: 1 });
    return alpha === 1 ? undefined : { kind: 'log-mean-exp', alpha };
  }

  /** What text encoders are given for a label; undefined = the usual template. */
  get promptTemplates(): readonly string[] | undefined {
    const templates = texts(this.#get<unknown>('promptTemplates', [])).filter((text) => text.includes('{}'));
    return templates.length > 0 ? templates : undefined;
  }

  /** Address of a mirror of the Hugging Face hub; empty = the hub itself. */
  get hubMirror(): string {
    return this.#text('hubMirror').trim();
  }

  /** 0 = never. */
  get engineIdleMs(): number {
    return this.#number('engine.idleMinutes', { least: 0, most: 1440, otherwise: 10 }) * 60_000;
  }

  /** Lists a file among {@link backbones}. */
  async addBackbone(path: string): Promise<void> {
    if (!this.backbones.includes(path)) await this.#changeBackbones((listed) => [...listed, path]);
  }

  /** Takes a file off the list of {@link backbones}, however it is written there. */
  async removeBackbone(path: string): Promise<void> {
    await this.#changeBackbones((listed) => listed.filter((one) => absolute(one) !== path));
  }

  /**
   * Where a workspace has a list of its own, the person's is not looked at: then that one is changed. Of a workspace that
   * is not trusted VS Code takes no backbones, and nothing is written into it.
   */
  async #changeBackbones(change: (listed: readonly string[]) => readonly string[]): Promise<void> {
    const configuration = this.#configuration();
    const { globalValue, workspaceValue } = configuration.inspect<unknown>('backbones') ?? {};
    const ofWorkspace = vscode.workspace.isTrusted ? workspaceValue : undefined;
    const target = ofWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
    await configuration.update('backbones', change(texts(ofWorkspace ?? globalValue)), target);
  }

  /** Sets {@link defaultBackbone} for the person, in all workspaces. */
  async setDefaultBackbone(name: string): Promise<void> {
    await this.#configuration().update('defaultBackbone', name, vscode.ConfigurationTarget.Global);
  }

  /** Where {@link defaultBackbone} is set, and to what, trusted or not: two of these differ where somebody changed it. */
  get defaultBackboneAsSet(): string {
    const { globalValue, workspaceValue, workspaceFolderValue } =
      this.#configuration().inspect<unknown>('defaultBackbone') ?? {};
    return JSON.stringify([globalValue, workspaceValue, workspaceFolderValue]);
  }

  /**
   * Calls `listener` when one of `names` changes. By value: in a remote window VS Code takes back what a person set for
   * their own computer with an event that does not name the setting.
   */
  onDidChange(names: readonly SettingName[], listener: () => void): vscode.Disposable {
    const values = () => JSON.stringify(names.map((name) => this.#get<unknown>(name, null)));
    let known = values();
    return vscode.workspace.onDidChangeConfiguration((event) => {
      const now = values();
      const changed = now !== known || names.some((name) => event.affectsConfiguration(`semap.${name}`));
      known = now;
      if (changed) listener();
    });
  }

  #configuration(): vscode.WorkspaceConfiguration {
    return vscode.workspace.getConfiguration('semap');
  }

  /** VS Code marks a value that is no number or beyond the range of the manifest, and hands it on as it is. */
  #number(
    name: SettingName,
    { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
  ): number {
    const value = this.#get<unknown>(name, otherwise);
    return typeof value === 'number' && !Number.isNaN(value)
      ? Math.min(most, Math.max(least, value))
      : otherwise;
  }

  /** As it is set, a text or not: a workspace may have it otherwise. */
  #text(name: SettingName): string {
    const value = this.#get<unknown>(name, '');
    return typeof value === 'string' ? value : '';
  }

  #get<T>(name: SettingName, otherwise: T): T {
    return this.#configuration().get<T>(name) ?? otherwise;
  }
}

/** The texts of a setting that should be a list of them. */
function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

/** `~` and paths relative to the first workspace folder made absolute; undefined when that cannot be. */
function absolute(path: string): string | undefined {
  const trimmed = path.trim();
  if (trimmed === '') return undefined;
  if (trimmed === '~' || /^~[/\\]/.test(trimmed)) return join(homedir(), trimmed.slice(1));
  if (isAbsolute(trimmed)) return trimmed;
  const folder = vscode.workspace.workspaceFolders?.[0];
  return folder ? join(folder.uri.fsPath, trimmed) : undefined;
}
