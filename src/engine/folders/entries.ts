import { lstat, stat } from 'node:fs/promises';
import { toSemapError } from '../../core/errors.ts';
import { isOthersFile, isOthersFolder } from '../../core/images/imageFiles.ts';
import { phrase, type Text } from '../../core/text/text.ts';

/** Whether an entry is left out whatever it is: hidden, or something that another program keeps for itself. */
export function isNotRead(name: string): boolean {
  return name.startsWith('.') || isOthersFolder(name) || isOthersFile(name);
}

/** What stands in a name for bytes that are not UTF-8; it may also be in a name as it is. */
export const NO_LETTER = '\ufffd';

export function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

export function folderProblem(error: unknown): Text {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EACCES' || code === 'EPERM') return phrase('Permission to read this folder is denied.');
  if (code === 'ENOENT' || code === 'ENOTDIR') return phrase('This folder no longer exists.');
  if (code === 'ENAMETOOLONG') return phrase('The path of this folder is too long for this system.');
  if (code === 'ELOOP') return phrase('The symbolic link points to itself.');
  return toSemapError(error).text;
}

export type Kind = 'folder' | 'file' | keyof typeof NOT_A_FILE;

/** Why an entry that is called like an image is none. */
export const NOT_A_FILE = {
  device: phrase('This is a pipe or a device, not a file.'),
  nothing: phrase('The symbolic link leads to nothing.'),
} as const;

export function kindOf(entry: { isDirectory(): boolean; isFile(): boolean }): Kind {
  return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : 'device';
}

export async function kindBehindLink(link: string): Promise<Kind> {
  return stat(link).then(kindOf, () => 'nothing' as const);
}
