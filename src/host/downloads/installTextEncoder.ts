import * as vscode from 'vscode';
import { KNOWN_ENCODERS } from '../../core/encoders/catalogue.ts';
import type { EncoderVariant } from '../../core/encoders/variants.ts';
import type { EncoderCheck } from '../../protocol/encoders.ts';
import { showInformation, showWarning } from '../messages.ts';
import { pickOne } from '../questions.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { askModelFolder, askRepository, InstallModel } from './installModel.ts';
import type { ModelDownloads, ModelWish } from './modelDownloads.ts';

/** `SeMap: Install Text Encoder...`: which one, how large, progress with Cancel, and a check that it runs. */
export class InstallTextEncoder {
  readonly #install: InstallModel<EncoderVariant, EncoderCheck>;

  constructor(engine: Engine, downloads: ModelDownloads<EncoderVariant>) {
    this.#install = new InstallModel({
      downloads,
      askFolder,
      check: (folder) => engine.call('checkEncoder', { encoder: folder }),
      done: tellInstalled,
    });
  }

  /**
   * @param wish what to install; asked for when absent
   * @returns the folder of the installed encoder; undefined when the person stopped
   */
  async run(wish?: ModelWish): Promise<string | undefined> {
    const wanted = wish ?? (await askWish());
    return wanted && this.#install.run(wanted);
  }
}

function tellInstalled(title: string, { dimension, sensible }: EncoderCheck): void {
  const { t } = vscode.l10n;
  const text = sensible
    ? t(
        '{0} is installed and runs: embeddings of {1} numbers. It works offline from now on.',
        title,
        dimension,
      )
    : t(
        '{0} is installed and runs, but finds "dog" no nearer to "puppy" than to "carburetor". Is it a text encoder for English?',
        title,
      );
  void (sensible ? showInformation : showWarning)(text);
}

async function askWish(): Promise<ModelWish | undefined> {
  const { t } = vscode.l10n;
  const folderItem = {
    icon: 'folder',
    label: t('Install from Folder...'),
    detail: t('A clone, a snapshot or an unpacked archive: works without a network'),
    from: 'folder' as const,
  };
  const otherItem = {
    icon: 'globe',
    label: t('Other Repository...'),
    detail: t('Any text encoder for Transformers.js, by owner/name'),
    from: 'other' as const,
  };
  const items = [
    ...KNOWN_ENCODERS.map(({ id, title, repo, description }) => ({
      label: title,
      description: repo,
      detail: description,
      from: 'known' as const,
      id,
    })),
    { ...otherItem, id: '' },
    { ...folderItem, id: '' },
  ];
  const item = await pickOne(items, {
    title: t('SeMap: Install Text Encoder'),
    placeholder: t('Which one? The size is shown before anything is downloaded.'),
    ignoreFocusOut: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!item) return undefined;
  if (item.from === 'known') return { kind: 'hub', name: item.id };
  return item.from === 'folder'
    ? askFolder()
    : askRepository({
        title: t('SeMap: Install Text Encoder'),
        example: 'Xenova/clip-vit-base-patch32',
      });
}

function askFolder(): Promise<ModelWish | undefined> {
  return askModelFolder(vscode.l10n.t('Folder with config.json, tokenizer.json and onnx/'));
}
