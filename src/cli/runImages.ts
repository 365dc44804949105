import type { ClassifyParams, ClassifyResult } from '../protocol/classification.ts';
import type { EngineSession } from './engineSession.ts';
import { ProgressBar } from './progressBar.ts';
import { printable, type Terminal } from './terminal.ts';

/** Runs those images of folders that the cache does not have, behind a bar. */
export function runImages(
  engine: EngineSession,
  params: ClassifyParams,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<ClassifyResult> {
  const bar = new ProgressBar(terminal, false);
  return engine
    .call('classify', params, {
      signal,
      onProgress: (progress) => bar.show(progress),
      onAgain: (why) => {
        bar.clear();
        terminal.err(`${printable(why)} Continuing with a new engine.\n`);
      },
    })
    .finally(() => bar.clear());
}
