import type { MeasuredOn } from '../core/metrics/measuredOn.ts';
import type { RankingRow } from '../core/ranking/ranking.ts';
import type { Verdict } from '../core/ranking/verdict.ts';
import type { RankParams, RankResult } from '../core/runs/rankingRecord.ts';
import type { PageProblem } from './pageProblem.ts';
import type { RankActivity } from './ranking.ts';
import type { RunPhase } from './resultsView.ts';
import type { Call } from './rpc.ts';

/** What a ranking was about, as far as another window needs it to show it again. */
export interface RankingSource {
  readonly params: Pick<RankParams, 'folders' | 'targets'>;
  readonly phase: RunPhase;
  /** ISO time of the start. */
  readonly time: string;
  /** File that the result was saved in. */
  readonly record?: string | undefined;
  /** The result itself, where it was not saved. */
  readonly result?: RankResult | undefined;
}

/** What became of a backbone since it was ranked: it is not installed any more, or its file is another one. */
export type RankedSince = 'gone' | 'changed';

/** A ranking as its page shows it; small, because it is sent whole whenever it changes. */
export interface RankingSummary {
  readonly kind: 'ranking';
  /** What it takes to bring this ranking back: the page keeps it. */
  readonly source: RankingSource;
  /** By path, the backbones that are others by now. */
  readonly since: Readonly<Record<string, RankedSince>>;
  /** What is to be known about the table: that the folder is gone, say. */
  readonly notes: readonly string[];
  /** The folders, as people call them: `photos and 2 more`. */
  readonly title: string;
  readonly phase: RunPhase;
  readonly activity?: RankActivity | undefined;
  /** In ranked order. */
  readonly rows: readonly RankingRow[];
  readonly verdict?: Verdict | undefined;
  /** Backbones that are to be ranked in all. */
  readonly backbones: number;
  /** Path of the backbone that is used first. */
  readonly active?: string | undefined;
  /** When it is over. */
  readonly found?: number | undefined;
  /** Which of them accuracies are measured on, and which folders are left out. */
  readonly measuredOn?: MeasuredOn | undefined;
  readonly skipped?: number | undefined;
  readonly seconds?: number | undefined;
  readonly device?: string | undefined;
  /** File of the record, relative to the workspace where it lies in it. */
  readonly record?: string | undefined;
  /** When it failed. */
  readonly problem?: PageProblem | undefined;
}

export type RankingState =
  | { readonly kind: 'nothing' }
  /** The ranking of the window before cannot be shown; `button` ranks again. */
  | { readonly kind: 'lost'; readonly title: string; readonly message: string; readonly button: string }
  | RankingSummary;

/** What the ranking page may ask of the extension host. */
export interface RankingViewApi {
  /** Reports the state at once and after every change, for as long as the page lives. */
  watch: Call<null, never, RankingState>;
  cancel: Call<null>;
  /** Ranks the same folders again; what was computed is not run twice. */
  again: Call<null>;
  /** Makes a backbone the one that is used first. */
  use: Call<{ readonly path: string }>;
  /** The same, and asks to classify the ranked folders with it. */
  useAndClassify: Call<{ readonly path: string }>;
  /** Aligns the ranked labels with the two backbones that are worth joining. */
  alignPair: Call<null>;
  /** Asks the person what the backbone's file does not say. */
  describe: Call<{ readonly path: string }>;
  /** Opens the record. */
  openRecord: Call<null>;
  /** Runs a button of the problem in the state. */
  act: Call<{ readonly action: number }>;
}
