import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import { phrase } from '../core/text/text.ts';
import { isWithin } from './paths.ts';

/**
 * Sees to it that no part of the way from `root` to `file` is a link, `file` itself included. `root` may be reached
 * through links: it is the folder that the person opened. What does not exist yet is no link.
 *
 * @throws {SemapError} `unreadable-file` for a link, or for a file outside `root`
 */
export async function refuseLinks(file: string, root: string): Promise<void> {
  if (!isWithin(file, root))
    throw new SemapError('unreadable-file', phrase('{0} is outside {1}.', path.basename(file), root));
  let at = path.resolve(root);
  for (const part of path.relative(root, file).split(path.sep).filter(Boolean)) {
    at = path.join(at, part);
    // A junction of Windows is a symbolic link here too.
    const stats = await lstat(at).catch(() => undefined);
    if (stats === undefined) return;
    if (stats.isSymbolicLink())
      throw new SemapError(
        'unreadable-file',
        phrase('{0} is a symbolic link, which SeMap does not follow here.', at),
        { hint: phrase('Replace the link with the file or folder itself.') },
      );
  }
}

/**
 * Sees to it that a path which a file names does not lead to another computer: on Windows the mere look at
 * `\\server\share` sends that server who is signed in. Below the folder of the file that names it, it is allowed.
 *
 * @param named the path as the file has it
 * @param folder what it is relative to
 * @throws {SemapError} `invalid-argument`
 */
export function refuseNetworkPath(named: string, folder: string): void {
  const onWindows = process.platform === 'win32';
  // Elsewhere two slashes are one.
  if (!(onWindows ? /^[\\/]{2}/ : /^\\\\/).test(named)) return;
  if (onWindows && isWithin(path.resolve(named), path.resolve(folder))) return;
  throw new SemapError('invalid-argument', phrase('{0} is on another computer.', named), {
    hint: phrase(
      'A document can only name files on this computer, or below its own folder. Copy the file there.',
    ),
  });
}
