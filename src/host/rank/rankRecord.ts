import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RankParams, RankResult } from '../../protocol/ranking.ts';

/** Grows when the record's fields change. */
const VERSION = 1;

/**
 * Writes a ranking to `<root>/.semap/runs/<time>-rank-<folder>/run.json`, under a temporary name first.
 * @param root a folder of the workspace
 * @returns the file
 */
export async function saveRanking(
  root: string,
  params: RankParams,
  result: RankResult,
  now: Date,
): Promise<string> {
  const runs = join(root, '.semap', 'runs');
  const time = now
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replaceAll(':', '-');
  const name = basename(params.folders[0] ?? '').replaceAll(/[^\p{L}\p{N}._-]/gu, '_');
  const temporary = join(runs, `.${randomBytes(6).toString('hex')}`);
  const { backbones, ...asked } = params;
  const record = { version: VERSION, kind: 'ranking', time: now.toISOString(), asked, ...result };
  try {
    await mkdir(temporary, { recursive: true });
    await writeFile(join(temporary, 'run.json'), `${JSON.stringify(record, null, 2)}\n`);
    for (let attempt = 0; ; attempt++) {
      const folder = join(runs, `${time}-rank-${name}${attempt === 0 ? '' : `-${attempt}`}`);
      try {
        await rename(temporary, folder);
        return join(folder, 'run.json');
      } catch (error) {
        // Another one of the same second.
        const taken = ['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
        if (!taken || attempt === 9) throw error;
      }
    }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
