import path from 'node:path';
import { type ModelClues, readClues } from '../../core/onnx/modelClues.ts';
import { decodeModel, MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';

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
    const clues = readClues(decodeModel(await readRegularFile(file, { limit: MAX_MODEL_BYTES })));
    await writeChecked(at, { version: VERSION, clues });
    return clues;
  } catch {
    return undefined;
  }
}
