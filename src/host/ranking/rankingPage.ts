import * as vscode from 'vscode';
import { imageFolders } from '../../core/folders/layout.ts';
import { DisposableValue } from '../../core/listeners.ts';
import { deviceName } from '../../core/runs/run.ts';
import { listed } from '../../core/text/text.ts';
import type {
  RankedSince,
  RankingSource,
  RankingState,
  RankingSummary,
  RankingViewApi,
} from '../../protocol/rankingView.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { ErrorDescription } from '../errors.ts';
import { titleOf } from '../files.ts';
import { plural, say } from '../language.ts';
import { PageFeed, type PageHost } from '../pages/pageFeed.ts';
import type { RankingRun } from './rankingRun.ts';

/** A backbone as it is now. */
interface InstalledBackbone {
  readonly path: string;
  readonly sha256: string | undefined;
}

/** What the page's host side needs of VS Code. */
export interface RankingPageHost extends PageHost {
  describeError(error: unknown): ErrorDescription;
  /** Ranks folders again. @param record the file that names them, where one does */
  again(params: RankingSource['params'], record: string | undefined): unknown;
  /** Makes a backbone the active one. */
  use(path: string): Promise<void>;
  /** The same, and asks to classify the folders of a ranking with it. */
  useAndClassify(path: string, run: RankingRun): Promise<void>;
  /** Aligns the labels of a ranking with several backbones, by path. */
  alignWith(paths: readonly string[], run: RankingRun): Promise<void>;
  /** Path of the active backbone. */
  active(): Promise<string | undefined>;
  /** The backbones that can be used now; undefined where nobody knows. */
  installed(): Promise<readonly InstalledBackbone[] | undefined>;
  /** Whether a folder is there, as far as it may be looked at. */
  isFolder(path: string): Promise<boolean>;
  openFile(file: string): unknown;
  /** A path as people find it again. */
  shortPath(file: string): string;
}

