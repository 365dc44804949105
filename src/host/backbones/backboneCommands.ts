import * as vscode from 'vscode';
import { SemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { type CommandTable, urisOf } from '../commands.ts';
import type { ModelWish } from '../downloads/modelDownloads.ts';
import { copyPath, reveal } from '../files.ts';
import { askModal, showInformation, withProgress } from '../messages.ts';
import { BACK, CANCEL, StepUi } from '../multiStep.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { AddBackbone } from './addBackbone.ts';
import { askForBackbone } from './askForBackbone.ts';
import type { BackboneLibrary } from './backboneLibrary.ts';
import type { BackboneNode } from './backbonesTree.ts';
import { describeBackbone } from './describeBackbone.ts';
import type { GetBackbone } from './getBackbone.ts';
import { askTrialImage, showTrial } from './tryBackbone.ts';

interface BackboneCommandsParts {
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly add: Pick<AddBackbone, 'run'>;
  readonly get: Pick<GetBackbone, 'run'>;
}

/** The commands about backbones, from the palette, the view and error messages. */
export class BackboneCommands {
  readonly #engine: Engine;
  readonly #library: BackboneLibrary;
  readonly commands: CommandTable<'backbones'>;

  constructor({ engine, library, add, get }: BackboneCommandsParts) {
    this.#engine = engine;
    this.#library = library;
    this.commands = {
      'semap.addBackbone': (file?: unknown, selection?: unknown) => add.run(urisOf(file, selection)),
      'semap.getBackbone': (wish?: ModelWish) => get.run(wish),
      'semap.setActiveBackbone': (node?: BackboneNode) => this.setActive(node),
      'semap.tryBackbone': (node?: BackboneNode) => this.try(node),
      'semap.describeBackbone': (target?: BackboneNode | string) => this.describe(target),
      'semap.checkBackbone': (node?: BackboneNode) => this.check(node),
      'semap.removeBackbone': (node?: BackboneNode) => this.remove(node),
      'semap.revealBackbone': (node: BackboneNode) => reveal(this.uriOf(node)),
      'semap.copyBackbonePath': (node: BackboneNode) => copyPath(this.uriOf(node)),
      'semap.refreshBackbones': () => library.refresh(),
    };
  }

  async setActive(node?: BackboneNode): Promise<void> {
    const entry = await this.#entryOf(node, vscode.l10n.t('Select the active backbone'));
    if (entry) await this.#library.setActive(entry);
  }

  /** @param target a row of the view, or the name or path that an error was about */
  async describe(target?: BackboneNode | string): Promise<void> {
    const backbone =
      typeof target === 'string'
        ? target
        : (await this.#entryOf(target, vscode.l10n.t('Select a backbone to describe')))?.path;
    if (backbone === undefined) return;
    if (await describeBackbone(this.#engine, backbone)) this.#library.refresh();
  }

  async check(node?: BackboneNode): Promise<void> {
    const entry = await this.#entryOf(node, vscode.l10n.t('Select a backbone to check'));
    if (!entry) return;
    const { milliseconds } = await withProgress(vscode.l10n.t('Checking {0}', entry.name), () =>
      this.#engine.call('checkBackbone', { backbone: entry.path }),
    );
    void showInformation(
      vscode.l10n.t('{0} works. One image takes {1} ms.', entry.name, milliseconds.toFixed(1)),
    );
  }

  /** Shows the five best source labels of an image. Another reading that is right becomes the description. */
  async try(node?: BackboneNode): Promise<void> {
    const { t } = vscode.l10n;
    const entry = await this.#entryOf(node, t('Select a backbone to test'));
    if (!entry) return;
    const ui = new StepUi(t('SeMap: Test {0} on an Image', entry.name));
    for (;;) {
      const image = await askTrialImage(ui, entry.name, false);
      if (image === BACK || image === CANCEL || image === undefined) return;
      const verdict = await showTrial(this.#engine, ui, { backbone: entry.path, image }, t('Looks Right'));
      if (verdict === 'another') continue;
      if (verdict === BACK || verdict === CANCEL || verdict.kind === 'right') return;
      const sidecar = { preprocessing: verdict.preprocessing };
      await this.#engine.call('describeBackbone', { backbone: entry.path, sidecar, remember: true });
      this.#library.refresh();
      void showInformation(
        t('Updated the description of {0}. Earlier results will not be reused.', entry.name),
      );
      return;
    }
  }

  /** Takes a backbone off the list. The files are deleted only where SeMap put them. */
  async remove(node?: BackboneNode): Promise<void> {
    if (node?.kind !== 'backbone') return;
    const { t } = vscode.l10n;
    const { entry } = node;
    const remove = entry.installed ? t('Delete') : t('Remove from List');
    const chosen = await askModal(
      entry.installed
        ? t('Delete the backbone {0}?', entry.name)
        : t('Remove {0} from the list of backbones?', entry.name),
      [
        entry.installed
          ? t('This deletes {0}. Alignments that use the backbone are kept.', entry.path)
          : t('The file is not deleted: {0}', entry.path),
      ],
      remove,
    );
    if (chosen !== remove) return;
    if (entry.installed) await this.#engine.call('removeBackbone', { backbone: entry.path });
    await this.#library.remove(entry.path);
  }

  uriOf(node: BackboneNode): vscode.Uri {
    if (node?.kind === 'backbone') return vscode.Uri.file(node.entry.path);
    throw new SemapError('invalid-argument', phrase('Run this command on a backbone in the Backbones view.'));
  }

  async #entryOf(node: BackboneNode | undefined, placeholder: string) {
    if (node?.kind === 'backbone') return node.entry;
    const entry = await askForBackbone(
      this.#library,
      new StepUi(vscode.l10n.t('SeMap: Backbones')),
      placeholder,
    );
    return entry === BACK || entry === CANCEL ? undefined : entry;
  }
}
