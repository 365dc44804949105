import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { FilePlan, LeftFile, PlanOutcome } from '../../core/plans/filePlan.ts';
import { leftWords } from '../../core/plans/planWords.ts';
import { fileSize } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import { isTaken } from '../../files/belowRoot.ts';
import { ownerOf } from '../../files/folderLock.ts';
import { writeJournal } from '../../files/plans/journal.ts';
import { showError } from '../errors.ts';
import { reveal } from '../files.ts';
import { plural, say } from '../language.ts';
import { askModal, showInformation, showInStatusBar, showWarning, withCancel } from '../messages.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrustedAt } from '../trust.ts';
import { type ShownFile, ShownFiles } from './shownFiles.ts';

/** Journals of plans that are under way, for the window that comes after this one. */
const UNFINISHED = 'exports.unfinished';

/** How long it is said that all is as it was. */
const SAID_MS = 10_000;

interface FilePlacingParts {
  readonly engine: Engine;
  /** Of the workspace. */
  readonly memory: Pick<vscode.Memento, 'get' | 'update'>;
}

/** What is said while files are placed, and afterwards. */
export interface PlacingWords {
  readonly title: string;
  /** What came of it, as a sentence. */
  done(outcome: PlanOutcome): string;
}

/** Carries plans of files out and undoes them, with progress, and offers what was interrupted. */
export class FilePlacing implements vscode.Disposable {
  readonly #parts: FilePlacingParts;
  readonly #shown = new ShownFiles();
  readonly #placed = new vscode.EventEmitter<void>();

  /** Files were placed or are back, all of them or some. */
  readonly onDidPlace = this.#placed.event;

  constructor(parts: FilePlacingParts) {
    this.#parts = parts;
  }

  dispose(): void {
    this.#shown.dispose();
    this.#placed.dispose();
  }

  /**
   * Asks whether files are to be placed. A list of them is shown as often as that is wanted; the question is back when it is
   * closed, since a notification beside it would be gone before a long list is read.
   * @param go what the button says that does it
   */
  async ask(
    question: string,
    details: readonly string[],
    go: string,
    list?: { readonly title: string; readonly rows: readonly ShownFile[] },
  ): Promise<boolean> {
    const { t } = vscode.l10n;
    const files = t('Show Files');
    for (;;) {
      const pressed = await askModal(question, details, go, ...(list ? [files] : []));
      if (pressed !== files || !list) return pressed === go;
      const heading = [question, ...details, t('Close this list to answer.')];
      await (await this.#shown.show(list.title, heading, list.rows)).closed;
    }
  }

  /**
   * Carries a plan out, and tells what came of it, with *Undo*.
   * @returns undefined where it was interrupted or could not be done: then it is told how to go on and back
   */
  carryOut(plan: FilePlan, words: PlacingWords): Promise<PlanOutcome | undefined> {
    return this.#place((signal) => writeJournal(plan, signal), words);
  }

  /** The same with a plan that was written down already. */
  carryOutJournal(journal: string, words: PlacingWords): Promise<PlanOutcome | undefined> {
    return this.#place(async () => journal, words);
  }

  /** What windows before this one left. */
  async takeUp(): Promise<void> {
    const { t } = vscode.l10n;
    for (const journal of this.#unfinished) {
      const folder = dirname(journal);
      if (!(await isTaken(journal))) await this.#remember(journal, false);
      // Another window is at it.
      else if (!(await ownerOf(folder))) {
        const message = t('Placing files in {0} was interrupted.', basename(folder));
        void this.#offerRest(journal, message).catch(showError);
      }
    }
  }

  /**
   * Undoes what a journal says that the person came upon: anyone may have written it.
   * @throws {SemapError} `untrusted`
   */
  async undoFile(journal: string): Promise<void> {
    mustBeTrustedAt(journal, phrase('Trust the workspace to undo its exports.'));
    await this.undo(journal);
  }

  async undo(journal: string): Promise<void> {
    const { t } = vscode.l10n;
    const title = t('Undoing the export to {0}', basename(dirname(journal)));
    const undone = await this.#work(async () => journal, 'undoPlan', title);
    if (!undone) return;
    const { outcome } = undone;
    const done = plural(outcome.done, 'Undid {0} file.', 'Undid {0} files.');
    // A notification would be the fourth within a second where nobody hesitated: VS Code does not show it.
    if (outcome.left === 0) return void showInStatusBar(done, SAID_MS);
    const left = plural(outcome.left, '{0} file was left as it is.', '{0} files were left as they are.');
    await this.#tellLeft('warning', `${done} ${left}`, outcome, []);
  }

  /** @param prepared gives the journal */
  async #place(
    prepared: (signal: AbortSignal) => Promise<string>,
    words: PlacingWords,
  ): Promise<PlanOutcome | undefined> {
    const done = await this.#work(prepared, 'carryOutPlan', words.title);
    if (!done) return undefined;
    const { journal, outcome } = done;
    const undo = vscode.l10n.t('Undo');
    const weight = outcome.left > 0 ? 'warning' : 'information';
    void this.#tellLeft(weight, words.done(outcome), outcome, [undo])
      .then((pressed) => (pressed === undo ? this.undo(journal) : undefined))
      .catch(showError);
    return outcome;
  }

