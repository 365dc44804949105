import { SemapError } from '../errors.ts';
import { phrase } from '../text/text.ts';
import {
  type Digest,
  type DownloadEnvironment,
  type OpenFile,
  type RemoteFile,
  startDigest,
  type Work,
} from './environment.ts';
import { fileFailure, pointerInstead, throwIfCancelled } from './requests.ts';

const CHUNK = 4 << 20;

export function sha256Of(path: string, work: Work): Promise<string> {
  return hashFile(path, 'sha256', 0, work);
}

export async function hashFile(
  path: string,
  algorithm: Digest['algorithm'],
  size: number,
  work: Work,
): Promise<string> {
  const hash = startDigest(work, algorithm, size);
  await eachChunk(path, work, (chunk) => {
    hash.update(chunk);
  });
  return hash.digest('hex');
}

export async function copyFile(
  from: string,
  to: string,
  file: RemoteFile,
  work: Work,
  onBytes: (onDisk: number) => void,
): Promise<void> {
  const part = `${to}.part`;
  const output = await work.files.open(part, 'w+');
  try {
    try {
      let position = 0;
      await eachChunk(from, work, async (chunk) => {
        if (position === 0 && isLfsPointer(chunk)) throw pointerInstead(file.path);
        await writeAll(output, chunk, position);
        position += chunk.length;
        if (position > file.size)
          throw new SemapError('download-damaged', phrase('{0} grew while it was copied.', file.path), {
            hint: phrase('Wait until it is complete, then try again.'),
          });
        onBytes(position);
      });
      await output.sync();
    } finally {
      await output.close();
    }
    await work.files.rename(part, to);
  } catch (error) {
    await work.files.rm(part, { recursive: true, force: true });
    throw fileFailure(error, to);
  }
}

async function eachChunk(
  path: string,
  work: Work,
  use: (chunk: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const input = await work.files.open(path, 'r');
  try {
    const buffer = new Uint8Array(CHUNK);
    for (let position = 0; ; ) {
      throwIfCancelled(work.signal);
      const { bytesRead } = await input.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      await use(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
  } finally {
    await input.close();
  }
}

export async function writeAll(output: OpenFile, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await output.write(data, done, data.length - done, position + done);
    done += bytesWritten;
  }
}

/** Whether a file that begins so is a Git LFS pointer, which stands for a file that is elsewhere. */
export function isLfsPointer(start: Uint8Array): boolean {
  return new TextDecoder('latin1')
    .decode(start.subarray(0, 200))
    .trimStart()
    .startsWith('version https://git-lfs.github.com/spec/');
}

/** A JSON file that SeMap wrote; undefined when it is missing or damaged. */
export async function readJson<T>(path: string, environment: DownloadEnvironment): Promise<T | undefined> {
  try {
    return JSON.parse(new TextDecoder().decode(await environment.files.readFile(path))) as T;
  } catch {
    return undefined;
  }
}

/** -1 when there is nothing. */
export async function sizeOf(path: string, environment: DownloadEnvironment): Promise<number> {
  try {
    return (await environment.files.stat(path)).size;
  } catch {
    return -1;
  }
}
