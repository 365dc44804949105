import type { Dirent } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { isOthersFile, isOthersFolder } from '../core/images/imageFiles.ts';
import { isWithin } from './paths.ts';

/**
 * The first link below a folder that leads out of some others, looking at all that a walk for images looks at: links to
 * folders inside are followed, hidden entries are not.
 * @param roots real paths
 * @returns its path; undefined where every link stays inside, or leads nowhere
 */
export async function linkOut(
  folder: string,
  roots: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const seen = new Set<string>();
  const open = [folder];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (signal?.aborted) return undefined;
    const real = await realpath(at).catch(() => undefined);
    if (real === undefined || seen.has(real)) continue;
    if (!roots.some((root) => isWithin(real, root))) return at;
    seen.add(real);
    // What cannot be read, nobody is shown.
    const entries: readonly Dirent[] = await readdir(at, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const { name } = entry;
      if (name.startsWith('.') || isOthersFolder(name) || isOthersFile(name)) continue;
      const whole = path.join(at, name);
      if (entry.isDirectory()) open.push(whole);
      else if (entry.isSymbolicLink()) {
        const leads = await realpath(whole).catch(() => undefined);
        if (leads === undefined) continue;
        if (!roots.some((root) => isWithin(leads, root))) return whole;
        // A file is looked at and left, since it cannot be read as a folder.
        open.push(whole);
      }
    }
  }
  return undefined;
}
