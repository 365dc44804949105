import { rmdir } from 'node:fs/promises';
import type { ImageFolders } from '../core/folders/layout.ts';
import type { RunKind } from '../core/runs/run.ts';
import type { AgentSession } from './session.ts';

/**
 * Does a run in a folder of its own. Where it fails before anything is in that folder, the folder goes.
 * @throws {SemapError} as `newRun` and `run`
 */
export async function withNewRun<Result>(
  kind: RunKind,
  images: ImageFolders,
  session: AgentSession,
  run: (runFolder: string) => Promise<Result>,
): Promise<Result> {
  const runFolder = await session.newRun(kind, images);
  try {
    return await run(runFolder);
  } catch (error) {
    await rmdir(runFolder).catch(() => {});
    throw error;
  }
}
