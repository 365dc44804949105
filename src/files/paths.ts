import path from 'node:path';

/** Whether a path is a folder or lies below it, by its text: links are not looked at. */
export function isWithin(file: string, folder: string): boolean {
  const way = path.relative(folder, file);
  return way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way);
}
