import { basename } from 'node:path';
import * as vscode from 'vscode';
import { hostOf } from '../../core/downloads/failures.ts';
import { formatBytes } from '../../core/downloads/progress.ts';
import { KNOWN_ENCODERS } from '../../core/encoders/catalogue.ts';
import type { EncoderPlan } from '../../core/encoders/installEncoder.ts';
import type { EncoderVariant } from '../../core/encoders/variants.ts';
import { toSemapError } from '../../core/errors.ts';
import type { EncoderCheck } from '../../protocol/encoders.ts';
import { describeError } from '../errors.ts';
import { abortedBy } from '../progress.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type EncoderDownloads, type EncoderWish, ProgressSteps } from './encoderDownloads.ts';

const MIRROR_SETTING = 'semap.hubMirror';

/** `SeMap: Install Text Encoder...`: which one, how large, progress with Cancel, and a check that it runs. */
export class InstallTextEncoder {
  readonly #engine: Engine;
  readonly #downloads: EncoderDownloads;

  constructor(engine: Engine, downloads: EncoderDownloads) {
    this.#engine = engine;
    this.#downloads = downloads;
  }

  /**
   * @param wish what to install; asked for when absent
   * @returns the folder of the installed encoder; undefined when the person stopped
   */
  async run(wish?: EncoderWish): Promise<string | undefined> {
    const wanted = wish ?? (await askWish());
    if (!wanted) return undefined;
    try {
      const plan = await this.#plan(wanted);
      const variant = plan && (await askVariant(plan));
      if (!plan || !variant) return undefined;
      return await this.#install(plan, variant, wanted);
    } catch (error) {
      return this.#failed(error, wanted);
    }
  }

  #plan(wish: EncoderWish): Promise<EncoderPlan | undefined> {
    const title =
      wish.kind === 'folder'
        ? vscode.l10n.t('Looking at {0}', basename(wish.folder))
        : vscode.l10n.t('Asking how large {0} is', wish.encoder);
    return Promise.resolve(
      vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title, cancellable: true },
        async (_, token) => unlessCancelled(this.#downloads.plan(wish, abortedBy(token))),
      ),
    );
  }

  async #install(plan: EncoderPlan, variant: EncoderVariant, wish: EncoderWish): Promise<string | undefined> {
    const { t } = vscode.l10n;
    // One notification for both steps: VS Code hides what follows when several come within a second.
    const installed = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Installing {0} ({1})', plan.title, variant.dtype),
        cancellable: true,
      },
      (progress, token) =>
        unlessCancelled(
          this.#installAndCheck(plan, variant, abortedBy(token), (step) => progress.report(step)),
        ),
    );
    if (installed === undefined) {
      await this.#stopped(plan, variant, wish);
      return undefined;
    }
    const { folder, dimension, sensible } = installed;
    const text = sensible
      ? t(
          '{0} is installed and runs: embeddings of {1} numbers. It works offline from now on.',
          plan.title,
          dimension,
        )
      : t(
          '{0} is installed and runs, but finds "dog" no nearer to "puppy" than to "carburetor". Is it a text encoder for English?',
          plan.title,
        );
    void (sensible ? vscode.window.showInformationMessage : vscode.window.showWarningMessage)(text);
    return folder;
  }

  async #installAndCheck(
    plan: EncoderPlan,
    variant: EncoderVariant,
    signal: AbortSignal,
    report: (step: { readonly message?: string; readonly increment?: number }) => void,
  ): Promise<EncoderCheck & { readonly folder: string }> {
    const steps = new ProgressSteps();
    const folder = await this.#downloads.install(plan, variant, signal, (at) => report(steps.step(at)));
    report({ message: vscode.l10n.t('checking that it runs') });
    return { ...(await this.#engine.call('checkEncoder', { encoder: folder })), folder };
  }

  /** After a cancel: what has arrived is kept unless the person says otherwise. */
  async #stopped(plan: EncoderPlan, variant: EncoderVariant, wish: EncoderWish): Promise<void> {
    if (wish.kind === 'folder') return this.#downloads.discard(plan, variant);
    const { t } = vscode.l10n;
    const discard = t('Discard');
    const chosen = await vscode.window.showInformationMessage(
      t('Stopped. What has arrived of {0} is kept; installing it again continues there.', plan.title),
      discard,
    );
    if (chosen === discard) await this.#downloads.discard(plan, variant);
  }

  async #failed(error: unknown, wish: EncoderWish): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const { reason } = toSemapError(error);
    if (reason === 'cancelled') return undefined;
    const retry = t('Retry');
    const fromFolder = t('Install from Folder...');
    const mirror = t('Set Mirror...');
    const freeSpace = t('Set Model Folder...');
    const buttons =
      reason === 'out-of-space' || reason === 'not-writable'
        ? [retry, freeSpace]
        : wish.kind === 'folder'
          ? [fromFolder]
          : [retry, fromFolder, mirror];
    const chosen = await vscode.window.showErrorMessage(describeError(error).message, ...buttons);
    switch (chosen) {
      case retry:
        return this.run(wish);
      case fromFolder: {
        const folder = await askFolder();
        return folder && this.run(folder);
      }
      case mirror:
        await openSetting(MIRROR_SETTING);
        return undefined;
      case freeSpace:
        await openSetting('semap.modelFolder');
        return undefined;
      default:
        return undefined;
    }
  }
}

