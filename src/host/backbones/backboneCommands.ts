import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { askForBackbone } from './askForBackbone.ts';
import type { BackboneLibrary } from './backboneLibrary.ts';
import type { BackboneNode } from './backbonesTree.ts';
import { backboneTitle, describeBackbone, pickBackboneFile, withDescription } from './describeBackbone.ts';

/** The commands about backbones, from the palette, the view and error messages. */
export class BackboneCommands {
  readonly #engine: Engine;
  readonly #library: BackboneLibrary;

  constructor(engine: Engine, library: BackboneLibrary) {
    this.#engine = engine;
    this.#library = library;
  }

  /** Takes an ONNX file (asked for when absent) into the list once it is known to be a usable classifier. */
  async add(file?: vscode.Uri): Promise<void> {
    const path = file?.fsPath ?? (await pickBackboneFile());
    if (path === undefined) return;
    const added = await withDescription(this.#engine, path, () =>
      this.#engine.call('describeBackbone', { backbone: path }),
    );
    if (!added) return;
    await this.#library.add(path);
    const use = vscode.l10n.t('Use It');
    const chosen = await vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is added: {1} source labels.', backboneTitle(path), added.labelSpace.labels.length),
      use,
    );
    const entry = chosen === use && (await this.#library.list()).find((one) => one.path === path);
    if (entry) await this.#library.setActive(entry);
  }

  async setActive(node?: BackboneNode): Promise<void> {
    const entry = await this.#entryOf(node, vscode.l10n.t('Which backbone is to be used first?'));
    if (entry) await this.#library.setActive(entry);
  }

  /** @param target a row of the view, or the name or path that an error was about */
  async describe(target?: BackboneNode | string): Promise<void> {
    const backbone =
      typeof target === 'string'
        ? target
        : (await this.#entryOf(target, vscode.l10n.t('Which backbone is to be described?')))?.path;
    if (backbone === undefined) return;
    if (await describeBackbone(this.#engine, backbone)) this.#library.refresh();
  }

  async check(node?: BackboneNode): Promise<void> {
    const entry = await this.#entryOf(node, vscode.l10n.t('Which backbone is to be checked?'));
    if (!entry) return;
    const { milliseconds } = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Checking {0}', entry.name) },
      () => this.#engine.call('checkBackbone', { backbone: entry.path }),
    );
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} runs: one image in {1} ms.', entry.name, milliseconds.toFixed(1)),
    );
  }

  async remove(node?: BackboneNode): Promise<void> {
    if (node?.kind === 'backbone') await this.#library.remove(node.entry.path);
  }

  uriOf(node: BackboneNode): vscode.Uri {
    if (node?.kind === 'backbone') return vscode.Uri.file(node.entry.path);
    throw new SemapError(
      'invalid-argument',
      vscode.l10n.t('This command belongs to a row of the Backbones view.'),
    );
  }

  async #entryOf(node: BackboneNode | undefined, placeholder: string) {
    if (node?.kind === 'backbone') return node.entry;
    const entry = await askForBackbone(this.#library, new StepUi('SeMap', 1, false), placeholder);
    return entry === BACK || entry === CANCEL ? undefined : entry;
  }
}
