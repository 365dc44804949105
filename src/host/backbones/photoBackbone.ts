import * as vscode from 'vscode';
import { type KnownBackbone, knownBackbone } from '../../core/backbones/catalogue.ts';
import { fileSize } from '../../core/text/numbers.ts';
import type { ModelWish } from '../downloads/modelDownloads.ts';
import { say } from '../language.ts';
import { showInformation } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import type { BackboneLibrary } from './backboneLibrary.ts';

/** What is offered: small, fast, and described by its own repository. */
const OFFERED = 'mobilenetv4-small';
const KEY = 'photoBackboneOffered';

interface OfferParts {
  readonly engine: Engine;
  readonly library: Pick<BackboneLibrary, 'list'>;
  /** Of the person, in all workspaces. */
  readonly memory: Pick<vscode.Memento, 'get' | 'update'>;
  /** Asks once more, with the exact size, before anything is downloaded; says how else where there is no network. */
  readonly download: (wish: ModelWish) => Promise<void>;
}

/** Offers a backbone that was trained on photographs, the first time that the one that comes with SeMap meets some. */
export class PhotoBackboneOffer {
  readonly #parts: OfferParts;

  constructor(parts: OfferParts) {
    this.#parts = parts;
  }

  /** @param backbone name or path of what classified the folders */
  async consider(folders: readonly string[], backbone: string): Promise<void> {
    const { engine, library, memory, download } = this.#parts;
    const offered = knownBackbone(OFFERED);
    if (memory.get<boolean>(KEY) || !offered) return;
    const usable = (await library.list()).filter(({ problem }) => !problem);
    const used = usable.find(({ path, name }) => path === backbone || name === backbone);
    // Whoever has another one knows of it.
    if (!used?.embedded || usable.some(({ embedded }) => !embedded)) return;
    if (!(await engine.call('arePhotographs', { folders }))) return;
    await memory.update(KEY, true);
    const { t } = vscode.l10n;
    const yes = t('Download...');
    const answer = await showInformation(offerWords(offered), yes, t('Not Now'));
    if (answer === yes) await download({ kind: 'hub', name: offered.id });
  }
}

function offerWords({ title, bytes, licence, repo }: KnownBackbone): string {
  return vscode.l10n.t(
    'These images look like photographs. The backbone that comes with SeMap is small. {0} knows photographs better ({1}, license {2}, from {3} on the Hugging Face Hub).',
    title,
    say(fileSize(bytes)),
    licence,
    repo,
  );
}