async function unlessCancelled<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (toSemapError(error).reason === 'cancelled') return undefined;
    throw error;
  }
}

async function askWish(): Promise<EncoderWish | undefined> {
  const { t } = vscode.l10n;
  const folderItem = {
    label: `$(folder) ${t('Install from Folder...')}`,
    detail: t('A clone, a snapshot or an unpacked archive: works without a network'),
    from: 'folder' as const,
  };
  const otherItem = {
    label: `$(globe) ${t('Other Repository...')}`,
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
  const item = await vscode.window.showQuickPick(items, {
    title: t('SeMap: Install Text Encoder'),
    placeHolder: t('Which one? The size is shown before anything is downloaded.'),
    ignoreFocusOut: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!item) return undefined;
  if (item.from === 'known') return { kind: 'hub', encoder: item.id };
  return item.from === 'folder' ? askFolder() : askRepository();
}

async function askFolder(): Promise<EncoderWish | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Folder with config.json, tokenizer.json and onnx/'),
      openLabel: vscode.l10n.t('Install'),
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return folder && { kind: 'folder', folder: folder.fsPath };
}

async function askRepository(): Promise<EncoderWish | undefined> {
  const encoder = await vscode.window.showInputBox({
    title: vscode.l10n.t('SeMap: Install Text Encoder'),
    prompt: vscode.l10n.t('Name of the repository: owner/name'),
    placeHolder: 'Xenova/clip-vit-base-patch32',
    ignoreFocusOut: true,
    validateInput: (value) =>
      /^(https?:\/\/[^/]+\/)?[\w-][\w.-]*\/[\w-][\w.-]*/.test(value.trim()) || value === ''
        ? undefined
        : vscode.l10n.t('owner/name, such as Xenova/clip-vit-base-patch32'),
  });
  return encoder?.trim() ? { kind: 'hub', encoder: encoder.trim() } : undefined;
}

/** The sizes, and with them the decision to download. */
async function askVariant(plan: EncoderPlan): Promise<EncoderVariant | undefined> {
  const { t } = vscode.l10n;
  const from =
    plan.source.kind === 'hub' ? hostOf(plan.source.repository.endpoint) : basename(plan.source.folder);
  const items = [plan.proposed, ...plan.variants.filter((variant) => variant !== plan.proposed)].map(
    (variant) => ({
      label:
        plan.source.kind === 'hub'
          ? t('Download {0}', formatBytes(variant.bytes))
          : t('Copy {0}', formatBytes(variant.bytes)),
      description: variant.dtype + (variant === plan.proposed ? ` (${t('recommended')})` : ''),
      detail: t('{0} and {1} more files from {2}', variant.modelPath, variant.files.length - 1, from),
      variant,
    }),
  );
  const item = await vscode.window.showQuickPick(items, {
    title: plan.title,
    placeHolder: t('Which precision?'),
    ignoreFocusOut: true,
  });
  return item?.variant;
}

async function openSetting(id: string): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', `@id:${id}`);
}
