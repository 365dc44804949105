import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { say } from '../language.ts';
import { showInformation } from '../messages.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import { type ListRow, pickFiles, pickOne } from '../questions.ts';
import { manageTrust } from '../trust.ts';
import { addableRows } from './askForBackbone.ts';
import type { BackboneLibrary } from './backboneLibrary.ts';

/** Where a backbone may come from; a model of the workspace by its address. */
type Row = ListRow & {
  readonly from?: 'file' | 'folder' | 'hub';
  readonly uri?: vscode.Uri;
  readonly manageTrust?: true;
};

/** `SeMap: Add Backbone...`: from a file, a folder as Hugging Face has them, or the hub. */
export class AddBackbone {
  readonly #library: BackboneLibrary;

  constructor(library: BackboneLibrary) {
    this.#library = library;
  }

  /** @param uris files and folders to add; asked for when there are none */
  async run(uris: readonly vscode.Uri[]): Promise<void> {
    const wanted = uris.length > 0 ? uris : await this.#ask();
    for (const uri of wanted) {
      const path = await modelOf(uri.fsPath);
      if (path !== undefined) await this.#add(path, uri.fsPath);
    }
  }

  async #add(path: string, chosen: string): Promise<void> {
    const { t } = vscode.l10n;
    const added = await this.#library.add(path, chosen);
    if (!added) return;
    const count = added.description?.labelSpace.labels.length ?? 0;
    const use = t('Set Active');
    const correct = t('Describe Backbone...');
    const notes = await this.#library.notes(added);
    const message =
      added.path !== path
        ? t('This model is in the list already: {0}, {1}.', added.name, added.path)
        : added.description?.text
          ? t('Added {0}. It can be asked for any labels.', added.name)
          : t('Added {0} ({1} source labels).', added.name, count.toLocaleString(vscode.env.language));
    const pressed = await showInformation(
      [message, ...notes.map((note) => say(note))].join(' '),
      use,
      ...(notes.length > 0 ? [correct] : []),
    );
    if (pressed === use) await this.#library.setActive(added);
    if (pressed === correct) await vscode.commands.executeCommand('semap.describeBackbone', added.path);
  }

  async #ask(): Promise<readonly vscode.Uri[]> {
    const { t } = vscode.l10n;
    const rows: readonly (ListRow & {
      readonly from?: 'file' | 'folder' | 'hub';
      readonly uri?: vscode.Uri;
    })[] = [
      {
        icon: 'file',
        label: t('From a File...'),
        detail: t('An ONNX image classifier. The file stays where it is.'),
        from: 'file',
      },
      {
        icon: 'folder',
        label: t('From a Folder...'),
        detail: t('Laid out as on Hugging Face: config.json, preprocessor_config.json, onnx/model.onnx'),
        from: 'folder',
      },
      {
        icon: 'cloud-download',
        label: t('From the Hub...'),
        detail: t('A well-known backbone, or any repository by name'),
        from: 'hub',
      },
    ];
    const item = await new StepUi(t('SeMap: Add Backbone')).pick<Row>({
      placeholder: t('Select where the backbone comes from'),
      items: rows,
      more: addableRows(this.#library),
    });
    if (item === BACK || item === CANCEL) return [];
    if (item.uri) return [item.uri];
    if (item.manageTrust) {
      await manageTrust();
      return [];
    }
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
