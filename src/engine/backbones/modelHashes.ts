import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { externalLocations } from '../../core/onnx/externalData.ts';
import { decodeModel, MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import type { ModelProto } from '../../core/onnx/protobuf/schema.ts';
import { phrase } from '../../core/text/text.ts';
import { type FileState, isSameState, stateOf } from '../../files/fileState.ts';
import { isWithin } from '../../files/paths.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';

interface Hashed extends FileState {
  readonly sha256: string;
  /** Data files that the model names, relative to its folder; absent where nothing can be one. */
  readonly external?: readonly string[];
}

type HashTable = Record<string, Hashed>;

/** Grows when something else is remembered of a file. */
const TABLE = 'hashes-3.json';

/** SHA-256 of model files, computed once per path and state of the file, also across restarts. */
export class ModelHashes {
  readonly #file: string;
  #table: HashTable | undefined;

  constructor(cacheFolder: string) {
    this.#file = path.join(cacheFolder, TABLE);
  }

  /**
   * Hash of the file and of its external weights: those under a usual name, and those that it names.
   *
   * @throws {SemapError} `not-onnx` where a pipe or a device is in the place of weights: onnxruntime would wait for it,
   * or read it without end
   */
  async sha256(file: string): Promise<string> {
    const hashes = (await this.parts(file)).map(({ sha256 }) => sha256);
    return hashes.length === 1 ? hashes[0] : createHash('sha256').update(hashes.join('\n')).digest('hex');
  }

  /** The files that a model consists of, the graph first, with the hash of each. */
  async parts(file: string): Promise<readonly { readonly file: string; readonly sha256: string }[]> {
    this.#table ??= ((await readChecked(this.#file)) as HashTable | undefined) ?? {};
    const folder = path.dirname(file);
    const found: { file: string; sha256: string }[] = [];
    const parts = new Set([file, `${file}.data`, `${file}_data`]);
    // Those that it names join the list while it is gone through.
    for (const part of parts) {
      const state = await regularState(part);
      if (!state) continue;
      const { sha256, external = [] } = await this.#hash(part, state);
      found.push({ file: part, sha256 });
      for (const location of external) {
        const data = path.join(folder, location);
        if (isWithin(data, folder)) parts.add(data);
      }
    }
    return found;
  }

  async #hash(file: string, state: FileState): Promise<Hashed> {
    const known = this.#table![file];
    if (known && isSameState(known, state)) return known;
    const hash = createHash('sha256');
    let names = false;
    let end: Uint8Array = new Uint8Array();
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      // Only a model with this word in it names a data file; few have to be read as a whole for it.
      names ||= Buffer.concat([end, chunk.subarray(0, LOCATION.length)]).includes(LOCATION);
      names ||= chunk.includes(LOCATION);
      end = chunk.subarray(-LOCATION.length);
    }
    const external = names && !/[._]data$/.test(file) ? await externalOf(file) : [];
    const hashed = { ...state, sha256: hash.digest('hex'), ...(external.length > 0 ? { external } : {}) };
    this.#table![file] = hashed;
    await writeChecked(this.#file, this.#table);
    return hashed;
  }
}

const LOCATION = 'location';

/** A file of a model as it is; undefined where there is none. @throws {SemapError} `not-onnx` for anything else */
async function regularState(file: string): Promise<FileState | undefined> {
  const stats = await stat(file, { bigint: true }).catch(() => undefined);
  if (!stats) return undefined;
  // Files of /proc too, which may be read without end: weights are never none.
  const name = path.basename(file);
  const problem = !stats.isFile()
    ? phrase('{0} is not a regular file.', name)
    : stats.size === 0n
      ? phrase('{0} is empty (0 bytes).', name)
      : undefined;
  if (problem)
    throw new SemapError('not-onnx', problem, {
      hint: phrase('Replace it with the file that came with the model.'),
    });
  return stateOf(stats);
}

/** The data files that a model names. One that cannot be read names none: onnxruntime says what is wrong with it. */
async function externalOf(file: string): Promise<readonly string[]> {
  let model: ModelProto;
  try {
    model = decodeModel(await readRegularFile(file, { limit: MAX_MODEL_BYTES }));
  } catch {
    return [];
  }
  return externalLocations(model);
}
