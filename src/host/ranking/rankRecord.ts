import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { RUN_FILES, runFolderName } from '../../core/runs/run.ts';
import { textsInEnglish } from '../../core/text/text.ts';
import { makeFolderBelow } from '../../files/belowRoot.ts';
import { runsFolder } from '../../files/runFolders.ts';
import { sweepTemporaries, temporaryFor, writeError, writeWhole } from '../../files/wholeFile.ts';
import type { RankParams, RankResult } from '../../protocol/ranking.ts';

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
  const runs = runsFolder(root);
  const name = runFolderName('rank', basename(params.folders[0] ?? ''), now);
  const { backbones, ...asked } = params;
  const record = { version: VERSION, kind: 'ranking', time: now.toISOString(), asked, ...result };
  await makeFolderBelow(root, runs);
  await sweepTemporaries(runs);
  const temporary = temporaryFor(join(runs, name));
  try {
    await mkdir(temporary);
    await writeWhole(join(temporary, RUN_FILES.record), `${JSON.stringify(record, textsInEnglish, 2)}\n`, {
      root,
    });
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
