import { stat } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import type { ExportSource } from '../core/exports/exportedRun.ts';
import { JOB_FILES } from '../core/jobs/job.ts';
import { RUN_FILES } from '../core/runs/run.ts';
import { phrase } from '../core/text/text.ts';
import { readAlignment } from '../files/alignmentFile.ts';
import { isTaken } from '../files/belowRoot.ts';
import { jsonFileSource, jsonSource } from '../files/jsonSource.ts';
import { recordSource } from '../files/recordSource.ts';

/**
 * What an argument names as the source of an export: the folder of a run, a file of `semap classify --json`, or `-` for
 * the same on standard input.
 * @throws {SemapError}
 */
export async function exportSource(named: string): Promise<ExportSource> {
  if (named === '-') {
    // It is read twice: nothing brings standard input back.
    const parts: Buffer[] = [];
    for await (const part of process.stdin) parts.push(part as Buffer);
    const source = await jsonSource(async function* () {
      yield* parts;
    }, '-');
    return withAlignment(source);
  }
  const state = await stat(named).catch(() => undefined);
  if (!state) throw new SemapError('not-found', phrase('{0} does not exist.', named));
  if (!state.isDirectory()) return withAlignment(await jsonFileSource(named));
  const folder = path.resolve(named);
  if (await isTaken(path.join(folder, RUN_FILES.record))) return recordSource(folder);
  if (await isTaken(path.join(folder, JOB_FILES.job))) {
    const run = path.join(folder, JOB_FILES.run);
    if (await isTaken(path.join(run, RUN_FILES.record))) return recordSource(run);
    throw new SemapError('not-found', phrase('The job {0} was not merged yet.', named), {
      hint: phrase('Merge it: semap merge {0}', named),
    });
  }
  throw new SemapError('invalid-argument', phrase('{0} is not the folder of a classification.', named), {
    hint: phrase('Name a folder of .semap/runs, or the file that semap classify --json wrote.'),
  });
}

/** The same with the alignment that its file names, where that is as it was: what cannot be read is left out. */
async function withAlignment(source: ExportSource): Promise<ExportSource> {
  const { alignmentFile, time, labels } = source.run;
  if (alignmentFile === undefined || time === undefined) return source;
  const state = await stat(alignmentFile).catch(() => undefined);
  if (!state || state.mtimeMs > Date.parse(time)) return source;
  const alignment = await readAlignment(alignmentFile).catch(() => undefined);
  const isOfRun = alignment?.targets.every(({ label }, t) => label === labels[t]);
  return isOfRun ? { ...source, run: { ...source.run, alignment } } : source;
}
