import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { WhenTaken } from '../../core/downloads/installPlace.ts';
import type { ModelPlan, ModelVariant } from '../../core/downloads/modelInstall.ts';
import { type DownloadProgress, progressText } from '../../core/downloads/progress.ts';
import { toSemapError } from '../../core/errors.ts';
import { describeError } from '../errors.ts';
import { say } from '../language.ts';
import { askModal, showFailure, showInformation, withCancel } from '../messages.ts';
import { askModel, askModelFolder, askVariant, type ModelQuestion } from './askModel.ts';
import type { ModelDownloads, ModelWish } from './modelDownloads.ts';

const MIRROR_SETTING = 'semap.hubMirror';

/** What is particular to a kind of model. */
interface Parts<V extends ModelVariant, C> {
  readonly downloads: ModelDownloads<V>;
  readonly question: () => ModelQuestion;
  /** Once the files are in place, in the same notification: whether it runs. */
  readonly check: (folder: string) => Promise<C>;
  /** What the person is told at the end. */
  readonly done: (title: string, checked: C, folder: string) => void;
}

/** From a wish to an installed model: its sizes, the choice of a precision, progress with Cancel, a check, and what to do when it fails. */
export class InstallModel<V extends ModelVariant, C> {
  readonly #parts: Parts<V, C>;

  constructor(parts: Parts<V, C>) {
    this.#parts = parts;
  }

  /**
   * @param wish what to install; asked for when absent
   * @returns the folder of the installed model; undefined when the person stopped
   */
  async run(wish?: ModelWish): Promise<string | undefined> {
    const wanted = wish ?? (await askModel(this.#parts.question()));
    if (!wanted) return undefined;
    try {
      const plan = await this.#plan(wanted);
      const variant = plan && (await askVariant(plan));
      return variant && (await this.#installOrAsk(plan, variant, wanted));
    } catch (error) {
      return this.#failed(error, wanted);
    }
  }

  #plan(wish: ModelWish): Promise<ModelPlan<V> | undefined> {
    const title =
      wish.kind === 'folder'
        ? vscode.l10n.t('Checking {0}', basename(wish.folder))
        : vscode.l10n.t('Checking the size of {0}', wish.name);
    return Promise.resolve(
      withCancel(title, (signal) => unlessCancelled(this.#parts.downloads.plan(wish, signal))),
    );
  }

  /** Where something else has the name, the person decides; what is installed stays until then. */
  async #installOrAsk(plan: ModelPlan<V>, variant: V, wish: ModelWish): Promise<string | undefined> {
    try {
      return await this.#install(plan, variant, wish, 'refuse');
    } catch (error) {
      const { reason, text: message } = toSemapError(error);
      if (reason !== 'already-exists') throw error;
      const { t } = vscode.l10n;
      const replace = t('Replace');
      const both = t('Keep Both');
      const chosen = await askModal(
        say(message),
        [t('Replace deletes the installed model and its description.')],
        both,
        replace,
      );
      if (chosen === undefined) return undefined;
      return this.#install(plan, variant, wish, chosen === replace ? 'replace' : 'beside');
    }
  }

  async #install(
    plan: ModelPlan<V>,
    variant: V,
    wish: ModelWish,
    whenTaken: WhenTaken,
  ): Promise<string | undefined> {
    const { t } = vscode.l10n;
    // One notification for both steps: VS Code hides what follows when several come within a second.
    const title = t('Installing {0} ({1})', plan.title, variant.dtype);
    const installed = await withCancel(title, (signal, report) => {
      const installAndCheck = async () => {
        const { folder } = await this.#parts.downloads.install(plan, variant, {
          signal,
          whenTaken,
          onProgress: (at) => report({ percent: percentOf(at), message: say(progressText(at)) }),
        });
        report({ message: t('Testing the model') });
        return { folder, checked: await this.#parts.check(folder) };
      };
      return unlessCancelled(installAndCheck());
    });
    if (installed === undefined) return this.#stopped(plan, variant, wish);
    const { folder, checked } = installed;
    this.#parts.done(plan.title, checked, folder);
    return folder;
  }

  /** After a cancel: what has arrived is kept unless the person says otherwise. */
  async #stopped(plan: ModelPlan<V>, variant: V, wish: ModelWish): Promise<string | undefined> {
    if (wish.kind === 'folder') {
      await this.#parts.downloads.discard(plan, variant);
      return undefined;
    }
    const { t } = vscode.l10n;
    const resume = t('Resume');
    const discard = t('Discard');
    const chosen = await showInformation(
      t('Download of {0} stopped. It will resume where it left off.', plan.title),
      resume,
      discard,
    );
    if (chosen === discard) await this.#parts.downloads.discard(plan, variant);
    return chosen === resume ? this.#installOrAsk(plan, variant, wish) : undefined;
  }

  async #failed(error: unknown, wish: ModelWish): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const { reason } = toSemapError(error);
    if (reason === 'cancelled') return undefined;
    const retry = t('Try Again');
    const fromFolder = t('Install from Folder...');
    const mirror = t('Set Mirror...');
    const freeSpace = t('Set Model Folder...');
    const buttons =
      reason === 'out-of-space' || reason === 'not-writable'
        ? [retry, freeSpace]
        : wish.kind === 'folder'
          ? [fromFolder]
          : [retry, fromFolder, mirror];
    const chosen = await showFailure(describeError(error).message, ...buttons);
    switch (chosen) {
      case retry:
        return this.run(wish);
      case fromFolder: {
        const folder = await askModelFolder(this.#parts.question());
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

function percentOf({ bytesDone, bytesTotal }: DownloadProgress): number {
  return bytesTotal > 0 ? (100 * bytesDone) / bytesTotal : 100;
}

async function unlessCancelled<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (toSemapError(error).reason === 'cancelled') return undefined;
    throw error;
  }
}

async function openSetting(id: string): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', `@id:${id}`);
}
