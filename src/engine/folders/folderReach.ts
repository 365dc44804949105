import { opendir, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { SemapError } from '../../core/errors.ts';
import { phrase, type Text } from '../../core/text/text.ts';
import { whySystem } from '../../files/systemErrors.ts';

/** Between two looks at a folder that cannot be reached. */
const LOOK_MILLISECONDS = 1000;
/** What was asked a moment ago is not asked again for every image of a folder. */
const FRESH_MILLISECONDS = 200;
/** A network folder that does not answer at all is away, too. */
const ANSWER_MILLISECONDS = 10_000;

/** A folder that cannot be reached, and why. */
export interface AwayFolder {
  readonly folder: string;
  readonly why: Text;
}

interface Options {
  /** Told when a folder is away, and with nothing when all are back. */
  readonly onAway?: (away: AwayFolder | undefined) => void;
  /** So long a folder is waited for; infinite: until the caller gives up. */
  readonly patience?: number;
  readonly look?: number;
}

/**
 * Whether folders can be reached while they are being read. A network folder may go away for a minute, and what is in it
 * is then not gone: whoever misses a file asks here first.
 */
export class FolderReach {
  readonly #folders: readonly string[];
  readonly #options: Options;
  /** The disks on which the folders are: the place of one that is no longer mounted is an empty folder of another. */
  readonly #disks = new Map<string, bigint>();
  #asked = Number.NEGATIVE_INFINITY;
  #away: AwayFolder | undefined;
  #waiting: Promise<void> | undefined;

  constructor(folders: readonly string[], options: Options = {}) {
    this.#folders = folders;
    this.#options = options;
  }

  /** Notes where the folders are as long as they are there. */
  async note(): Promise<void> {
    await this.#look();
  }

  /**
   * Waits while a folder is away.
   * @returns whether one was: then what was missed may be there again
   * @throws {SemapError} `not-found` when it has been away for too long; what `signal` was aborted with
   */
  async isBack(signal: AbortSignal): Promise<boolean> {
    if (!this.#waiting) {
      if (performance.now() - this.#asked < FRESH_MILLISECONDS && !this.#away) return false;
      this.#away = await this.#look();
      this.#asked = performance.now();
      if (!this.#away) return false;
      this.#waiting ??= this.#wait(this.#away, signal).finally(() => {
        this.#waiting = undefined;
      });
    }
    await this.#waiting;
    return true;
  }

  async #wait(first: AwayFolder, signal: AbortSignal): Promise<void> {
    const { onAway, patience = Number.POSITIVE_INFINITY, look = LOOK_MILLISECONDS } = this.#options;
    const since = performance.now();
    onAway?.(first);
    for (let away: AwayFolder | undefined = first; away; away = await this.#look()) {
      if (performance.now() - since > patience) throw gone(away);
      await sleep(look, undefined, { signal });
    }
    this.#away = undefined;
    onAway?.(undefined);
  }

  /** The first folder that is away. */
  async #look(): Promise<AwayFolder | undefined> {
    for (const folder of this.#folders) {
      const answered = new AbortController();
      const why = await Promise.race([this.#whyAway(folder), silence(answered.signal)]);
      answered.abort();
      if (why) return { folder, why };
    }
    return undefined;
  }

  async #whyAway(folder: string): Promise<Text | undefined> {
    try {
      const { dev } = await stat(folder, { bigint: true });
      const entries = await opendir(folder);
      const isEmpty = (await entries.read().finally(() => entries.close())) === null;
      const before = this.#disks.get(folder);
      if (isEmpty && before !== undefined && before !== dev) return phrase('it is no longer mounted');
      this.#disks.set(folder, dev);
      return undefined;
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      // Somebody took the right to read it away: waiting would not help.
      if (code === 'EACCES' || code === 'EPERM') return undefined;
      return code === 'ENOENT' ? phrase('it is not there') : whySystem(error as NodeJS.ErrnoException);
    }
  }
}

async function silence(answered: AbortSignal): Promise<Text> {
  await sleep(ANSWER_MILLISECONDS, undefined, { ref: false, signal: answered }).catch(() => {});
  return phrase('the network folder does not answer');
}

function gone({ folder, why }: AwayFolder): SemapError {
  return new SemapError('not-found', phrase('Cannot reach {0}: {1}.', folder, why), {
    hint: phrase('What was classified is kept. Classify the folder again when it is back.'),
  });
}
