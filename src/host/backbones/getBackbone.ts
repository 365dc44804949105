import * as vscode from 'vscode';
import { KNOWN_BACKBONES, type KnownBackbone } from '../../core/backbones/catalogue.ts';
import type { ModelVariant } from '../../core/downloads/modelInstall.ts';
import { fileSize } from '../../core/text/numbers.ts';
import type { ModelQuestion } from '../downloads/askModel.ts';
import { InstallModel } from '../downloads/installModel.ts';
import type { ModelDownloads, ModelWish } from '../downloads/modelDownloads.ts';
import { say } from '../language.ts';
import type { AddBackbone } from './addBackbone.ts';

/** `SeMap: Download Backbone...`: downloads a well-known backbone or any other one, then adds it as a file. */
export class GetBackbone {
  readonly #install: InstallModel<ModelVariant, undefined>;
  readonly #add: AddBackbone;

  constructor(downloads: ModelDownloads<ModelVariant>, add: AddBackbone) {
    this.#add = add;
    this.#install = new InstallModel({ downloads, question, check: async () => undefined, done: () => {} });
  }

  /** @param wish what to get; asked for when absent */
  async run(wish?: ModelWish): Promise<void> {
    const folder = await this.#install.run(wish);
    if (folder !== undefined) await this.#add.run([vscode.Uri.file(folder)]);
  }
}

function question(): ModelQuestion {
  const { t } = vscode.l10n;
  return {
    title: t('SeMap: Download Backbone'),
    placeholder: t('Select a backbone. You see its exact size before anything is downloaded.'),
    known: KNOWN_BACKBONES.map((known) => ({
      id: known.id,
      label: known.title,
      description: knownWords(known),
      detail: [known.repo, known.licence, known.remark ? say(known.remark) : ''].filter(Boolean).join(' · '),
    })),
    other: t('Any image classifier with an ONNX file, by owner/name'),
    example: 'Xenova/resnet-50',
    folder: t('Folder with an ONNX model, config.json and preprocessor_config.json'),
  };
}

/** `10.2 MB · 67.7% on ImageNet-1k · fast` */
function knownWords({ bytes, accuracy, speed, imageText }: KnownBackbone): string {
  const { t } = vscode.l10n;
  const speeds = { fast: t('fast'), medium: t('medium speed'), slow: t('slow') };
  const measured = imageText
    ? t('{0}% on ImageNet-1k without training', accuracy)
    : t('{0}% on ImageNet-1k', accuracy);
  return [say(fileSize(bytes)), measured, speeds[speed]].join(' · ');
}
