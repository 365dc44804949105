import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RankParams, RankResult } from '../../core/runs/rankingRecord.ts';
import { LARGEST_RECORD, RUN_FILES, runFolderName } from '../../core/runs/run.ts';
import { makeRunsFolder, readOfRun } from '../../files/runFolders.ts';
import { sweepTemporaries, temporaryFor, writeError, writeWhole } from '../../files/wholeFile.ts';
import type { RankingRun } from './rankingRun.ts';
import { cannotShow, rankingOf } from './storedRanking.ts';

/** Grows when the record's fields change. */
const VERSION = 1;

/**
 * Writes a ranking to `<root>/.semap/runs/<time>-rank-<folder>/run.json`, in a folder of a temporary name first.
 * @param root a folder of the workspace
 * @returns the file
 * @throws {SemapError} `not-writable`, `out-of-space`, `unreadable-file` where a link leads out of the workspace
 */
export async function saveRanking(
  root: string,
  params: RankParams,
  result: RankResult,
  now: Date,
): Promise<string> {
  const name = runFolderName('rank', basename(params.folders[0] ?? ''), now);
  const { backbones, ...asked } = params;
  const record = { version: VERSION, kind: 'ranking', time: now.toISOString(), root, asked, ...result };
  const runs = await makeRunsFolder(root);
  await sweepTemporaries(runs);
  const temporary = temporaryFor(join(runs, name));
  try {
    await mkdir(temporary);
    await writeWhole(join(temporary, RUN_FILES.record), `${JSON.stringify(record, null, 2)}\n`, { root });
    for (let attempt = 0; ; attempt++) {
      const folder = join(runs, `${name}${attempt === 0 ? '' : `-${attempt}`}`);
      try {
        await rename(temporary, folder);
        return join(folder, RUN_FILES.record);
      } catch (error) {
        // Another one of the same second.
        const taken = ['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOTDIR'].includes(
          (error as NodeJS.ErrnoException).code ?? '',
        );
        if (!taken || attempt === 9) throw error;
      }
    }
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw writeError(runs, error);
  }
}

/**
 * The ranking that a run's folder holds. The record is a file that anyone may have written: what the page relies on is
 * checked.
 * @throws {SemapError} `invalid-argument` when it cannot be read, or says something else
 */
export async function readRanking(folder: string): Promise<RankingRun> {
  const file = join(folder, RUN_FILES.record);
  try {
    const read: unknown = JSON.parse(String(await readOfRun(folder, RUN_FILES.record, LARGEST_RECORD)));
    return rankingOf(read, file);
  } catch (cause) {
    throw cannotShow(file, cause);
  }
}
