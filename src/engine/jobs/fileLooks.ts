import { type Stats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ListedImage } from '../../core/jobs/shardList.ts';

export type Look = Pick<ListedImage, 'bytes' | 'modified'>;

/** A look at a file that takes longer is slow. */
const SLOW_MILLISECONDS = 0.2;
/** Slow looks that say nothing of a disk yet. */
const FEW_SLOW = 2;

/**
 * What the system says of files. One after the other takes a fourth of the processor's time, and where the disk is far away,
 * which a few slow looks do not tell on a machine that others use, many at a time are faster.
 */
export async function lookAtFiles(
  files: readonly string[],
  { slowMilliseconds = SLOW_MILLISECONDS } = {},
): Promise<readonly (Look | Error)[]> {
  const looks: (Look | Error)[] = [];
  let slow = 0;
  let time = performance.now();
  while (looks.length < files.length && (slow < FEW_SLOW || slow * 2 < looks.length)) {
    looks.push(lookAt(files[looks.length]));
    const now = performance.now();
    if (now - time > slowMilliseconds) slow++;
    time = now;
  }
  const others = files.slice(looks.length).map((file) => stat(file).then(lookOf, asError));
  return [...looks, ...(await Promise.all(others))];
}

function lookAt(file: string): Look | Error {
  try {
    return lookOf(statSync(file));
  } catch (error) {
    return asError(error);
  }
}

function lookOf({ size, mtimeMs }: Stats): Look {
  return { bytes: size, modified: Math.floor(mtimeMs) };
}

function asError(error: unknown): Error {
  return error as Error;
}
