import * as vscode from 'vscode';
import { fileSize } from '../../core/text/numbers.ts';
import { listed } from '../../core/text/text.ts';
import type { EncoderEntry } from '../../protocol/encoders.ts';
import { reveal } from '../files.ts';
import { say } from '../language.ts';
import { askModal, showInformation, showWarning, withProgress } from '../messages.ts';
import { type ListRow, pickOne } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';

interface Row extends ListRow {
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
    const install = { icon: 'cloud-download', label: t('Install Text Encoder...') };
    const rows = this.#engine
      .call('listEncoders', undefined)
      .then((entries): Row[] => [...entries.map(rowOf), install]);
    const row = await pickOne(rows, {
      title: t('SeMap: Text Encoders'),
      placeholder: t('Select a text encoder'),
      matchOnDetail: true,
    });
    if (!row) return;
    if (row.entry) await this.#act(row.entry);
    else await vscode.commands.executeCommand('semap.installTextEncoder');
  }

  async #act(entry: EncoderEntry): Promise<void> {
    const { t } = vscode.l10n;
    const actions: (ListRow & { run: () => Promise<unknown> })[] = [
      {
        icon: 'pass',
        label: t('Check'),
        detail: t('Load and run it, and verify its files'),
        run: () => this.#check(entry),
      },
      {
        icon: 'folder-opened',
        label: t('Reveal'),
        detail: entry.folder,
        run: () => reveal(vscode.Uri.file(entry.folder)),
      },
      {
        icon: 'trash',
        label: t('Delete'),
        detail: entry.bytes === undefined ? '' : t('Frees {0}', say(fileSize(entry.bytes))),
        run: () => this.#remove(entry),
      },
    ];
    const action = await pickOne(actions, { title: entry.name, ignoreFocusOut: true });
    await action?.run();
  }

  async #check({ name, folder }: EncoderEntry): Promise<void> {
    const { t } = vscode.l10n;
    const { dimension, sensible, damage, milliseconds } = await withProgress(t('Checking {0}', name), () =>
      this.#engine.call('checkEncoder', { encoder: folder }),
    );
    if (damage && damage.length > 0) {
      void showWarning(t('{0} works, but its files were modified: {1}.', name, say(listed(damage))));
    } else if (!sensible) {
      void showWarning(t('{0} runs, but "dog" is no closer to "puppy" than to "carburetor".', name));
    } else {
      const seconds = (milliseconds / 1000).toFixed(1);
      void showInformation(t('{0} works ({1} dimensions, loaded in {2} s).', name, dimension, seconds));
    }
  }

  async #remove({ name }: EncoderEntry): Promise<void> {
    const { t } = vscode.l10n;
    const remove = t('Delete');
    const chosen = await askModal(
      t('Delete the text encoder {0}?', name),
      [t('Alignments made with it are kept.')],
      remove,
    );
    if (chosen === remove) await this.#engine.call('removeEncoder', { name });
  }
}

function rowOf(entry: EncoderEntry): Row {
  const { name, kind, dtype, bytes, problem } = entry;
  return problem
    ? { icon: 'warning', label: name, detail: say(problem.message), entry }
    : {
        label: name,
        description: say(fileSize(bytes ?? 0)),
        detail: [
          kind === 'text-tower'
            ? vscode.l10n.t('Text tower of an image-text model')
            : vscode.l10n.t('Sentence encoder'),
          dtype,
        ].join(' · '),
        entry,
      };
}
