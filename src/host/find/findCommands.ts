import { basename } from 'node:path';
import * as vscode from 'vscode';
import { madeFor } from '../../core/alignments/alignment.ts';
import type { FindParams, FindPoint } from '../../core/find/findRecord.ts';
import type { RunPhase } from '../../core/runs/run.ts';
import { phrase } from '../../core/text/text.ts';
import type { ActiveAlignment } from '../alignments/activeAlignment.ts';
import { alignmentFolder, writeAlignment, writeWithFiles } from '../alignments/alignmentFiles.ts';
import type { LabelSources } from '../alignments/labelSources.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { type CommandTable, urisOf } from '../commands.ts';
import { askForFolders } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import type { FolderLayouts } from '../datasets/folderLayouts.ts';
import { showError } from '../errors.ts';
import type { Log } from '../log.ts';
import { offer, showInformation, tellEnd } from '../messages.ts';
import { pickOne } from '../questions.ts';
import { RunStatus } from '../runStatus.ts';
import { folderOf, type RunTarget } from '../runs/runCommands.ts';
import type { LiveRun, RunStore } from '../runs/runStore.ts';
import { findingName, foundWords } from '../runs/runWords.ts';
import { StartedRuns } from '../runs/startedRuns.ts';
import { takeUpRuns, UnfinishedRuns } from '../runs/unfinishedRuns.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeTrusted } from '../trust.ts';
import { type AskedFind, FindForm } from './findForm.ts';
import { FindView } from './findView.ts';
import { findEnd, findLook, searchName } from './findWords.ts';
import { KeptPoints } from './keptPoints.ts';
import { Searches } from './searches.ts';
import type { WatchedSearch } from './watchedSearch.ts';

interface FindParts {
  readonly extensionUri: vscode.Uri;
  readonly engine: Engine;
  readonly library: BackboneLibrary;
  readonly active: ActiveAlignment;
  readonly labels: LabelSources;
  readonly datasets: DatasetsTree;
  readonly layouts: FolderLayouts;
  readonly runs: RunStore;
  readonly memory: vscode.Memento;
  /** Shows the training in a folder. */
  readonly openTraining: (folder: string) => Promise<void>;
  /** Selects a backbone in its view. */
  readonly showBackbone: (path: string) => Promise<void>;
  readonly log: Log;
}