/** Answers the ranking page about one ranking at a time. */
export class RankingPage {
  readonly #host: RankingPageHost;
  readonly #feed = new PageFeed<RankingState>(
    () => this.#state(),
    () => this.#host,
  );
  #run: RankingRun | undefined;
  readonly #listening = new DisposableValue();
  #active: string | undefined;
  #installed: readonly InstalledBackbone[] | undefined;
  #missing: readonly string[] = [];
  #lost: { readonly source: RankingSource; readonly message: string } | undefined;

  constructor(host: RankingPageHost) {
    this.#host = host;
  }

  /** The ranking that is shown. */
  get run(): RankingRun | undefined {
    return this.#run;
  }

  /** Says why the ranking of the window before is not there, and offers to make it again. */
  showLost(source: RankingSource, message: string): void {
    this.#lost = { source, message };
    this.#feed.tell();
  }

  /** Turns to another ranking. */
  show(run: RankingRun): void {
    this.#run = run;
    this.#listening.value = run.onDidChange(() => this.#feed.tell());
    this.#missing = [];
    this.#feed.tell();
    void this.#look(run);
    void this.activeChanged();
  }

  /** Another backbone may be the active one. */
  async activeChanged(): Promise<void> {
    const [active, installed] = await Promise.all([this.#host.active(), this.#host.installed()]);
    this.#active = active;
    this.#installed = installed;
    this.#feed.tell();
  }

  /** Folders may be gone since. */
  async #look(run: RankingRun): Promise<void> {
    const { folders } = run.params;
    const there = await Promise.all(folders.map((folder) => this.#host.isFolder(folder)));
    if (run !== this.#run || there.every((is) => is)) return;
    this.#missing = folders.filter((_, i) => !there[i]);
    this.#feed.tell();
  }

  dispose(): void {
    this.#listening.dispose();
  }

  readonly handlers: Handlers<RankingViewApi> = {
    ...this.#feed.handlers,
    cancel: () => {
      this.#run?.cancel();
    },
    again: async () => {
      const { params, record } = this.#run ?? this.#lost?.source ?? {};
      if (params) await this.#host.again(params, record);
      else await this.#host.execute('semap.rankBackbones');
    },
    use: async ({ path }) => {
      if (this.#isRow(path)) await this.#host.use(path);
    },
    useAndClassify: async ({ path }) => {
      const run = this.#run;
      if (run && this.#isRow(path)) await this.#host.useAndClassify(path, run);
    },
    alignPair: async () => {
      const pair = this.#run?.verdict?.pair;
      if (this.#run && pair?.every(({ path }) => this.#isRow(path)))
        await this.#host.alignWith(
          pair.map(({ path }) => path),
          this.#run,
        );
    },
    describe: async ({ path }) => {
      if (this.#isRow(path)) await this.#host.execute('semap.describeBackbone', path);
    },
    openRecord: async () => {
      if (this.#run?.record !== undefined) await this.#host.openFile(this.#run.record);
    },
  };

  #instead(): RankingState {
    const { t } = vscode.l10n;
    if (!this.#lost) return { kind: 'nothing' };
    const { source, message } = this.#lost;
    const button = source.phase === 'done' ? t('Rank Again') : t('Resume');
    return { kind: 'lost', title: titleOf(source.params.folders), message, button };
  }

  /** Known once the list of backbones is. */
  #since({ rows, phase }: RankingRun): RankingSummary['since'] {
    if (!this.#installed || phase === 'running') return {};
    const since: Record<string, RankedSince> = {};
    for (const { path, sha256, problem } of rows) {
      if (path === undefined || problem) continue;
      const now = this.#installed.find((one) => one.path === path);
      if (!now) since[path] = 'gone';
      else if (sha256 !== undefined && now.sha256 !== undefined && now.sha256 !== sha256)
        since[path] = 'changed';
    }
    return since;
  }

  #notes({ rows, phase, result }: RankingRun): readonly string[] {
    const { t } = vscode.l10n;
    if (phase === 'running') return [];
    const ranked = new Set(rows.map(({ path }) => path));
    const others = (this.#installed ?? []).filter(({ path }) => !ranked.has(path)).length;
    return [
      ...(result?.splits ? [t('Images were drawn from {0}.', say(listed(result.splits)))] : []),
      ...this.#missing.map((folder) => t('The folder {0} was deleted or renamed.', folder)),
      ...(others === 0
        ? []
        : [
            plural(
              others,
              '{0} installed backbone is not in this ranking.',
              '{0} installed backbones are not in this ranking.',
            ),
          ]),
    ];
  }

  /** A page names only backbones that it was shown. */
  #isRow(path: string): boolean {
    return this.#run?.rows.some((row) => row.path === path) ?? false;
  }

  #state(): RankingState {
    const run = this.#run;
    if (!run) return this.#instead();
    const { activity, verdict, result, record, error } = run;
    return {
      kind: 'ranking',
      source: sourceOf(run),
      since: this.#since(run),
      notes: this.#notes(run),
      title: titleOf(run.params.folders),
      phase: run.phase,
      rows: run.rows,
      backbones: run.params.backbones?.length ?? run.rows.length,
      activity,
      verdict,
      active: this.#active,
      found: result?.found,
      measuredOn: result?.measuredOn,
      skipped: result?.skipped.length,
      seconds: result?.seconds,
      device: result && say(deviceName(result.device)),
      record: record === undefined ? undefined : this.#host.shortPath(record),
      problem: error && this.#feed.problem(this.#host.describeError(error)),
    };
  }
}

/** Skipped images are in the record; a page keeps none of them. */
function sourceOf({ params, phase, time, record, result }: RankingRun): RankingSource {
  const { targets } = params;
  return {
    params: { ...imageFolders(params), targets },
    phase,
    time: time.toISOString(),
    record,
    result: record === undefined && result ? { ...result, skipped: [] } : undefined,
  };
}
