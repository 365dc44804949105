import * as vscode from 'vscode';
import { KNOWN_BACKBONES, type KnownBackbone } from '../../core/backbones/catalogue.ts';
import type { ModelVariant } from '../../core/downloads/modelInstall.ts';
import { fileSize } from '../../core/text/numbers.ts';
import { askModelFolder, askRepository, InstallModel } from '../downloads/installModel.ts';
import type { ModelDownloads, ModelWish } from '../downloads/modelDownloads.ts';
import { say } from '../language.ts';
import { pickOne } from '../questions.ts';
import type { AddBackbone } from './addBackbone.ts';

/** `SeMap: Get Backbone...`: one of the well-known ones, downloaded on request only, then described as any other. */
export class GetBackbone {
  readonly #install: InstallModel<ModelVariant, undefined>;
  readonly #add: AddBackbone;

  constructor(downloads: ModelDownloads<ModelVariant>, add: AddBackbone) {
    this.#add = add;
    this.#install = new InstallModel({
      downloads,
      askFolder: askBackboneFolder,
      check: async () => undefined,
      done: () => {},
    });
  }

  /** @param wish what to get; asked for when absent */
  async run(wish?: ModelWish): Promise<void> {
    const wanted = wish ?? (await askWish());
    const folder = wanted && (await this.#install.run(wanted));
    if (folder !== undefined) await this.#add.run([vscode.Uri.file(folder)]);
  }
}

async function askWish(): Promise<ModelWish | undefined> {
  const { t } = vscode.l10n;
  const items = [
    ...KNOWN_BACKBONES.map((known) => ({
      label: known.title,
      description: knownWords(known),
      detail: [known.repo, known.licence, known.remark].filter(Boolean).join(', '),
      id: known.id,
    })),
    { label: '', kind: vscode.QuickPickItemKind.Separator, id: '' },
    {
      icon: 'globe',
      label: t('Other Repository...'),
      detail: t('Any image classifier with an ONNX file, by owner/name'),
      id: 'other',
    },
    {
      icon: 'folder',
      label: t('Install from Folder...'),
      detail: t('A clone, a snapshot or an unpacked archive: works without a network'),
      id: 'folder',
    },
  ];
  const item = await pickOne(items, {
    title: t('SeMap: Get Backbone'),
    placeholder: t('Which one? Nothing is downloaded before you have seen its exact size.'),
    ignoreFocusOut: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!item) return undefined;
  if (item.id === 'folder') return askBackboneFolder();
  if (item.id === 'other') {
    return askRepository({ title: t('SeMap: Get Backbone'), example: 'Xenova/resnet-50' });
  }
  return { kind: 'hub', name: item.id };
}

/** `10.2 MB, 67.7% on ImageNet-1k, fast` */
function knownWords({ bytes, accuracy, speed }: KnownBackbone): string {
  const { t } = vscode.l10n;
  const speeds = { fast: t('fast'), medium: t('medium speed'), slow: t('slow') };
  return t('{0}, {1}% on ImageNet-1k, {2}', say(fileSize(bytes)), accuracy, speeds[speed]);
}

function askBackboneFolder(): Promise<ModelWish | undefined> {
  return askModelFolder(vscode.l10n.t('Folder with an ONNX model, config.json and preprocessor_config.json'));
}
