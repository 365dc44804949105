import * as vscode from 'vscode';
import type { RunPhase } from '../../core/runs/run.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import type { Log } from '../log.ts';
import { type End, type NextStep, offer, showInformation, tellEnd } from '../messages.ts';
import { pickOne } from '../questions.ts';
import { type RunLook, RunStatus } from '../runStatus.ts';
import { mustBeTrusted } from '../trust.ts';
import type { LongRun, LongRunParts, LongRuns } from './longRuns.ts';
import type { FindEntry, TrainingEntry } from './runEntry.ts';
import type { LiveRun, RunStore } from './runStore.ts';
import type { RunView } from './runView.ts';
import { StartedRuns } from './startedRuns.ts';
import { takeUpRuns, UnfinishedRuns } from './unfinishedRuns.ts';

/** The long runs that there are, and how their folders are called. */
const FOLDERS = { training: 'train', find: 'find' } as const;
type Kind = keyof typeof FOLDERS;
interface EntryOf {
  readonly training: TrainingEntry;
  readonly find: FindEntry;
}

/** What is said of the runs of a kind. */
export interface LongRunWords<Of extends Kind, Run> {
  /** Their item in the status bar. */
  readonly item: { readonly id: string; readonly name: string; readonly priority: number };
  readonly look: (runs: readonly Run[]) => RunLook;
  readonly nameOf: (run: Run) => string;
  /** What one does and with what, beside its name in the tree. */
  readonly held: (run: Run) => string;
  /** How far one is, as the tree shows it: as long as that is the same, the tree is not read again. */
  readonly row: (run: Run) => string;
  readonly interrupted: (run: Run) => string;
  /** @returns undefined where there is nothing to tell */
  readonly end: (run: Run) => End | undefined;
  /** What one is called in the log, and what it does: `Training`, `Training on`. */
  readonly logged: { readonly kind: string; readonly begins: string };
  /** That none was begun yet, with what begins one. */
  readonly none: { readonly message: string; readonly step: NextStep };
  /** The question which to resume. */
  readonly resume: {
    readonly none: string;
    readonly title: string;
    readonly placeholder: string;
    readonly row: (entry: EntryOf[Of], phase: RunPhase) => string;
  };
  /** What a workspace must be trusted for, to use the settings of its runs. */
  readonly trust: Text;
}

interface LongRunCommandsParts<Of extends Kind, Run extends LongRun, More> {
  readonly kind: Of;
  readonly runs: RunStore;
  readonly memory: vscode.Memento;
  readonly log: Log;
  readonly words: LongRunWords<Of, Run>;
  readonly longRuns: (parts: LongRunParts<Run>) => LongRuns<Run>;
  readonly view: (longRuns: LongRuns<Run>) => ViewOf<Run, More>;
}

type ViewOf<Run extends LongRun, More> = Pick<
  RunView<Run, never, More>,
  'show' | 'open' | 'replace' | 'leave' | 'shows' | 'runsChanged' | 'dispose'
>;

