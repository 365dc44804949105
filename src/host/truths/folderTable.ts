import path from 'node:path';
import * as vscode from 'vscode';
import { type Problem, problemOf } from '../../core/errors.ts';
import { Listeners } from '../../core/listeners.ts';
import { phrase } from '../../core/text/text.ts';
import type { Given, TruthCounts } from '../../core/truths/truth.ts';
import { nameKey, TRUTHS_FILE, TruthTable } from '../../core/truths/truthTable.ts';
import { digestOfFile } from '../../files/fileState.ts';
import { isWithin } from '../../files/paths.ts';
import { makeRunsFolder } from '../../files/runFolders.ts';
import { spareTruthsOf, type TruthEdit, type TruthsFile, truthsOf } from '../../files/truthsFile.ts';
import type { FollowedTruths } from '../../protocol/truths.ts';
import { warnOnce } from '../messages.ts';
import { mustBeTrustedAt } from '../trust.ts';

/** Images of one step whose content is taken here; of more the engine knows it, or takes it. */
const MOST_HASHED = 100;
const POLL_MS = 5000;

/** A label that is not on disk yet. */
interface Waiting {
  readonly given: Given | undefined;
  /** It could not be written, and is tried again with the next one. */
  failed: boolean;
}

/** The labels of one folder as this window sees them: those on disk, and those that are on their way there. */
export class FolderTable {
  readonly folder: string;
  readonly #file: TruthsFile;
  /** In the workspace, for a folder that cannot be written to. */
  readonly #spare: TruthsFile | undefined;
  #isReadOnly = false;
  /** Rows of images that were not there when they were looked for last. */
  gone = 0;
  readonly #changed = new Listeners<readonly string[] | undefined>();
  readonly #listening: vscode.Disposable;
  readonly #poll: NodeJS.Timeout;
  #table = TruthTable.empty();
  #spareTable: TruthTable | undefined;
  /** What was given and is not on disk yet, or could not be written. */
  readonly #waiting = new Map<string, Waiting>();
  #problem: Problem | undefined;
  #turn: Promise<void>;
  #users = 0;

  /** Tells the names of images whose labels changed, or undefined where any may have. */
  readonly onDidChange = this.#changed.on;

