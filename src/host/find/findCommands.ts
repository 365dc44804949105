import { basename } from 'node:path';
import * as vscode from 'vscode';
import { learnAgain } from '../../capabilities/findReuse.ts';
import type { FindPoint } from '../../core/find/findRecord.ts';
import { keptName } from '../../core/find/keptFiles.ts';
import type { ActiveAlignment } from '../alignments/activeAlignment.ts';
import { alignmentFolder, writeAlignment, writeWithFiles } from '../alignments/alignmentFiles.ts';
import type { LabelSources } from '../alignments/labelSources.ts';
import type { BackboneLibrary } from '../backbones/backboneLibrary.ts';
import { type CommandTable, urisOf } from '../commands.ts';
import { askForFolder } from '../datasets/askForFolders.ts';
import type { DatasetsTree } from '../datasets/datasetsTree.ts';
import type { FolderLayouts } from '../datasets/folderLayouts.ts';
import { showError } from '../errors.ts';
import type { Log } from '../log.ts';
import { quietSession } from '../quietSession.ts';
import { LongRunCommands } from '../runs/longRunCommands.ts';
import { folderOf, type RunTarget } from '../runs/runCommands.ts';
import type { LiveRun, RunStore } from '../runs/runStore.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { type AskedFind, FindForm } from './findForm.ts';
import { findView } from './findView.ts';
import { findRunWords } from './findWords.ts';
import { KeptPoints } from './keptPoints.ts';
import { Searches } from './searches.ts';
import { WatchedSearch } from './watchedSearch.ts';

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
  readonly #runs: LongRunCommands<'find', WatchedSearch>;

  readonly commands: CommandTable<'find'> = {
    'semap.findReuse': (item?: unknown) => this.find(urisOf(item, undefined)[0]),
    'semap.showFind': (target?: RunTarget) => this.show(target && folderOf(target)),
    'semap.pauseFind': (target: RunTarget) => this.#runs.longRuns.pause(folderOf(target)),
    'semap.resumeFind': (target?: RunTarget) => this.#runs.resume(target && folderOf(target)),
    'semap.stopFind': (target: RunTarget) => this.#runs.longRuns.stop(folderOf(target)),
    'semap.findAgain': (target: RunTarget) => this.again(folderOf(target)),
  };

  constructor(parts: FindParts) {
    this.#parts = parts;
    this.#form = new FindForm(parts);
    const { extensionUri, engine, active, memory, runs, log, openTraining, showBackbone } = parts;
    this.#runs = new LongRunCommands({
      kind: 'find',
      runs,
      memory,
      log,
      words: findRunWords(),
      longRuns: (following) => new Searches({ engine, ...following }),
      view: (searches) =>
        findView({
          extensionUri,
          open: (folder) => searches.open(folder),
          pause: (folder) => searches.pause(folder),
          stop: (folder) => searches.stop(folder),
          keep: (run, point) => this.#keep(run, point),
          kept: new KeptPoints(memory),
          openAlignment: async (uri) => {
            await active.open(uri);
          },
          openTraining,
          showBackbone,
        }),
    });
  }

  dispose(): void {
    this.#runs.dispose();
  }

  /** Searches that this window holds, the first started first. */
  get held(): readonly LiveRun[] {
    return this.#runs.held;
  }

  /** Shows a search: the one named, the one in progress, or the newest. */
  show(folder?: string): Promise<void> {
    return this.#runs.show(folder);
  }

  /** Takes up what a window before this one left. */
  takeUp(): Promise<void> {
    return this.#runs.takeUp();
  }

  /** @param folder asked for when absent */
  async find(folder?: vscode.Uri): Promise<void> {
    this.#runs.mayBegin();
    const { t } = vscode.l10n;
    const chosen =
      folder?.fsPath ??
      (await askForFolder(this.#parts.datasets, {
        title: t('SeMap: Find Best Reuse'),
        placeholder: t('Select a folder of images to find the best reuse for'),
        dialogTitle: t('Select a Folder of Images to Find the Best Reuse For'),
        openLabel: t('Find Best Reuse'),
      }));
    if (chosen === undefined) return;
    const asked = await this.#form.ask([chosen]);
    if (asked) await this.#start(asked);
  }

  /** Asks once more with the settings of a search, and searches as another run. */
  async again(folder: string): Promise<void> {
    this.#runs.mayUse();
    const { runFolder: _, ...before } = (await this.#runs.longRuns.open(folder)).params;
    const asked = await this.#form.ask(before.folders, before);
    if (asked) await this.#start(asked);
  }

  #start(asked: AskedFind): Promise<void> {
    return this.#runs.begin(
      asked.folders,
      (folder) => new WatchedSearch({ folder, params: { ...asked, runFolder: folder } }),
    );
  }

  /** Learns a point again from all labels, writes its document with the files beside it, and opens it. */
  async #keep(
    { folder, params }: WatchedSearch,
    { id, way, backbones }: FindPoint,
  ): Promise<vscode.Uri | undefined> {
    const { engine, active } = this.#parts;
    try {
      this.#runs.mayUse();
      const kept = await learnAgain(folder, id, { params }, quietSession(engine));
      const near = vscode.Uri.file(params.folders[0]);
      const names = backbones.map(({ name }) => name);
      // English, as other names of files that SeMap makes.
      const name = [basename(near.fsPath), ...names, keptName(way)].join('-');
      const isAlone = kept.heads.length === 0 && kept.prompts.length === 0;
      const uri =
        isAlone && !alignmentFolder(near)
          ? await writeAlignment(kept.document, undefined, name)
          : await writeWithFiles(kept, near, name);
      if (uri) await active.open(uri);
      return uri;
    } catch (error) {
      await showError(error);
      return undefined;
    }
  }
}
