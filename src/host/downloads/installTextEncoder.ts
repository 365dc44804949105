import * as vscode from 'vscode';
import { KNOWN_ENCODERS } from '../../core/encoders/catalogue.ts';
import type { EncoderVariant } from '../../core/encoders/variants.ts';
import type { EncoderCheck } from '../../protocol/encoders.ts';
import { say } from '../language.ts';
import { showInformation, showWarning } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { ModelQuestion } from './askModel.ts';
import { InstallModel } from './installModel.ts';
import type { ModelDownloads } from './modelDownloads.ts';

/** `SeMap: Install Text Encoder...`: the choice, its size, progress with Cancel, and a test that it works. */
export function installTextEncoder(
  engine: Engine,
  downloads: ModelDownloads<EncoderVariant>,
): InstallModel<EncoderVariant, EncoderCheck> {
  return new InstallModel({
    downloads,
    question,
    check: (folder) => engine.call('checkEncoder', { encoder: folder }),
    done: showInstalled,
  });
}

function question(): ModelQuestion {
  const { t } = vscode.l10n;
  return {
    title: t('SeMap: Install Text Encoder'),
    placeholder: t('Select a text encoder. You see its size before anything is downloaded.'),
    known: KNOWN_ENCODERS.map(({ id, title, repo, description }) => ({
      id,
      label: title,
      description: repo,
      detail: say(description),
    })),
    other: t('Any text encoder for Transformers.js, by owner/name'),
    example: 'Xenova/clip-vit-base-patch32',
    folder: t('Folder with config.json, tokenizer.json and onnx/'),
  };
}

function showInstalled(title: string, { dimension, sensible }: EncoderCheck): void {
  const { t } = vscode.l10n;
  if (sensible) {
    void showInformation(
      t('{0} is installed and works ({1} dimensions). It needs no network from now on.', title, dimension),
    );
  } else {
    void showWarning(
      t(
        '{0} is installed, but "dog" is no closer to "puppy" than to "carburetor". It may not be a text encoder for English.',
        title,
      ),
    );
  }
}
