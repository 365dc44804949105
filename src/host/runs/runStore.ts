import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { SemapError, toSemapError } from '../../core/errors.ts';
import { LARGEST_RECORD, RUN_FILES, type RunPhase, runFolderName, storedPhase } from '../../core/runs/run.ts';
import { oneLine } from '../../core/text/plainText.ts';
import { phrase } from '../../core/text/text.ts';
import { deleteBelow, isTaken } from '../../files/belowRoot.ts';
import { ownerOf } from '../../files/folderLock.ts';
import { refuseLinks } from '../../files/links.ts';
import { isWithin } from '../../files/paths.ts';
import {
  lockRun,
  makeRunsFolder,
  readOfRun,
  rootOfRun,
  runsFolder,
  sweepRuns,
} from '../../files/runFolders.ts';
import { writeWhole } from '../../files/wholeFile.ts';
import { mustBeTrusted } from '../trust.ts';
import { isElsewhere, type KnownRuns, listRuns } from './runEntries.ts';
import type { ClassificationEntry, FindEntry, RunEntry, StartingEntry, TrainingEntry } from './runEntry.ts';
import { whenRunsChange } from './runFiles.ts';

/** How soon after a change of files the list is read again. */
const SETTLE_MS = 300;

/** A training or search that this window holds. */
export type LiveRun = Pick<StartingEntry, 'folder' | 'name' | 'of' | 'phase' | 'words'>;

/** The runs in the workspace's `.semap/runs` folders, and what can be done to their folders. */
export class RunStore implements vscode.Disposable {
  readonly #fallback: string;
  readonly #live: () => readonly LiveRun[];
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;
  readonly #known: KnownRuns = new Map();
  #entries: Promise<readonly RunEntry[]> | undefined;
  #settling: NodeJS.Timeout | undefined;
  readonly #swept = new Set<string>();

  readonly onDidChange = this.#changed.event;

  /**
   * @param fallback where runs go when no folder is open
   * @param live the trainings and searches that this window holds, the first started first
   */
  constructor(fallback: string, live: () => readonly LiveRun[]) {
    this.#fallback = fallback;
    this.#live = live;
    this.#listening = whenRunsChange(() => this.refresh());
  }

  dispose(): void {
    clearTimeout(this.#settling);
    this.#listening.dispose();
    this.#changed.dispose();
  }

  /** Every run, newest first, those that wait and damaged ones too. */
  async list(): Promise<readonly RunEntry[]> {
    this.#entries ??= Promise.all(this.roots.map((root) => this.#below(root))).then((lists) => lists.flat());
    const stored = await this.#entries;
    const starting = this.#live()
      .filter(({ folder }) => !stored.some((entry) => entry.folder === folder))
      .map((run): StartingEntry => ({ kind: 'starting', ...run }));
    return [...starting.reverse(), ...stored];
  }

  /** The extension's own storage has the runs of every window: of those, the ones on images of this workspace. */
  async #below(root: string): Promise<readonly RunEntry[]> {
    await this.#sweep(root);
    const entries = await listRuns(root, this.#known);
    const folders = this.roots.slice(0, -1);
    if (root !== this.#fallback || folders.length === 0) return entries;
    const isHere = (images: string) => folders.some((folder) => isWithin(images, folder));
    return entries.filter((entry) => {
      if (entry.kind === 'training' || entry.kind === 'find') return entry.record.params.folders.some(isHere);
      if (entry.kind !== 'classification') return false;
      const { workspace, folders: images } = entry.record;
      return (workspace !== undefined && folders.includes(workspace)) || images.some(isHere);
    });
  }

  /** Clears what windows that were killed left half-written, once. */
  async #sweep(root: string): Promise<void> {
    if (this.#swept.has(root) || (root !== this.#fallback && !vscode.workspace.isTrusted)) return;
    this.#swept.add(root);
    await sweepRuns(root);
  }

  /** The list is read again when it is asked for; many changes at once are one. */
  refresh(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#entries = undefined;
      this.#changed.fire();
    }, SETTLE_MS);
  }

  /** As {@link list}, of what lies there at this moment. */
  readAgain(): Promise<readonly RunEntry[]> {
    this.#entries = undefined;
    return this.list();
  }

