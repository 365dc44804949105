import type { FindParams, FindRecord } from '../core/find/findRecord.ts';
import type { DocumentWithFiles } from '../core/find/keptFiles.ts';
import type { Text } from '../core/text/text.ts';
import type { Call } from './rpc.ts';

/** What a search does now. */
export interface FindActivity {
  /** "outputs of mobilenetv2", "linear probe on squeezenet1.1", "training a watermark". */
  readonly what: Text;
  readonly done: number;
  readonly total: number;
}

/** The whole record each time, because it is small; at most five a second. */
export interface FindProgress {
  readonly activity?: FindActivity | undefined;
  readonly record: FindRecord;
  /** Of the budget, until it is used up. */
  readonly secondsLeft: number;
  readonly paused?: true | undefined;
}

/** A found reuse as a document, with files that go beside it. */
export type KeptReuse = DocumentWithFiles;

/** What the engine offers for finding the best reuse. */
export interface FindMethods {
  /** Searches; cancelled, it pauses and can be resumed. */
  findReuse: Call<FindParams, FindRecord, FindProgress>;
  /** Goes on with a search that was paused, cancelled or killed. */
  resumeFind: Call<{ readonly runFolder: string }, FindRecord, FindProgress>;
  pauseFind: Call<{ readonly runFolder: string }>;
  unpauseFind: Call<{ readonly runFolder: string }>;
  /** Ends it with what there is. */
  stopFind: Call<{ readonly runFolder: string }>;
  /** Learns a point of a search again, from all labeled images, and makes a document of it. */
  keepReuse: Call<{ readonly runFolder: string; readonly id: string }, KeptReuse, FindActivity>;
}
