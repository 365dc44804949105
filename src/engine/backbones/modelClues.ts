import path from 'node:path';
import { type ModelClues, readClues } from '../../core/onnx/modelClues.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { readModelSkeleton } from '../models/skeletonFile.ts';

/** Grows when clues are read in another way. */
const VERSION = 2;

/**
 * What a model file lets slip; remembered by the model's hash. Undefined where the file cannot be read: then there is only
 * less to guess from.
 */
export async function modelClues(
  cacheFolder: string,
  file: string,
  sha256: string,
): Promise<ModelClues | undefined> {
  const at = path.join(cacheFolder, 'clues', `${sha256}.json`);
  const known = (await readChecked(at)) as { version: number; clues: ModelClues } | undefined;
  if (known?.version === VERSION) return known.clues;
  try {
    const clues = readClues(await readModelSkeleton(file));
    await writeChecked(at, { version: VERSION, clues });
    return clues;
  } catch {
    return undefined;
  }
}
