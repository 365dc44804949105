import type { RankingState, RankingViewApi } from '../../protocol/rankingView.ts';
import type { Handlers } from '../../protocol/rpc.ts';
import type { ErrorDescription } from '../errors.ts';
import { titleOf } from '../views/folderNames.ts';
import { Followers } from '../views/followers.ts';
import { ShownProblem } from '../views/shownProblem.ts';
import type { RankRun } from './rankRun.ts';

/** What the page's host side needs of VS Code. */
export interface RankPageHost {
  describeError(error: unknown): ErrorDescription;
  execute(command: string, ...args: readonly unknown[]): unknown;
  /** Ranks the same folders again. */
  again(run: RankRun): unknown;
  /** Makes a backbone the active one. */
  use(path: string): Promise<void>;
  /** Path of the active backbone. */
  active(): Promise<string | undefined>;
  openFile(file: string): unknown;
  /** A path as people find it again. */
  shortPath(file: string): string;
}

/** Answers the ranking page about one ranking at a time. */
export class RankPage {
  readonly #host: RankPageHost;
  readonly #watchers = new Followers<RankingState>();
  #run: RankRun | undefined;
  #subscription: { dispose(): unknown } | undefined;
  readonly #problem: ShownProblem;
  #active: string | undefined;

  constructor(host: RankPageHost) {
    this.#host = host;
    this.#problem = new ShownProblem(host);
  }

  /** Turns to another ranking. */
  show(run: RankRun): void {
    this.#subscription?.dispose();
    this.#run = run;
    this.#subscription = run.onDidChange(() => this.#announce());
    this.#announce();
    void this.activeChanged();
  }

  /** Another backbone may be the active one. */
  async activeChanged(): Promise<void> {
    const active = await this.#host.active();
    if (active === this.#active) return;
    this.#active = active;
    this.#announce();
  }

  dispose(): void {
    this.#subscription?.dispose();
  }

  readonly handlers: Handlers<RankingViewApi> = {
    watch: (_, context) => {
      context.report(this.#state());
      return this.#watchers.follow(context);
    },
    cancel: () => {
      this.#run?.cancel();
      return undefined;
    },
    again: async () => {
      if (this.#run) await this.#host.again(this.#run);
      else await this.#host.execute('semap.rankBackbones');
      return undefined;
    },
    use: async ({ path }) => {
      if (this.#isRow(path)) await this.#host.use(path);
      return undefined;
    },
    describe: async ({ path }) => {
      if (this.#isRow(path)) await this.#host.execute('semap.describeBackbone', path);
      return undefined;
    },
    openRecord: async () => {
      if (this.#run?.record !== undefined) await this.#host.openFile(this.#run.record);
      return undefined;
    },
    act: ({ action }) => this.#problem.act(action),
  };

  #announce(): void {
    this.#watchers.tell(() => this.#state());
  }

  /** A page names only backbones that it was shown. */
  #isRow(path: string): boolean {
    return this.#run?.rows.some((row) => row.path === path) ?? false;
  }

  #state(): RankingState {
    const run = this.#run;
    if (!run) return { kind: 'nothing' };
    const { activity, verdict, result, record, error } = run;
    return {
      kind: 'ranking',
      title: titleOf(run.params.folders),
      phase: run.phase,
      rows: run.rows,
      backbones: run.params.backbones?.length ?? run.rows.length,
      ...(activity ? { activity } : {}),
      ...(verdict ? { verdict } : {}),
      ...(this.#active === undefined ? {} : { active: this.#active }),
      ...(result
        ? {
            found: result.found,
            skipped: result.skipped.length,
            seconds: result.seconds,
            device: result.device.name,
          }
        : {}),
      ...(record === undefined ? {} : { record: this.#host.shortPath(record) }),
      ...(error ? { problem: this.#problem.show(this.#host.describeError(error)) } : {}),
    };
  }
}
