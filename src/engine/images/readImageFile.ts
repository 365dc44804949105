import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { SemapError } from '../../core/errors.ts';
import { cutShort, unreadable } from './unreadable.ts';

/** No image that SeMap decodes needs more: 100 megapixels of 16-bit RGBA. */
const MAX_FILE_BYTES = 800_000_000;

/**
 * The bytes of an image file.
 *
 * @throws SemapError `not-found` or `unreadable-image`
 */
export function readImageFile(path: string): Uint8Array {
  let file: number | undefined;
  try {
    // Opening a pipe would wait for a writer for ever, so its kind is asked first.
    if (!statSync(path).isFile()) throw unreadable('This is not a file.');
    file = openSync(path, 'r');
    const { size } = fstatSync(file);
    if (size > MAX_FILE_BYTES) throw unreadable('The file is too big for an image.');
    const bytes = new Uint8Array(size);
    for (let read = 0; read < size; ) {
      const count = readSync(file, bytes, read, size - read, null);
      if (count === 0) throw cutShort();
      read += count;
    }
    return bytes;
  } catch (error) {
    throw fileError(error);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function fileError(error: unknown): SemapError {
  if (error instanceof SemapError) return error;
  const { code } = error as { code?: string };
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SemapError('not-found', 'The file does not exist any more.', { cause: error });
  }
  if (code === 'EACCES' || code === 'EPERM')
    return unreadable('The file may not be read (permission denied).', error);
  return unreadable(`The file cannot be read (${code ?? String(error)}).`, error);
}
