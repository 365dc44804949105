import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits before it is tried again, in milliseconds. */
const WAITS = [10, 20, 40, 80, 160, 320, 640];
const HELD = new Set(['EPERM', 'EACCES', 'EBUSY']);

/**
 * Gives a file or a folder another name, as the system does. On Windows programs that look into what is new, such as virus
 * scanners and the search index, hold it for moments in which it cannot be renamed or replaced: then it is tried again.
 */
export async function renameHeld(from: string, to: string): Promise<void> {
  for (const wait of process.platform === 'win32' ? WAITS : []) {
    try {
      return await rename(from, to);
    } catch (error) {
      if (!HELD.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    await sleep(wait);
  }
  return rename(from, to);
}
