import { createHash, randomUUID } from 'node:crypto';
import * as files from 'node:fs/promises';
import type { DownloadEnvironment } from '../../core/downloads/environment.ts';
import { systemClock } from '../../core/downloads/systemClock.ts';
import { makeFolders } from '../../files/folders.ts';

/**
 * Downloads by the extension host's fetch, which VS Code has taught its proxy, certificates and login: it is looked up
 * at every request, because VS Code puts its own in place of Node's.
 */
export function downloadEnvironment(): DownloadEnvironment {
  return {
    fetch: (url, init) => globalThis.fetch(url, init),
    files: { ...files, mkdir: makeFolders },
    createHash,
    clock: systemClock,
    owner: randomUUID(),
  };
}