  /** Folders that may have runs below them; the last is the extension's own. */
  get roots(): readonly string[] {
    const folders = (vscode.workspace.workspaceFolders ?? [])
      .filter(({ uri }) => uri.scheme === 'file')
      .map(({ uri }) => uri.fsPath);
    return [...folders, this.#fallback];
  }

  /**
   * Where a run on `dataset` goes: the workspace folder that it is for, which is its own or the first one; the extension's
   * own storage where there is none, where it is not trusted, and where it cannot be written, which is then told.
   *
   * @throws {SemapError} `unreadable-file` where a link leads out of the workspace
   */
  async rootFor(
    dataset: string,
  ): Promise<{ readonly root: string; readonly workspace?: string; readonly readOnly?: string }> {
    const own = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(dataset));
    const uri = (own ?? vscode.workspace.workspaceFolders?.[0])?.uri;
    if (uri?.scheme !== 'file') return { root: this.#fallback };
    const workspace = uri.fsPath;
    if (!vscode.workspace.isTrusted) return { root: this.#fallback, workspace };
    try {
      await makeRunsFolder(workspace);
      return { root: workspace, workspace };
    } catch (error) {
      // A link that somebody put there is no folder that is read-only.
      if (toSemapError(error).reason === 'unreadable-file') throw error;
      return { root: this.#fallback, workspace, readOnly: workspace };
    }
  }

  /**
   * The folder of a run that begins, `<root>/.semap/runs/<time>-<kind>-<name>`, which is not there yet.
   * @throws {SemapError} as {@link rootFor}
   */
  async newFolder(
    kind: 'train' | 'find',
    dataset: string,
  ): Promise<{ readonly folder: string; readonly readOnly: boolean }> {
    const { root, readOnly } = await this.rootFor(dataset);
    const wanted = join(runsFolder(root), runFolderName(kind, basename(dataset), new Date()));
    for (let n = 1; ; n++) {
      const folder = n === 1 ? wanted : `${wanted}-${n}`;
      if (!(await isTaken(folder))) return { folder, readOnly: readOnly !== undefined };
    }
  }

  /** Whether a run is kept in the workspace, where anyone may have written it. */
  isOfWorkspace(folder: string): boolean {
    return rootOfRun(folder) !== this.#fallback;
  }

  /** What a classification is called, and whether a person named it so. */
  async titleOf(folder: string): Promise<{ readonly name: string; readonly named: boolean }> {
    const entry = (await this.list()).find((one) => one.folder === folder);
    const named = entry?.kind === 'classification' && entry.record.name !== undefined;
    return { name: entry?.name ?? basename(folder), named };
  }

  phaseOf({ folder, record }: TrainingEntry | ClassificationEntry | FindEntry): RunPhase {
    return this.#livePhase(folder) ?? storedPhase(record, isElsewhere(record));
  }

  /** Whether this window holds a run, so that it can be paused and stopped. */
  isHeld(folder: string): boolean {
    return this.#livePhase(folder) !== undefined;
  }

  #livePhase(folder: string): RunPhase | undefined {
    return this.#live().find((run) => run.folder === folder)?.phase;
  }

  /**
   * Gives a run another name.
   * @throws {SemapError} as {@link mayChange}
   */
  async rename(folder: string, name: string): Promise<void> {
    await this.mayChange(folder);
    const lock = await lockRun(folder);
    try {
      const record: unknown = JSON.parse(String(await readOfRun(folder, RUN_FILES.record, LARGEST_RECORD)));
      const text = JSON.stringify({ ...(record as object), name: oneLine(name) }, null, 2);
      await writeWhole(join(folder, RUN_FILES.record), `${text}\n`, { root: rootOfRun(folder) });
    } finally {
      await lock.release();
    }
    this.refresh();
  }

  /**
   * Deletes a run's folder.
   * @throws {SemapError} as {@link mayChange}
   */
  async delete(folder: string): Promise<void> {
    await this.mayChange(folder);
    const lock = await lockRun(folder);
    try {
      await deleteBelow(rootOfRun(folder), folder);
    } finally {
      await lock.release();
    }
    this.refresh();
  }

  /**
   * Only folders of runs are ever changed, none that is in use, by whatever process, and none of a workspace that is
   * not trusted.
   *
   * @throws {SemapError} `invalid-argument`, `busy`, `untrusted`, `unreadable-file` where a link leads there
   */
  async mayChange(folder: string): Promise<void> {
    const root = this.roots.find((one) => dirname(folder) === runsFolder(one));
    if (root === undefined)
      throw new SemapError(
        'invalid-argument',
        phrase('{0} is not a run of this workspace.', basename(folder)),
      );
    if (root !== this.#fallback) mustBeTrusted(phrase('Trust the workspace to rename and delete its runs.'));
    if (this.#livePhase(folder) !== undefined)
      throw new SemapError('busy', phrase('{0} is in progress.', basename(folder)), {
        hint: phrase('Stop it first.'),
      });
    await refuseLinks(folder, root);
    const owner = await ownerOf(folder);
    if (owner?.pid === process.pid)
      throw new SemapError('busy', phrase('{0} is still running.', basename(folder)), {
        hint: phrase('Cancel it first.'),
      });
    if (owner)
      throw new SemapError('busy', phrase('Another window or command is using {0}.', basename(folder)), {
        hint: phrase('Stop it there first.'),
      });
  }
}