  /**
   * One notification for all of it: of four that come within a second, VS Code does not show the last.
   * @returns undefined where it did not come to its end, which is told
   */
  async #work(
    prepared: (signal: AbortSignal) => Promise<string>,
    method: 'carryOutPlan' | 'undoPlan',
    title: string,
  ): Promise<{ readonly journal: string; readonly outcome: PlanOutcome } | undefined> {
    const { t } = vscode.l10n;
    let begun: string | undefined;
    try {
      return await withCancel(title, async (signal, report) => {
        const journal = await prepared(signal);
        begun = journal;
        await this.#remember(journal, true);
        const outcome = await this.#parts.engine.call(
          method,
          { journal },
          {
            signal,
            // What it did before it went is on the disk.
            onAgain: () => {},
            onProgress: ({ done, total, bytes }) =>
              report({
                message: plural(
                  total,
                  '{1} of {0} file, {2}',
                  '{1} of {0} files, {2}',
                  done,
                  fileSize(bytes),
                ),
                percent: total > 0 ? (100 * done) / total : 100,
              }),
          },
        );
        await this.#remember(journal, false);
        return { journal, outcome };
      });
    } catch (error) {
      void showError(error);
      if (begun === undefined) return undefined;
      const message = t('Placing files in {0} was interrupted.', basename(dirname(begun)));
      void this.#offerRest(begun, message).catch(showError);
      return undefined;
    } finally {
      if (begun !== undefined) this.#placed.fire();
    }
  }

  async #offerRest(journal: string, message: string): Promise<void> {
    const { t } = vscode.l10n;
    const [go, undo] = [t('Continue'), t('Undo')];
    const pressed = await showWarning(message, go, undo);
    if (pressed === undo) return this.undo(journal);
    if (pressed !== go) return;
    await this.carryOutJournal(journal, {
      title: t('Placing files in {0}', basename(dirname(journal))),
      done: ({ done, folder }) => plural(done, 'Placed {0} file in {1}.', 'Placed {0} files in {1}.', folder),
    });
  }

  async #tellLeft(
    weight: 'information' | 'warning',
    message: string,
    { left, leftFiles, folder }: PlanOutcome,
    buttons: readonly string[],
  ): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const [open, files] = [t('Reveal'), t('Show Files')];
    const show = weight === 'warning' ? showWarning : showInformation;
    const pressed = await show(message, left > 0 ? files : open, ...buttons);
    if (pressed === open) await reveal(vscode.Uri.file(folder));
    if (pressed === files)
      await this.#shown.show(t('Files left as they are'), [message], leftRows(leftFiles));
    return pressed;
  }

  get #unfinished(): readonly string[] {
    const journals: unknown = this.#parts.memory.get(UNFINISHED);
    return Array.isArray(journals) ? journals.filter((one) => typeof one === 'string') : [];
  }

  async #remember(journal: string, isUnderWay: boolean): Promise<void> {
    const others = this.#unfinished.filter((one) => one !== journal);
    await this.#parts.memory.update(UNFINISHED, isUnderWay ? [...others, journal] : others);
  }
}

/** Files that were left, and why. */
export function leftRows(files: readonly LeftFile[]): readonly ShownFile[] {
  return files.map((left) => ({ file: left.file, note: say(leftWords(left)) }));
}
