import path from 'node:path';
import type { Problem } from '../../core/errors.ts';
import { Listeners } from '../../core/listeners.ts';
import {
  type Given,
  isSameGiven,
  keptLabel,
  type LabelCounts,
  TruthCounts,
} from '../../core/truths/truth.ts';
import type { FollowedTruths } from '../../protocol/truths.ts';
import { FolderTable } from './folderTable.ts';

/** What a step did to an image. */
interface Change {
  readonly path: string;
  readonly before: Given | undefined;
  readonly after: Given | undefined;
}

/** Steps that are remembered, and images of all of them together. */
const MOST_STEPS = 1000;
const MOST_CHANGES = 2_000_000;

const tables = new Map<string, FolderTable>();
/** Calls when images got labels, in whatever folders. */
const labeled = new Listeners();

const shared = new Map<string, { readonly truths: FolderTruths; users: number }>();

/**
 * The labels that persons gave to the images of some folders, shared by all pages of this window. Every change is one
 * step, seen at once, on disk when its promise resolves, and can be taken back.
 */
export class FolderTruths {
  readonly folders: readonly string[];
  readonly #key: string;
  readonly #tables: readonly FolderTable[];
  readonly #listening: readonly { dispose(): unknown }[];
  readonly #changed = new Listeners<readonly string[] | undefined>();
  #done: (readonly Change[])[] = [];
  #undone: (readonly Change[])[] = [];
  #version = 0;
  #counts: { readonly version: number; readonly counts: LabelCounts } | undefined;

  /**
   * Calls when a label is another than before, here or in another window, and when {@link problem} is; with the files of
   * the images, or undefined where any may have changed.
   */
  readonly onDidChange = this.#changed.on;

