import { createHash, randomUUID } from 'node:crypto';
import * as files from 'node:fs/promises';
import type { DownloadEnvironment } from '../../core/downloads/environment.ts';
import { systemClock } from '../../core/downloads/systemClock.ts';
import { makeFolders } from '../../files/folders.ts';

/** Downloads by Node's own fetch: for the command line. In VS Code the extension host downloads, which knows the proxy. */
export function downloadEnvironment(): DownloadEnvironment {
  return {
    fetch: (url, init) => globalThis.fetch(url, init),
    files: { ...files, mkdir: makeFolders },
    createHash,
    clock: systemClock,
    owner: randomUUID(),
  };
}
