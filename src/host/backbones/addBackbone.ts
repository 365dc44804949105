import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { showInformation, withProgress } from '../messages.ts';
import { pickFiles, pickOne } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { BackboneLibrary } from './backboneLibrary.ts';
import { withDescription } from './describeBackbone.ts';

/** `SeMap: Add Backbone...`: from a file, a folder as Hugging Face has them, or the hub. */
export class AddBackbone {
  readonly #engine: Engine;
  readonly #library: BackboneLibrary;

  constructor(engine: Engine, library: BackboneLibrary) {
    this.#engine = engine;
    this.#library = library;
  }

  /** @param uris files and folders to add; asked for when there are none */
  async run(uris: readonly vscode.Uri[]): Promise<void> {
    const wanted = uris.length > 0 ? uris : await askFor();
    for (const uri of wanted) {
      const path = await modelOf(uri.fsPath);
      if (path !== undefined) await this.addFile(path, uri.fsPath);
    }
  }

  /**
   * Takes a model into the list once it is known to be a usable classifier.
   * @param chosen what the person named: a folder may be named by itself
   */
  async addFile(path: string, chosen = path): Promise<void> {
    const { t } = vscode.l10n;
    const added = await withDescription(this.#engine, path, async () =>
      withProgress(t('Reading {0}', basename(chosen)), () =>
        this.#engine.call('describeBackbone', { backbone: path }),
      ),
    );
    if (!added) return;
    await this.#library.add(added.path);
    const use = t('Set Active');
    const pressed = await showInformation(
      t(
        'Added {0} ({1} source labels).',
        added.name,
        added.labelSpace.labels.length.toLocaleString(vscode.env.language),
      ),
      use,
    );
    const entry = pressed === use && (await this.#library.list()).find((one) => one.path === added.path);
    if (entry) await this.#library.setActive(entry);
  }
}

async function askFor(): Promise<readonly vscode.Uri[]> {
  const { t } = vscode.l10n;
  const item = await pickOne(
    [
      {
        icon: 'file',
        label: t('From a File...'),
        detail: t('An ONNX image classifier. The file stays where it is.'),
        from: 'file' as const,
      },
      {
        icon: 'folder',
        label: t('From a Folder...'),
        detail: t('Laid out as on Hugging Face: config.json, preprocessor_config.json, onnx/model.onnx'),
        from: 'folder' as const,
      },
      {
        icon: 'cloud-download',
        label: t('From the Hub...'),
        detail: t('A well-known backbone, or any repository by name'),
        from: 'hub' as const,
      },
    ],
    { title: t('SeMap: Add Backbone'), placeholder: t('Select where the backbone comes from') },
  );
  if (!item) return [];
  if (item.from === 'hub') {
    await vscode.commands.executeCommand('semap.getBackbone');
    return [];
  }
  const picked = await pickFiles({
    title: t('Add Backbone'),
    openLabel: t('Add'),
    canSelectMany: item.from === 'file',
    ...(item.from === 'file'
      ? { filters: { [t('ONNX models')]: ['onnx'] } }
      : { canSelectFiles: false, canSelectFolders: true }),
  });
  return picked ?? [];
}

/** The model that a dropped or chosen thing means; of several different ones in a folder, the person says which. */
async function modelOf(path: string): Promise<string | undefined> {
  const state = await stat(path).catch(() => undefined);
  if (!state?.isDirectory()) return path;
  const found: string[] = [];
  for (const below of ['', 'onnx']) {
    const names = await readdir(join(path, below)).catch(() => []);
    const models = names.filter((name) => name.toLowerCase().endsWith('.onnx'));
    // The usual name; what lies beside it are other precisions.
    if (models.includes('model.onnx')) return join(path, below, 'model.onnx');
    found.push(...models.map((name) => join(below, name)));
  }
  const { t } = vscode.l10n;
  if (found.length === 0) {
    throw new SemapError('not-found', phrase('No ONNX file in {0}.', path), {
      hint: phrase('Select a folder that contains model.onnx or onnx/model.onnx.'),
    });
  }
  if (found.length === 1) return join(path, found[0]);
  const models = found.map((label) => ({ label }));
  const chosen = await pickOne(models, {
    title: t('SeMap: Add Backbone'),
    placeholder: t('Select one of the {0} models in {1}', found.length, basename(path)),
  });
  return chosen === undefined ? undefined : join(path, chosen.label);
}
