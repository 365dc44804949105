import { findReuse, resumeSearch } from '../../capabilities/findReuse.ts';
import { phrase } from '../../core/text/text.ts';
import { ownerOf } from '../../files/folderLock.ts';
import { quietSession } from '../quietSession.ts';
import { type LongRunParts, LongRuns } from '../runs/longRuns.ts';
import { isElsewhere, readRun } from '../runs/runEntries.ts';
import type { Engine } from '../supervisor/engineClient.ts';
import { mustBeSearch, WatchedSearch } from './watchedSearch.ts';

interface SearchesParts extends LongRunParts<WatchedSearch> {
  readonly engine: Engine;
}

/** The searches of this window: those in progress by their folder, and others as their folders tell them. */
export class Searches extends LongRuns<WatchedSearch> {
  constructor({ engine, ...parts }: SearchesParts) {
    super(parts, {
      read: readSearchIn,
      run: (run, how, ahead) =>
        run.start(({ signal, onProgress }) => {
          const session = quietSession(engine, signal);
          return how === 'begin'
            ? findReuse(run.params, session, onProgress)
            : resumeSearch(run.folder, session, onProgress);
        }, ahead > 0),
      pause: (runFolder) => engine.call('pauseFind', { runFolder }),
      unpause: (runFolder) => engine.call('unpauseFind', { runFolder }),
      stop: (runFolder) => engine.call('stopFind', { runFolder }),
      busy: phrase('Another window or command is running this search.'),
    });
  }
}

async function readSearchIn(folder: string): Promise<WatchedSearch> {
  const { record } = mustBeSearch(await readRun(folder));
  const elsewhere = isElsewhere(record) && (await ownerOf(folder)) !== undefined;
  return new WatchedSearch({ folder, record, elsewhere });
}
