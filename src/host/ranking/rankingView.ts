import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { toSemapError } from '../../core/errors.ts';
import type { RankingSource, RankingViewApi } from '../../protocol/rankingView.ts';
import { say } from '../language.ts';
import { PagePanel } from '../pages/pagePanel.ts';
import { RankingPage, type RankingPageHost } from './rankingPage.ts';
import type { RankingRun } from './rankingRun.ts';
import { isRankingSource, keptRanking } from './storedRanking.ts';

/** Reads the ranking of a run's folder. */
type ReadRanking = (folder: string) => Promise<RankingRun>;

interface RankingViewParts {
  readonly extensionUri: vscode.Uri;
  readonly host: RankingPageHost;
  readonly read: ReadRanking;
  /** What stands above the page, whatever it shows. */
  readonly note?: string | undefined;
}

/** The last ranking, in an editor of its own. The ranking lives in the host: the page may come and go. */
export class RankingView implements vscode.Disposable {
  readonly #page: RankingPage;
  readonly #read: ReadRanking;
  readonly #panel: PagePanel<RankingViewApi>;
  /** What was to be shown, of which the last counts. */
  #turn = 0;

  constructor({ extensionUri, host, read, note }: RankingViewParts) {
    this.#page = new RankingPage(host);
    this.#read = read;
    this.#panel = new PagePanel({
      extensionUri,
      note,
      page: 'ranking',
      title: vscode.l10n.t('SeMap Ranking'),
      handlers: this.#page.handlers,
      restore: (state) => this.#restore(state),
    });
  }

  show(run: RankingRun): void {
    this.#turn++;
    this.#page.show(run);
    this.#panel.reveal();
  }

  /**
   * Shows the ranking that a run's folder holds.
   * @throws {SemapError} `invalid-argument` when it cannot be read
   */
  async open(folder: string): Promise<void> {
    const turn = ++this.#turn;
    const run = await this.#read(folder);
    if (turn === this.#turn) this.show(run);
  }

  /** Brings the page back as it is. */
  bringBack(): void {
    this.#panel.reveal();
  }

  /** Whether the person sees this ranking. */
  shows(run: RankingRun): boolean {
    return this.#panel.visible && this.#page.run === run;
  }

  activeChanged(): void {
    void this.#page.activeChanged();
  }

  /** Takes up the page of a window that was reloaded, and the ranking that it showed. */
  async #restore(state: unknown): Promise<void> {
    const source = (state as { source?: unknown } | undefined)?.source;
    if (this.#page.run || !isRankingSource(source)) return;
    const found = await restoreRanking(source, this.#read);
    if (this.#page.run) return;
    if (found.run) this.#page.show(found.run);
    else this.#page.showLost(source, found.why);
  }

  /** The window goes: what ends with it is not told to the page, which remembers that it was under way. */
  leave(): void {
    this.#page.dispose();
  }

  dispose(): void {
    this.#panel.dispose();
    this.#page.dispose();
  }
}

/** The ranking that a page of another window showed: from its record, or from what the page kept; else why it is not there. */
export async function restoreRanking(
  source: RankingSource,
  read: ReadRanking,
): Promise<{ readonly run: RankingRun } | { readonly run?: undefined; readonly why: string }> {
  const { t } = vscode.l10n;
  if (source.record !== undefined) {
    try {
      return { run: await read(dirname(source.record)) };
    } catch (error) {
      const { cause, text } = toSemapError(error);
      const gone = toSemapError(cause).reason === 'not-found';
      return {
        why: gone
          ? t('{0} was deleted or renamed.', vscode.workspace.asRelativePath(source.record))
          : say(text),
      };
    }
  }
  const run = keptRanking(source);
  if (run) return { run };
  return {
    why:
      source.phase === 'running'
        ? t('The window was reloaded during the ranking. Finished results are kept.')
        : t('The ranking did not finish. Finished results are kept.'),
  };
}
