import type { Progress } from '../capabilities/session.ts';
import { say } from '../core/text/text.ts';

/** How far a call is, as clients hear it. */
export interface ProgressTold {
  readonly progress: number;
  readonly total?: number;
  readonly message: string;
}

/** A client hears no more often than this: some work reports every image. */
const EVERY_MILLISECONDS = 200;

/** Reports how far a call is: the first at once, then the latest at intervals, and nothing after its end. */
export function progressReporter(tell: (told: ProgressTold) => void): {
  readonly report: (progress: Progress) => void;
  readonly end: () => void;
} {
  let latest: Progress | undefined;
  let timer: NodeJS.Timeout | undefined;
  let progress = 0;
  let hasEnded = false;
  const next = () => {
    timer = undefined;
    if (latest === undefined) return;
    const { share, message } = latest;
    latest = undefined;
    // It must grow with every message, whatever is known.
    progress = Math.max(progress + 1e-6, share ?? 0);
    tell({ progress, ...(share !== undefined && { total: 1 }), message: say(message) });
    timer = setTimeout(next, EVERY_MILLISECONDS);
  };
  return {
    report: (now) => {
      if (hasEnded) return;
      latest = now;
      if (timer === undefined) next();
    },
    end: () => {
      hasEnded = true;
      latest = undefined;
      clearTimeout(timer);
    },
  };
}
