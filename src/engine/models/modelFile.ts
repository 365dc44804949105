import { closeSync, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { foreignFormat } from '../../core/backbones/foreignFiles.ts';
import { SemapError } from '../../core/errors.ts';
import { type ExternalRange, hasExternalData, inlineExternalData } from '../../core/onnx/externalData.ts';
import type { Graph } from '../../core/onnx/graph.ts';
import { decodeModel, MAX_MODEL_BYTES } from '../../core/onnx/protobuf/decode.ts';
import type { ModelProto } from '../../core/onnx/protobuf/schema.ts';
import { readGraph } from '../../core/onnx/readGraph.ts';
import { phrase } from '../../core/text/text.ts';
import { isWithin } from '../../files/paths.ts';
import { openRegularFile, READ_NEVER_WAIT, readRegularFile } from '../../files/regularFile.ts';

const GET_ONE = phrase('Choose an ONNX image classifier (.onnx).');

/**
 * Looks at a file before onnxruntime does, which has one message for everything that is not a model.
 * @throws {SemapError} `not-found`, `lfs-pointer`, `not-onnx`
 */
export async function checkModelFile(file: string): Promise<{ readonly bytes: number }> {
  const name = path.basename(file);
  let opened: Awaited<ReturnType<typeof openRegularFile>> | undefined;
  try {
    opened = await openRegularFile(file);
    const { handle, stats: state } = opened;
    if (state.size === 0) {
      throw new SemapError('not-onnx', phrase('{0} is empty (0 bytes).', name), {
        hint: phrase('Copy or download it again.'),
      });
    }
    const { buffer, bytesRead } = await handle.read(new Uint8Array(512), 0, 512, 0);
    const head = Buffer.from(buffer.subarray(0, bytesRead)).toString('latin1');
    if (head.startsWith('version https://git-lfs')) {
      throw new SemapError('lfs-pointer', phrase('{0} is a Git LFS pointer, not the file itself.', name), {
        hint: phrase('Run `git lfs pull` in the repository, then try again.'),
      });
    }
    const format = foreignFormat(head);
    if (format)
      throw new SemapError('not-onnx', phrase('{0} is {1}, not an ONNX model.', name, format), {
        hint: GET_ONE,
      });
    return { bytes: state.size };
  } catch (error) {
    throw fileError(error, file);
  } finally {
    await opened?.handle.close();
  }
}

function fileError(error: unknown, file: string): unknown {
  if (!(error instanceof SemapError)) return error;
  if (error.reason === 'not-found') {
    return new SemapError('not-found', phrase('Backbone not found: {0}', file), {
      hint: phrase('Check the path, or restore the file.'),
      cause: error,
    });
  }
  if (error.reason !== 'unreadable-file') return error;
  const denied = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return denied === 'EACCES' || denied === 'EPERM'
    ? new SemapError('not-found', phrase('Cannot read {0}: permission denied.', file), {
        hint: phrase('Give yourself read permission for the file.'),
        cause: error,
      })
    : new SemapError('not-onnx', error.text, { hint: GET_ONE, cause: error });
}

/**
 * The graph of an ONNX file, with weights from data files beside it.
 * @param append more of the file, as a feature tap adds it
 * @throws {SemapError} `not-found`, `lfs-pointer`, `not-onnx`, `unsupported-model` (2 GiB and more)
 */
export async function readModel(file: string, append?: Uint8Array): Promise<Graph> {
  return readGraph(await readModelProto(file, append));
}

/** The same before its graph is read. */
export async function readModelProto(file: string, append?: Uint8Array): Promise<ModelProto> {
  const { bytes: size } = await checkModelFile(file);
  if (size > MAX_MODEL_BYTES) throw tooLarge(file);
  const model = decodeModel(await readRegularFile(file, { limit: MAX_MODEL_BYTES }));
  if (append?.length) {
    const { node = [], output = [] } = decodeModel(append).graph ?? {};
    model.graph?.node?.push(...node);
    model.graph?.output?.push(...output);
  }
  if (hasExternalData(model)) {
    const folder = await realpath(path.dirname(file));
    let total = size;
    inlineExternalData(model, (range) => {
      const bytes = readRange(folder, range, MAX_MODEL_BYTES - total);
      total += bytes.length;
      return bytes;
    });
  }
  return model;
}

function tooLarge(file: string): SemapError {
  return new SemapError(
    'unsupported-model',
    phrase('{0} has weights of 2 GiB or more.', path.basename(file)),
    { hint: phrase('Choose a smaller backbone.') },
  );
}

/** Only files of the model's own folder are opened, as onnxruntime does it: a link there may lead to anything. */
function readRange(folder: string, range: ExternalRange, room: number): Uint8Array {
  const file = path.join(folder, range.location);
  let handle: number;
  try {
    if (!isWithin(realpathSync(file), folder))
      throw new Error(`${range.location} is a link to another folder.`);
    handle = openSync(file, READ_NEVER_WAIT);
  } catch (cause) {
    throw new SemapError(
      'not-found',
      phrase("The model's weights are in {0}, which is missing.", range.location),
      { hint: phrase('Copy that file into the same folder.'), cause },
    );
  }
  try {
    const state = fstatSync(handle);
    const length = range.length ?? state.size - range.offset;
    if (!state.isFile() || length < 0 || range.offset + length > state.size) {
      throw new SemapError('not-onnx', phrase('{0} is shorter than the model expects.', range.location), {
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