/** `Find Best Reuse`: what asks for a search, starts it, steers it, and keeps what it found. */
export class FindCommands implements vscode.Disposable {
  readonly #parts: FindParts;
  readonly #form: FindForm;
  readonly #searches: Searches;
  readonly #started: StartedRuns;
  readonly #unfinished = new UnfinishedRuns('find');
  readonly #status = new RunStatus<WatchedSearch>(
    { id: 'semap.find', name: vscode.l10n.t('SeMap Best Reuse'), priority: 92 },
    findLook,
  );
  readonly #view: FindView;
  readonly #listening: vscode.Disposable;

  readonly commands: CommandTable<'find'> = {
    'semap.findReuse': (item?: unknown) => this.find(urisOf(item, undefined)[0]),
    'semap.showFind': (target?: RunTarget) => this.show(target && folderOf(target)),
    'semap.pauseFind': (target: RunTarget) => this.#searches.pause(folderOf(target)),
    'semap.resumeFind': (target?: RunTarget) => this.resume(target && folderOf(target)),
    'semap.stopFind': (target: RunTarget) => this.#searches.stop(folderOf(target)),
    'semap.findAgain': (target: RunTarget) => this.again(folderOf(target)),
  };

  constructor(parts: FindParts) {
    this.#parts = parts;
    const { extensionUri, engine, active, memory, runs } = parts;
    this.#started = new StartedRuns(memory, 'find');
    this.#form = new FindForm(parts);
    this.#searches = new Searches({
      engine,
      unfinished: this.#unfinished,
      watch: (run, running) => void this.#watch(run, running),
    });
    this.#view = new FindView({
      extensionUri,
      open: (folder) => this.#searches.open(folder),
      pause: (folder) => this.#searches.pause(folder),
      stop: (folder) => this.#searches.stop(folder),
      keep: (run, point) => this.#keep(run, point),
      kept: new KeptPoints(memory),
      openAlignment: async (uri) => {
        await active.open(uri);
      },
      openTraining: parts.openTraining,
      showBackbone: parts.showBackbone,
    });
    const shown = new Map<string, string>();
    this.#listening = vscode.Disposable.from(
      this.#searches.onDidChange((run) => {
        if (run.withdrawn && !run.record) this.#view.leave(run, this.#current);
        // The tree shows phases and what leads, not every step.
        const words = `${run.phase} ${run.record?.recommended} ${run.record === undefined}`;
        if (shown.get(run.folder) === words) return;
        shown.set(run.folder, words);
        runs.refresh();
      }),
      runs.onDidChange(() => this.#view.runsChanged()),
    );
  }

  dispose(): void {
    this.#status.dispose();
    this.#listening.dispose();
    this.#view.dispose();
  }

  /** Searches that this window holds, the first started first. */
  get held(): readonly LiveRun[] {
    return this.#searches.live.map((run) => {
      const { folder, phase } = run;
      const words = `${vscode.l10n.t('best reuse')} · ${findingName(phase)}`;
      return { folder, of: 'find', phase, name: searchName(run), words };
    });
  }

  /** The search in progress; the others wait. */
  get #current(): WatchedSearch | undefined {
    const { live } = this.#searches;
    return live.find((run) => run.phase === 'running') ?? live[0];
  }

  /** @param folder asked for when absent */
  async find(folder?: vscode.Uri): Promise<void> {
    mustBeTrusted(phrase('Trust the workspace to save runs in it.'));
    const chosen = folder?.fsPath ?? (await this.#askForFolder());
    if (chosen === undefined) return;
    const asked = await this.#form.ask([chosen]);
    if (asked) await this.#start(asked);
  }

  /** Asks once more with the settings of a search, and searches as another run. */
  async again(folder: string): Promise<void> {
    mustBeTrustedToSearch();
    const { runFolder: _, ...before } = (await this.#searches.open(folder)).params;
    const asked = await this.#form.ask(before.folders, before);
    if (asked) await this.#start(asked);
  }

  /** Resumes a search; asks which when none is named. */
  async resume(folder?: string): Promise<void> {
    const chosen = folder ?? (await this.#pickSearch(['paused', 'interrupted', 'failed']));
    if (chosen === undefined) return;
    mustBeTrustedToSearch();
    const run = await this.#searches.resume(chosen);
    await this.#started.add(chosen);
    this.#view.replace(run);
  }

  /** Shows a search: the one named, the one in progress, or the newest. */
  async show(folder?: string): Promise<void> {
    const { t } = vscode.l10n;
    const newest = async () => (await this.#parts.runs.list()).find(({ kind }) => kind === 'find')?.folder;
    const chosen = folder ?? this.#current?.folder ?? (await newest());
    if (chosen === undefined) {
      const find = { title: t('Find Best Reuse...'), command: 'semap.findReuse' };
      await offer('information', t('There are no searches yet.'), [find]);
      return;
    }
    const run = this.#searches.live.find((one) => one.folder === chosen);
    if (run) this.#view.show(run);
    else await this.#view.open(chosen);
  }

  /** Takes up what a window before this one left. */
  async takeUp(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    await takeUpRuns({
      unfinished: this.#unfinished,
      roots: this.#parts.runs.roots,
      started: this.#started.folders,
      open: (folder) => this.#searches.open(folder),
      resume: (folder) => this.resume(folder),
      interrupted: (run) => vscode.l10n.t('The search {0} was interrupted.', searchName(run)),
      log: this.#parts.log,
    });
  }

  async #start(asked: AskedFind): Promise<void> {
    const { runs, log } = this.#parts;
    const { folder: runFolder, readOnly } = await runs.newFolder('find', asked.folders[0] ?? '');
    // The page says where it is saved.
    if (readOnly) log.info('The folder is read-only: the search is saved in the storage of SeMap.');
    const params: FindParams = { ...asked, runFolder };
    const run = this.#searches.start(params);
    await this.#started.add(runFolder);
    log.info(`Finding the best reuse for ${asked.folders.join(', ')} into ${runFolder}.`);
    this.#view.show(run);
  }

  /** Follows a search in the status bar; its page tells how it ended, or a notification where nobody sees that. */
  async #watch(run: WatchedSearch, running: Promise<void>): Promise<void> {
    await this.#status.watch(run, running);
    const end = findEnd(run);
    if (!end) return;
    if (end.weight !== 'information') {
      // Everything ends when the window does; the next one resumes.
      if (this.#status.disposed) return;
      this.#parts.log.error(`Search ${searchName(run)}: ${run.error?.message ?? run.phase}`);
    }
    await tellEnd(end, { inSight: this.#view.shows(run) });
  }

  /** Learns a point again from all labels, writes its document with the files beside it, and opens it. */
  async #keep(
    { folder, params }: WatchedSearch,
    { id, way, backbones }: FindPoint,
  ): Promise<vscode.Uri | undefined> {
    const { engine, active } = this.#parts;
    try {
      mustBeTrustedToSearch();
      const kept = await engine.call('keepReuse', { runFolder: folder, id });
      const document = madeFor(params.folders, kept.document);
      const near = vscode.Uri.file(params.folders[0]);
      const names = backbones.map(({ name }) => name);
      // English, as other names of files that SeMap makes.
      const name = [basename(near.fsPath), ...names, ...partsOf(way)].join('-');
      const isAlone = kept.heads.length === 0 && kept.prompts.length === 0;
      const uri =
        isAlone && !alignmentFolder(near)
          ? await writeAlignment(document, undefined, name)
          : await writeWithFiles({ ...kept, document }, near, name);
      if (uri) await active.open(uri);
      return uri;
    } catch (error) {
      await showError(error);
      return undefined;
    }
  }

  async #askForFolder(): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const [folder] =
      (await askForFolders(this.#parts.datasets, {
        title: t('SeMap: Find Best Reuse'),
        placeholder: t('Select a folder of images to find the best reuse for'),
        dialogTitle: t('Select a Folder of Images to Find the Best Reuse For'),
        openLabel: t('Find Best Reuse'),
      })) ?? [];
    return folder?.fsPath;
  }

  async #pickSearch(phases: readonly RunPhase[]): Promise<string | undefined> {
    const { t } = vscode.l10n;
    const { runs } = this.#parts;
    const items = (await runs.list()).flatMap((entry) => {
      if (entry.kind !== 'find') return [];
      const phase = runs.phaseOf(entry);
      if (!phases.includes(phase)) return [];
      const found = foundWords(entry.record);
      const description = [findingName(phase), found].filter((word) => word !== undefined).join(', ');
      return [{ label: entry.name, description, folder: entry.folder }];
    });
    if (items.length === 0) {
      void showInformation(t('There is no search to resume.'));
      return undefined;
    }
    const picked = await pickOne(items, {
      title: t('SeMap: Resume Search'),
      placeholder: t('Which search do you want to resume?'),
    });
    return picked?.folder;
  }
}

/** A search's folder names backbones and images: in a workspace that is not trusted it is only shown. */
function mustBeTrustedToSearch(): void {
  mustBeTrusted(phrase('Trust the workspace to search with the settings of its runs.'));
}

/** What a document of a way is named after: `watermark-linear-probe`, `semap-settled`. */
function partsOf({ prompt, scores, settled }: FindPoint['way']): readonly string[] {
  return [...(prompt ? [prompt.kind] : []), scores, ...(settled ? ['settled'] : [])];
}
