import { createHash, randomUUID } from 'node:crypto';
import * as files from 'node:fs/promises';
import type { DownloadEnvironment } from '../core/downloads/environment.ts';
import { systemClock } from '../core/downloads/environment.ts';
import { makeFolders } from './folders.ts';
import { renameHeld } from './renames.ts';

/**
 * Downloads by the fetch of this process. VS Code puts its own, which knows proxy, certificates and login, in the place
 * of the extension host's, even later than the start: so it is looked up at every request.
 */
export function downloadEnvironment(): DownloadEnvironment {
  return {
    fetch: (url, init) => globalThis.fetch(url, init),
    files: { ...files, mkdir: makeFolders, rename: renameHeld },
    createHash,
    clock: systemClock,
    owner: randomUUID(),
  };
}