  private constructor(key: string, folders: readonly string[]) {
    this.folders = folders;
    this.#key = key;
    this.#tables = folders.map((folder) => {
      const table = tables.get(folder) ?? new FolderTable(folder);
      tables.set(folder, table);
      return table.use();
    });
    this.#listening = this.#tables.map((table) =>
      table.onDidChange((names) => {
        this.#version++;
        this.#changed.tell(names?.map((name) => path.join(table.folder, name)));
      }),
    );
  }

  /** Calls after images got labels in this window, whatever folders they are in. */
  static readonly onDidGive = labeled.on;

  /** The labels of folders. Whoever asks disposes of them. */
  static of(folders: readonly string[]): FolderTruths {
    const resolved = [...new Set(folders.map((folder) => path.resolve(folder)))];
    const key = JSON.stringify(resolved);
    const known = shared.get(key) ?? { truths: new FolderTruths(key, resolved), users: 0 };
    known.users++;
    shared.set(key, known);
    return known.truths;
  }

  /** How many images of folders have a label of their own. */
  static async labeledIn(folders: readonly string[]): Promise<number> {
    const truths = FolderTruths.of(folders);
    try {
      await truths.ready;
      return truths.counts.labelled;
    } finally {
      truths.dispose();
    }
  }

  /** Waits for all labels of this window that are being written. */
  static async settled(): Promise<void> {
    await Promise.all([...tables.values()].map((table) => table.settled()));
  }

  dispose(): void {
    const known = shared.get(this.#key);
    if (known?.truths !== this || --known.users > 0) return;
    shared.delete(this.#key);
    for (const one of this.#listening) one.dispose();
    this.#changed.clear();
    for (const table of this.#tables) if (table.release()) tables.delete(table.folder);
  }

  /** Resolves when the tables were read. */
  get ready(): Promise<void> {
    return Promise.all(this.#tables.map(({ ready }) => ready)).then(() => {});
  }

  /** Looks whether others changed the tables: sooner than VS Code tells of it. */
  async refresh(): Promise<void> {
    await Promise.all(this.#tables.map((table) => table.refresh()));
  }

  /** Another number after every change. */
  get version(): number {
    return this.#version;
  }

  /** Why labels could not be read, or are not on disk yet. */
  get problem(): Problem | undefined {
    return this.#tables.map(({ problem }) => problem).find((problem) => problem !== undefined);
  }

  /** What a person said of an image. @param file absolute path */
  of(file: string): Given | undefined {
    for (const table of this.#tables) {
      const name = table.nameOf(file);
      if (name !== undefined) return table.of(name);
    }
    return undefined;
  }

  /** Of all images that something is said of, those that are gone included. */
  get counts(): LabelCounts {
    if (this.#counts?.version !== this.#version) {
      const counts = new TruthCounts();
      for (const table of this.#tables) table.countInto(counts);
      this.#counts = { version: this.#version, counts };
    }
    return this.#counts.counts;
  }

  /** Rows of images that were not there when they were looked for last. They stay. */
  get gone(): number {
    return this.#tables.reduce((sum, { gone }) => sum + gone, 0);
  }

  /**
   * Takes in where images are that were renamed or moved since they were labelled, and writes it.
   * @returns how many labels followed their images
   * @throws {SemapError} what a write fails with
   */
  async follow(found: readonly FollowedTruths[]): Promise<number> {
    let moved = 0;
    for (const one of found) {
      const table = this.#tables.find(({ folder }) => folder === one.folder);
      if (!table) continue;
      await table.follow(one);
      moved += one.moved.length;
    }
    return moved;
  }

  /**
   * Gives images a label, or each its own, or takes theirs back: one step. What an image was asked for stays known.
   * @returns resolves when it is on disk
   * @throws {SemapError} `invalid-labels` for no label, `untrusted`; otherwise the labels stay and wait: {@link problem}
   */
  async give(
    paths: readonly string[],
    given: Given | undefined | ((file: string) => Given | undefined),
  ): Promise<void> {
    await this.#step(
      paths.map((file) => {
        const before = this.of(file);
        const gift = typeof given === 'function' ? given(file) : given;
        const after = gift && (gift.label === undefined ? gift : { ...gift, label: keptLabel(gift.label) });
        const asked = after?.asked ?? before?.asked;
        return { path: file, before, after: after && { ...after, ...(asked && { asked }) } };
      }),
    );
    if (paths.some((file) => this.of(file)?.label !== undefined)) labeled.tell();
  }

  /**
   * Calls a label otherwise; where there is one of that name already, they are one from then on. One step.
   * @param isIt whether a label is the one, as it may be written
   */
  async renameLabel(isIt: (label: string) => boolean, to: string): Promise<void> {
    const label = keptLabel(to);
    const changes: Change[] = [];
    for (const table of this.#tables) {
      for (const [name, before] of table.entries()) {
        if (before.label === undefined || !isIt(before.label)) continue;
        changes.push({ path: path.join(table.folder, name), before, after: { ...before, label } });
      }
    }
    await this.#step(changes);
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  get canRedo(): boolean {
    return this.#undone.length > 0;
  }

  /** Takes the last step back, but not of images that somebody else labelled since. @returns whether there was one */
  async undo(): Promise<boolean> {
    const step = this.#done.pop();
    if (!step) return false;
    this.#undone.push(step);
    await this.#apply(
      step.map(({ before, after, ...image }) => ({ ...image, before: after, after: before })),
    );
    return true;
  }

  /** Makes the step again that was taken back last. @returns whether there was one */
  async redo(): Promise<boolean> {
    const step = this.#undone.pop();
    if (!step) return false;
    this.#done.push(step);
    await this.#apply(step);
    return true;
  }

  async #step(changes: readonly Change[]): Promise<void> {
    const real = changes.filter(({ before, after }) => !isSameGiven(before, after));
    if (real.length === 0) return;
    this.#done.push(real);
    this.#undone = [];
    let images = this.#done.reduce((sum, step) => sum + step.length, 0);
    while (this.#done.length > MOST_STEPS || (images > MOST_CHANGES && this.#done.length > 1))
      images -= this.#done.shift()!.length;
    try {
      await this.#apply(real);
    } catch (error) {
      // Where nothing was changed there is nothing to take back.
      if (real.every((change) => isSameGiven(this.of(change.path), change.before)))
        this.#done = this.#done.filter((step) => step !== real);
      throw error;
    }
  }

  async #apply(changes: readonly Change[]): Promise<void> {
    const perTable = this.#tables.map(() => new Map<string, Given | undefined>());
    for (const { path: file, before, after } of changes) {
      if (!isSameGiven(this.of(file), before)) continue;
      for (const [t, table] of this.#tables.entries()) {
        const name = table.nameOf(file);
        if (name === undefined) continue;
        perTable[t].set(name, after);
        break;
      }
    }
    await Promise.all(
      this.#tables.map((table, t) => (perTable[t].size > 0 ? table.give(perTable[t]) : undefined)),
    );
  }
}
