import { FolderEvents } from '../folders/folderEvents.ts';
import type { FolderChanges, GrowingFolder } from '../folders/growingFolder.ts';

/** Between two looks at all files: network folders tell nothing of what changes in them. */
const LOOK_MILLISECONDS = 2000;
/** Looking at very many files takes at most one part in so many of the time. */
const LOOK_SHARE = 20;
/** Where the system told of a change more will follow; listing takes at most one part in so many of the time. */
const EVENT_MILLISECONDS = 200;
const EVENT_SHARE = 5;
/** Something is being written: whether it is whole is seen soon. */
const RESTING_MILLISECONDS = 500;

interface Watching {
  readonly folders: readonly string[];
  readonly growing: GrowingFolder;
  readonly signal: AbortSignal;
  /** Whether what was missed may be there again: waits while a folder is away. */
  readonly again: () => Promise<boolean>;
  /** Does what changes ask for; called after every look. */
  readonly take: (changes: FolderChanges) => Promise<void>;
}

/** Looks at folders again and again until `signal` is aborted. */
export async function watchFolders({ folders, growing, signal, again, take }: Watching): Promise<void> {
  const touched = new Set<string>();
  let wake = () => {};
  const events = new FolderEvents(folders, (path) => {
    touched.add(path);
    wake();
  });
  const stop = () => wake();
  signal.addEventListener('abort', stop);
  let all = 0;
  try {
    while (!signal.aborted) {
      events.follow(growing.imageFolders);
      const started = performance.now();
      const isAll = started >= all;
      const some = new Set(touched);
      touched.clear();
      const changes = await growing.look((path) => isAll || some.has(path), signal, again);
      const ended = performance.now();
      const took = ended - started;
      if (isAll) all = ended + Math.max(LOOK_MILLISECONDS, LOOK_SHARE * took);
      if (signal.aborted) return;
      await take(changes);
      const soon = Math.max(EVENT_MILLISECONDS, EVENT_SHARE * took);
      await idle(
        soon,
        () => false,
        (woken) => (wake = woken),
        signal,
      );
      const left = growing.isWaiting ? RESTING_MILLISECONDS : all - performance.now();
      await idle(
        left,
        () => touched.size > 0,
        (woken) => (wake = woken),
        signal,
      );
    }
  } finally {
    signal.removeEventListener('abort', stop);
    events.close();
  }
}

/** Waits for so long, or until something happened. */
function idle(
  milliseconds: number,
  isOver: () => boolean,
  onWake: (woken: () => void) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      onWake(() => {});
      resolve();
    };
    const timer = setTimeout(over, Math.max(0, milliseconds));
    const woken = () => {
      if (isOver() || signal.aborted) over();
    };
    onWake(woken);
    woken();
  });
}