/** What can be done to the long runs of a kind, whatever they are of: to begin, show, follow and resume them. */
export class LongRunCommands<Of extends Kind, Run extends LongRun, More = undefined>
  implements vscode.Disposable
{
  readonly longRuns: LongRuns<Run>;
  readonly #parts: LongRunCommandsParts<Of, Run, More>;
  readonly #started: StartedRuns;
  readonly #unfinished: UnfinishedRuns;
  readonly #status: RunStatus<Run>;
  readonly #view: ViewOf<Run, More>;
  readonly #listening: vscode.Disposable;

  constructor(parts: LongRunCommandsParts<Of, Run, More>) {
    this.#parts = parts;
    const { kind, memory, runs, words } = parts;
    this.#started = new StartedRuns(memory, kind);
    this.#unfinished = new UnfinishedRuns(kind);
    this.#status = new RunStatus<Run>(words.item, words.look);
    this.longRuns = parts.longRuns({
      unfinished: this.#unfinished,
      watch: (run, running) => void this.#watch(run, running),
    });
    this.#view = parts.view(this.longRuns);
    const rows = new Map<string, string>();
    this.#listening = vscode.Disposable.from(
      this.longRuns.onDidChange((run) => {
        if (run.withdrawn && !run.record) this.#view.leave(run, this.current);
        const row = `${run.phase} ${words.row(run)} ${run.record === undefined}`;
        if (rows.get(run.folder) === row) return;
        rows.set(run.folder, row);
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

  /** Those that this window holds, the first started first. */
  get held(): readonly LiveRun[] {
    const { kind, words } = this.#parts;
    return this.longRuns.live.map((run) => {
      const { folder, phase } = run;
      return { folder, of: kind, phase, name: words.nameOf(run), words: words.held(run) };
    });
  }

  /** The run in progress; the others wait. */
  get current(): Run | undefined {
    const { live } = this.longRuns;
    return live.find((run) => run.phase === 'running') ?? live[0];
  }

  /**
   * Before anything is saved in a workspace.
   * @throws {SemapError} `untrusted`
   */
  mayBegin(): void {
    mustBeTrusted(phrase('Trust the workspace to save runs in it.'));
  }

  /**
   * A run's folder names backbones and images: in a workspace that is not trusted it is only shown.
   * @throws {SemapError} `untrusted`
   */
  mayUse(): void {
    mustBeTrusted(this.#parts.words.trust);
  }

  /**
   * Begins a run on `folders` in a folder of its own, and shows it.
   * @param make the run, for its folder
   */
  async begin(folders: readonly string[], make: (runFolder: string) => Run): Promise<void> {
    const { runs, log, kind, words } = this.#parts;
    const { folder, readOnly } = await runs.newFolder(FOLDERS[kind], folders[0] ?? '');
    const run = this.longRuns.begin(make(folder));
    await this.#started.add(folder);
    // The page says where it is saved.
    if (readOnly) log.info('The folder is read-only: the run is saved in the storage of SeMap.');
    log.info(`${words.logged.begins} ${folders.join(', ')} into ${folder}.`);
    this.#view.show(run);
  }

  /** Shows a run: the one named, the one in progress, or the newest. */
  async show(folder?: string, more?: More): Promise<void> {
    const { runs, kind, words } = this.#parts;
    const newest = async () => (await runs.list()).find((entry) => entry.kind === kind)?.folder;
    const chosen = folder ?? this.current?.folder ?? (await newest());
    if (chosen === undefined) return offer('information', words.none.message, [words.none.step]);
    const run = this.longRuns.live.find((one) => one.folder === chosen);
    if (run) this.#view.show(run, more);
    else await this.#view.open(chosen, more);
  }

  /** Resumes a run; asks which when none is named. */
  async resume(folder?: string): Promise<void> {
    const chosen = folder ?? (await this.#pick());
    if (chosen === undefined) return;
    this.mayUse();
    const run = await this.longRuns.resume(chosen);
    await this.#started.add(chosen);
    this.#view.replace(run);
  }

  /** Takes up what a window before this one left. */
  async takeUp(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const { runs, words, log } = this.#parts;
    await takeUpRuns({
      unfinished: this.#unfinished,
      roots: runs.roots,
      started: this.#started.folders,
      open: (folder) => this.longRuns.open(folder),
      resume: (folder) => this.resume(folder),
      interrupted: words.interrupted,
      log,
    });
  }

  /** Follows a run in the status bar; its page tells how it ended, or a notification where nobody sees that. */
  async #watch(run: Run, running: Promise<void>): Promise<void> {
    const { words, log } = this.#parts;
    await this.#status.watch(run, running);
    const end = words.end(run);
    if (!end) return;
    if (end.weight !== 'information') {
      // Everything ends when the window does; the next one resumes.
      if (this.#status.disposed) return;
      log.error(`${words.logged.kind} ${words.nameOf(run)}: ${run.error?.message ?? run.phase}`);
    }
    await tellEnd(end, { inSight: this.#view.shows(run) });
  }

  /** Asks which of those that are not over is meant. */
  async #pick(): Promise<string | undefined> {
    const { runs, kind, words } = this.#parts;
    const { none, title, placeholder, row } = words.resume;
    const items = (await runs.list())
      .filter((entry): entry is EntryOf[Of] => entry.kind === kind)
      .flatMap((entry) => {
        const phase = runs.phaseOf(entry);
        if (!RESUMABLE.includes(phase)) return [];
        return [{ label: entry.name, description: row(entry, phase), folder: entry.folder }];
      });
    if (items.length === 0) {
      void showInformation(none);
      return undefined;
    }
    return (await pickOne(items, { title, placeholder }))?.folder;
  }
}

const RESUMABLE: readonly RunPhase[] = ['paused', 'interrupted', 'failed'];
