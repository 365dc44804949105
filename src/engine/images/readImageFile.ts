import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { SemapError } from '../../core/errors.ts';
import { fileSize } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import { type FileState, stateOf } from '../../files/fileState.ts';
import { READ_NEVER_WAIT } from '../../files/regularFile.ts';
import { cutShort, unreadable } from './codec.ts';
import { identifyImage } from './imageType.ts';

/** No image that SeMap decodes needs more: 100 megapixels of 16-bit RGBA. */
const MAX_FILE_BYTES = 800_000_000;

/** Larger files are looked at before they are read. */
const LARGE_BYTES = 4 << 20;
const HEAD_BYTES = 4096;

/** What was read of an image file. */
export interface ReadImage {
  readonly bytes: Uint8Array;
  /** Of the very file that these bytes are of. */
  readonly state: FileState;
}

/**
 * The bytes of an image file: as many as it had when it was opened, should it grow meanwhile. Of a large file that is no
 * image only the first, which tell what it is.
 *
 * @param admit waits until there is room for so many bytes
 * @throws SemapError `not-found` or `unreadable-image`
 */
export async function readImageFile(
  path: string,
  admit?: (bytes: number) => Promise<void>,
): Promise<ReadImage> {
  let file: number | undefined;
  try {
    // Its kind is asked of what is open: the name may lead elsewhere a moment later.
    file = openSync(path, READ_NEVER_WAIT);
    const stats = fstatSync(file, { bigint: true });
    if (stats.isDirectory()) throw unreadable(phrase('This is a folder.'));
    if (!stats.isFile()) throw unreadable(phrase('This is a pipe or a device, not a file.'));
    const size = Number(stats.size);
    if (size > MAX_FILE_BYTES)
      throw unreadable(
        phrase(
          'The file is too large for an image: {0}. The limit is {1}.',
          fileSize(size),
          fileSize(MAX_FILE_BYTES),
        ),
      );
    // A video that is called like an image is not read to its end to be told from one.
    const head = size > LARGE_BYTES ? readBytes(file, HEAD_BYTES) : undefined;
    if (head && identifyImage(head) === undefined) return { bytes: head, state: stateOf(stats) };
    await admit?.(size);
    const bytes = readBytes(file, size);
    const now = fstatSync(file, { bigint: true });
    // Half of it may be what it was before.
    if (now.mtimeNs !== stats.mtimeNs || now.size < stats.size)
      throw unreadable(phrase('The file was changed while it was read.'));
    return { bytes, state: stateOf(stats) };
  } catch (error) {
    throw fileError(error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The first bytes of an open file. */
function readBytes(file: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let read = 0; read < length; ) {
    const count = readSync(file, bytes, read, length - read, read);
    if (count === 0) throw cutShort();
    read += count;
  }
  return bytes;
}

function fileError(error: unknown): SemapError {
  if (error instanceof SemapError) return error;
  const { code } = error as { code?: string };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SemapError('not-found', phrase('This file no longer exists.'), { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM')
    return unreadable(phrase('Cannot read the file: permission denied.'), error);
  // A socket, or a device without a driver.
  if (code === 'ENXIO' || code === 'ENODEV' || code === 'EOPNOTSUPP')
    return unreadable(phrase('This is a pipe or a device, not a file.'), error);
  if (code === 'ELOOP') return unreadable(phrase('The symbolic link points to itself.'), error);
  if (code === 'ENAMETOOLONG') return unreadable(phrase('The path is too long for this system.'), error);
  return unreadable(phrase('Cannot read the file: {0}', code ?? String(error)), error);
}
