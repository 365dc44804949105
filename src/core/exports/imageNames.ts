import type { ExportedImage, ExportedRun } from './exportedRun.ts';

/**
 * What images are called in files that stand for a whole data set: with one folder their path below it; with several, their
 * path below what all folders have in common. With `/`. What lies in none of the folders keeps its whole path.
 */
export function imageNames({ folders }: Pick<ExportedRun, 'folders'>): (image: ExportedImage) => string {
  const parts = folders.map((folder) => slashes(folder).split('/').filter(Boolean));
  const first = parts[0] ?? [];
  const differing = first.findIndex((name, i) => parts.some((one) => one[i] !== name));
  const shared = differing < 0 ? Math.min(...parts.map(({ length }) => length)) : differing;
  const starts = parts.map((one) =>
    one
      .slice(shared)
      .map((name) => `${name}/`)
      .join(''),
  );
  return ({ path, folder, relative }) =>
    folder < 0 ? slashes(path) : (folders.length > 1 ? starts[folder] : '') + relative;
}

function slashes(path: string): string {
  // Where a name may have a backslash, folders are not parted by it.
  return path.startsWith('/') ? path : path.replaceAll('\\', '/');
}
