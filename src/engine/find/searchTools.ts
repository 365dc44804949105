import type { FindParams } from '../../core/find/findRecord.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import type { FindActivity } from '../../protocol/find.ts';
import type { Thread } from '../threads/thread.ts';
import type { FindServices } from './findBackbones.ts';
import type { FindClock } from './findClock.ts';
import type { SearchLines } from './findFiles.ts';
import type { FindWorkerApi } from './findWorker.ts';

/** What a search works with. */
export interface SearchTools {
  readonly params: FindParams;
  readonly services: FindServices;
  readonly runFolder: string;
  readonly clock: FindClock;
  readonly lines: SearchLines;
  readonly thread: Thread<FindWorkerApi>;
  readonly signal: AbortSignal;
  readonly onChange: (activity?: FindActivity) => void;
  readonly onSkipped: (image: SkippedImage) => void;
}
