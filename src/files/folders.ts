import { mkdir } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a folder and those that lead to it, where they are missing. Node's own recursive `mkdir` tries for ever where a
 * folder is there but takes no folders, and says that it is not (`/proc/x`).
 */
export async function makeFolders(folder: string): Promise<void> {
  const missing: string[] = [];
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      await mkdir(at);
      break;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') break;
      if (code !== 'ENOENT' || path.dirname(at) === at) throw error;
      missing.push(at);
    }
  }
  for (const at of missing.reverse()) await made(at);
}

/** Somebody else may make it at the same time. */
async function made(folder: string): Promise<void> {
  await mkdir(folder).catch((error) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
