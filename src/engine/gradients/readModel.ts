import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { type ExternalRange, hasExternalData, inlineExternalData } from '../../core/onnx/externalData.ts';
import type { Graph } from '../../core/onnx/graph.ts';
import { decodeModel, MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import { readGraph } from '../../core/onnx/readGraph.ts';
import { phrase } from '../../core/text/text.ts';
import { READ_NEVER_WAIT, readRegularFile } from '../../files/regularFile.ts';
import { checkModelFile } from '../backbones/modelFile.ts';

/**
 * The graph of an ONNX file, with weights from data files beside it.
 * @throws {SemapError} `not-found`, `lfs-pointer`, `not-onnx`, `unsupported-model` (2 GiB and more)
 */
export async function readModel(file: string): Promise<Graph> {
  const { bytes: size } = await checkModelFile(file);
  if (size > MAX_MODEL_BYTES) throw tooLarge(file);
  const model = decodeModel(await readRegularFile(file, { limit: MAX_MODEL_BYTES }));
  if (hasExternalData(model)) {
    const folder = await realpath(path.dirname(file));
    let total = size;
    inlineExternalData(model, (range) => {
      const bytes = readRange(folder, range, MAX_MODEL_BYTES - total);
      total += bytes.length;
      return bytes;
    });
  }
  return readGraph(model);
}

function tooLarge(file: string): SemapError {
  return new SemapError(
    'unsupported-model',
    phrase('{0} has 2 GiB of weights or more.', path.basename(file)),
    {
      hint: phrase('Choose a smaller backbone.'),
    },
  );
}

/** Only files of the model's own folder are opened, also when a link there points elsewhere. */
function readRange(folder: string, range: ExternalRange, room: number): Uint8Array {
  const file = path.join(folder, range.location);
  let handle: number;
  try {
    handle = openSync(file, READ_NEVER_WAIT);
  } catch (cause) {
    throw new SemapError(
      'not-found',
      phrase("The model's weights are in {0}, which is missing.", range.location),
      {
        hint: phrase('Copy that file from where the model came from into the same folder.'),
        cause,
      },
    );
  }
  try {
    const state = fstatSync(handle);
    const length = range.length ?? state.size - range.offset;
    if (!state.isFile() || length < 0 || range.offset + length > state.size) {
      throw new SemapError('not-onnx', phrase('{0} is shorter than the model says.', range.location), {
        hint: phrase('Copy or download it again.'),
      });
    }
    if (length > room) throw tooLarge(file);
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = readSync(handle, bytes, done, length - done, range.offset + done);
      if (count === 0) break;
      done += count;
    }
    return bytes;
  } finally {
    closeSync(handle);
  }
}
