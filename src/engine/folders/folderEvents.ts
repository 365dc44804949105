import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';

/** Systems that tell of everything below a folder; elsewhere each folder is watched by itself. */
const RECURSIVE = process.platform === 'darwin' || process.platform === 'win32';
/** The system watches a limited number of folders for all programs together. */
const MOST_WATCHED = 1000;

/**
 * What the system tells of changes in folders. It is a hint to look sooner: network folders tell nothing, and systems leave
 * out what they have no room for.
 */
export class FolderEvents {
  readonly #onEvent: (path: string) => void;
  readonly #watched = new Map<string, FSWatcher>();

  /** @param onEvent called with the file or folder that may be another */
  constructor(roots: readonly string[], onEvent: (path: string) => void) {
    this.#onEvent = onEvent;
    for (const root of roots) this.#watch(root);
  }

  /** Watches folders below, too. */
  follow(folders: Iterable<string>): void {
    if (!RECURSIVE) for (const folder of folders) this.#watch(folder);
  }

  close(): void {
    for (const watcher of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  #watch(folder: string): void {
    if (this.#watched.has(folder) || this.#watched.size >= MOST_WATCHED) return;
    const drop = () => {
      this.#watched.get(folder)?.close();
      this.#watched.delete(folder);
    };
    try {
      const watcher = watch(folder, { recursive: RECURSIVE, persistent: false }, (event, name) => {
        this.#onEvent(name === null ? folder : path.join(folder, name));
        // A folder that was removed or renamed is watched under its old name no longer.
        if (event === 'rename' && name === path.basename(folder)) drop();
      });
      this.#watched.set(folder, watcher);
      watcher.on('error', drop);
    } catch {
      // Too many, or no such folder: looking again finds what changes.
    }
  }
}
