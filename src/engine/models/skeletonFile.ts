import path from 'node:path';
import { looksRandom } from '../../core/backbones/foreignFiles.ts';
import { SemapError } from '../../core/errors.ts';
import { type ByteSource, readSkeleton } from '../../core/onnx/modelSkeleton.ts';
import type { ModelProto } from '../../core/onnx/protobuf/schema.ts';
import { phrase } from '../../core/text/text.ts';
import { openRegularFile } from '../../files/regularFile.ts';

/** What is looked at of a file that is no model. */
const HEAD = 64 << 10;

/**
 * A model file without its weights, which are not read: of 2 GB as fast as of 2 MB.
 * @throws {SemapError} as {@link readSkeleton}; `not-onnx` that says so for one that seems to be encrypted
 */
export async function readModelSkeleton(file: string): Promise<ModelProto> {
  const { handle, stats } = await openRegularFile(file);
  const source: ByteSource = {
    size: stats.size,
    read: async (at, length) => {
      const bytes = new Uint8Array(Math.min(length, Math.max(0, stats.size - at)));
      let done = 0;
      while (done < bytes.length) {
        const { bytesRead } = await handle.read(bytes, done, bytes.length - done, at + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return bytes.subarray(0, done);
    },
  };
  try {
    return await readSkeleton(source);
  } catch (error) {
    if (!(error instanceof SemapError) || error.reason !== 'not-onnx') throw error;
    if (!looksRandom(await source.read(0, HEAD))) throw error;
    throw new SemapError(
      'not-onnx',
      phrase('{0} is encrypted or compressed: its bytes look random.', path.basename(file)),
      { hint: phrase('Decrypt or unpack it, then try again.'), cause: error },
    );
  } finally {
    await handle.close();
  }
}