  constructor(folder: string) {
    this.folder = folder;
    this.#file = truthsOf(folder);
    const uri = vscode.Uri.file(folder);
    const { workspaceFolders = [] } = vscode.workspace;
    const workspace = vscode.workspace.getWorkspaceFolder(uri) ?? workspaceFolders[0];
    this.#spare = workspace && spareTruthsOf(folder, workspace.uri.fsPath);
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(uri, TRUTHS_FILE));
    const look = () => void this.refresh();
    this.#listening = vscode.Disposable.from(
      watcher,
      watcher.onDidCreate(look),
      watcher.onDidChange(look),
      watcher.onDidDelete(look),
    );
    // Not every file system tells of changes.
    this.#poll = setInterval(look, POLL_MS);
    this.#poll.unref();
    this.#turn = this.#read();
  }

  /** Resolves when the table was read, at first and after every change that is known. */
  get ready(): Promise<void> {
    return this.#turn;
  }

  get problem(): Problem | undefined {
    return this.#problem;
  }

  use(): this {
    this.#users++;
    return this;
  }

  /** @returns whether nobody uses it any more: then it is closed */
  release(): boolean {
    if (--this.#users > 0) return false;
    this.#listening.dispose();
    clearInterval(this.#poll);
    this.#changed.clear();
    return true;
  }

  /** The name of an image in the table; undefined where it is of another folder. */
  nameOf(file: string): string | undefined {
    if (!isWithin(file, this.folder)) return undefined;
    return nameKey(path.relative(this.folder, file).replaceAll(path.sep, '/'));
  }

  of(name: string): Given | undefined {
    const waiting = this.#waiting.get(name);
    return waiting ? waiting.given : this.#kept(name);
  }

  /** All images that something is said of. */
  *entries(): Generator<readonly [name: string, given: Given]> {
    const { names } = this.#table;
    const spare = [...(this.#spareTable?.names ?? [])].filter((name) => !this.#table.of(name));
    for (const all of [names, spare]) {
      for (const name of all) {
        const given = this.#waiting.has(name) ? undefined : this.#kept(name);
        if (given) yield [name, given];
      }
    }
    for (const [name, { given }] of this.#waiting) if (given) yield [name, given];
  }

  countInto(counts: TruthCounts): void {
    counts.addAll(this.#table.counts);
    const others = new Set([...this.#waiting.keys(), ...(this.#spareTable?.names ?? [])]);
    for (const name of others) {
      counts.add(this.#table.of(name), -1);
      counts.add(this.of(name), 1);
    }
  }

  /** Looks whether the table was changed by others. */
  refresh(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#read());
    return this.#turn;
  }

  /**
   * Gives labels, or takes them back. They are seen at once; resolves when they are on disk. What could not be written
   * before is tried again.
   * @throws {SemapError} `untrusted`: nothing is changed then; what a write fails with: they stay, and wait
   */
  async give(changes: ReadonlyMap<string, Given | undefined>): Promise<void> {
    mustBeTrustedAt(this.#file.file, phrase('Trust it to label its images.'));
    for (const [name, given] of changes) this.#waiting.set(name, { given, failed: false });
    const mine = new Map([...this.#waiting].filter(([name, one]) => one.failed || changes.has(name)));
    for (const one of mine.values()) one.failed = false;
    this.#changed.tell([...changes.keys()]);
    try {
      await this.#write([...mine].map(([name, { given }]) => ({ name, row: given })));
      this.#problem = undefined;
    } catch (error) {
      for (const one of mine.values()) one.failed = true;
      await this.refresh();
      this.#problem = problemOf(error);
      this.#changed.tell([]);
      throw error;
    }
    await this.refresh();
    // What was changed again meanwhile still waits.
    for (const [name, one] of mine) if (this.#waiting.get(name) === one) this.#waiting.delete(name);
    const named = [...changes].filter(([, given]) => given !== undefined);
    if (named.length <= MOST_HASHED) void this.#addContents(named.map(([name]) => name));
  }

  /** Takes in what became of the images that the table speaks of. */
  async follow({ moved, contents, gone }: Omit<FollowedTruths, 'folder'>): Promise<void> {
    const hadGone = this.gone;
    this.gone = gone;
    if (moved.length + contents.length > 0) {
      mustBeTrustedAt(this.#file.file, phrase('Trust it to label its images.'));
      await this.#write([{ moved }, ...contents]);
      await this.refresh();
    }
    if (moved.length > 0) this.#changed.tell(undefined);
    else if (gone !== hadGone) this.#changed.tell([]);
  }

  /** Waits for what is being written. */
  async settled(): Promise<void> {
    await Promise.all([this.#file.settled(), this.#spare?.settled()]);
  }

  #kept(name: string): Given | undefined {
    return this.#spareTable?.of(name) ?? this.#table.of(name);
  }

  /** Writes into the folder; into the workspace where that cannot be, and from there back when it can. */
  async #write(edits: readonly TruthEdit[]): Promise<void> {
    const spare = this.#spare;
    if (!this.#isReadOnly) {
      const kept = spare && (await spare.read());
      const back = [...(kept?.names ?? [])].map((name) => ({ name, row: kept?.of(name) }));
      try {
        await this.#file.edit([...back.filter(({ row }) => row), ...edits]);
        if (back.length > 0) await spare?.edit(back.map(({ name }) => ({ name, row: undefined })));
        return;
      } catch (error) {
        if (!this.#file.isReadOnly || !spare) throw error;
        this.#isReadOnly = true;
      }
    }
    if (!spare) return;
    mustBeTrustedAt(spare.file, phrase('Trust it to keep labels in it.'));
    await makeRunsFolder(path.dirname(path.dirname(path.dirname(spare.file))));
    await spare.edit(edits);
    warnOnce(
      vscode.l10n.t('Cannot write to {0}. Its labels are saved in {1} instead.', this.folder, spare.file),
    );
  }

  async #addContents(names: readonly string[]): Promise<void> {
    const contents: { name: string; content: string }[] = [];
    for (const name of names) {
      const digest = await digestOfFile(path.join(this.folder, name)).catch(() => undefined);
      const content = digest && Buffer.from(digest, 'latin1').toString('hex');
      if (content && this.#table.of(name)?.content !== content) contents.push({ name, content });
    }
    // Labels that are not found again when their images move are no reason to disturb anybody.
    await this.follow({ moved: [], contents, gone: this.gone }).catch(() => {});
  }

  async #read(): Promise<void> {
    const before = this.#table;
    const beside = this.#spareTable;
    const had = this.#problem;
    try {
      const spare = await this.#spare?.read();
      this.#spareTable = spare && spare.size > 0 ? spare : undefined;
      this.#table = await this.#file.read();
      if (this.#waiting.size === 0) this.#problem = undefined;
    } catch (error) {
      this.#problem = problemOf(error);
    }
    if (this.#table !== before || this.#spareTable !== beside) this.#changed.tell(undefined);
    else if (this.#problem !== had) this.#changed.tell([]);
  }
}
