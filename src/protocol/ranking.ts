import type { RankingRow } from '../core/ranking/ranking.ts';
import type { Verdict } from '../core/ranking/verdict.ts';
import type { RankParams, RankResult } from '../core/runs/rankingRecord.ts';
import type { Call } from './rpc.ts';

/** What a run of `rank` looks at now. */
export interface RankActivity {
  readonly backbone: string;
  /** 1 = first look, 2 = with more images. */
  readonly round: 1 | 2;
  readonly done: number;
  readonly total: number;
}

/** Rows in ranked order, and what they say so far; the whole table each time, because it is small. */
export interface RankProgress {
  readonly activity?: RankActivity;
  readonly rows: readonly RankingRow[];
  readonly verdict: Verdict;
}

/** What the engine offers for choosing a backbone. */
export interface RankingMethods {
  /** Compares backbones on a folder: a sample first, refined afterwards. Outputs are kept for `classify`. */
  rank: Call<RankParams, RankResult, RankProgress>;
}
