import * as vscode from 'vscode';
import { formatBytes } from '../../core/downloads/progress.ts';
import type { EncoderEntry } from '../../protocol/encoders.ts';
import type { Engine } from '../supervisor/engineClient.ts';

interface Row extends vscode.QuickPickItem {
  readonly entry?: EncoderEntry;
}

/** `SeMap: Manage Text Encoders...`: what is installed, how large it is, and what can be done with it. */
export class ManageTextEncoders {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async run(): Promise<void> {
    const { t } = vscode.l10n;
    const install = { label: `$(cloud-download) ${t('Install Text Encoder...')}` };
    const rows = this.#engine
      .call('listEncoders', undefined)
      .then((entries): Row[] => [...entries.map(rowOf), install]);
    const row = await vscode.window.showQuickPick(rows, {
      title: t('SeMap: Text Encoders'),
      placeHolder: t('Installed text encoders'),
      matchOnDetail: true,
    });
    if (!row) return;
    if (row.entry) await this.#act(row.entry);
    else await vscode.commands.executeCommand('semap.installTextEncoder');
  }

  async #act(entry: EncoderEntry): Promise<void> {
    const { t } = vscode.l10n;
    const actions: (vscode.QuickPickItem & { run: () => Promise<unknown> })[] = [
      {
        label: `$(pass) ${t('Check')}`,
        detail: t('Load it, run it, and compare its files with what was installed'),
        run: () => this.#check(entry),
      },
      {
        label: `$(folder-opened) ${t('Reveal')}`,
        detail: entry.folder,
        run: async () => vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(entry.folder)),
      },
      {
        label: `$(trash) ${t('Delete')}`,
        detail: entry.bytes === undefined ? '' : t('Frees {0}', formatBytes(entry.bytes)),
        run: () => this.#remove(entry),
      },
    ];
    const action = await vscode.window.showQuickPick(actions, { title: entry.name });
    await action?.run();
  }

  async #check({ name, folder }: EncoderEntry): Promise<void> {
    const { t } = vscode.l10n;
    const { dimension, sensible, damage, milliseconds } = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: t('Checking {0}', name) },
      () => this.#engine.call('checkEncoder', { encoder: folder }),
    );
    if (damage && damage.length > 0) {
      void vscode.window.showWarningMessage(
        t('{0} runs, but its files were changed: {1}.', name, damage.join('; ')),
      );
    } else if (!sensible) {
      void vscode.window.showWarningMessage(
        t('{0} runs, but finds "dog" no nearer to "puppy" than to "carburetor".', name),
      );
    } else {
      const seconds = (milliseconds / 1000).toFixed(1);
      void vscode.window.showInformationMessage(
        t('{0} runs: embeddings of {1} numbers, ready in {2} s.', name, dimension, seconds),
      );
    }
  }

  async #remove({ name }: EncoderEntry): Promise<void> {
    const { t } = vscode.l10n;
    const remove = t('Delete');
    const chosen = await vscode.window.showWarningMessage(
      t('Delete the text encoder {0}?', name),
      { modal: true, detail: t('Alignments made with it stay as they are.') },
      remove,
    );
    if (chosen === remove) await this.#engine.call('removeEncoder', { name });
  }
}

function rowOf(entry: EncoderEntry): Row {
  const { name, kind, dtype, bytes, problem } = entry;
  return problem
    ? { label: `$(warning) ${name}`, detail: problem.message, entry }
    : {
        label: name,
        description: formatBytes(bytes ?? 0),
        detail: [
          kind === 'text-tower'
            ? vscode.l10n.t('Text tower of an image-text model')
            : vscode.l10n.t('Sentence encoder'),
          dtype,
        ].join(', '),
        entry,
      };
}
