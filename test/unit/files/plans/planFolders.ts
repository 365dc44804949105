import { mkdir, readdir, readFile, readlink, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PlaceMode, PlaceStep } from '../../../../src/core/plans/filePlan.ts';

/** Files that are called like images, in two folders of `photos`. @returns their paths */
export async function photographs(root: string, count: number): Promise<string[]> {
  const images: string[] = [];
  for (let n = 0; n < count; n++) {
    const file = path.join(root, 'photos', n % 2 ? 'odd' : 'even', `photo ${n}.jpg`);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `image ${n}`);
    await utimes(file, 1_000_000_000 + n, 1_000_000_000 + n);
    images.push(file);
  }
  return images;
}

/** Steps into the folders `a`, `b` and `c/d`. */
export function placeSteps(images: readonly string[], mode: PlaceMode): Promise<PlaceStep[]> {
  return Promise.all(
    images.map(async (from, n) => {
      const { size, mtimeMs } = await stat(from);
      return {
        do: mode,
        from,
        to: `${['a', 'b', 'c/d'][n % 3]}/${path.basename(from)}`,
        bytes: size,
        modified: mtimeMs,
      };
    }),
  );
}

/** Every file below a folder and what is in it, links by where they lead; hidden ones too. */
export async function snapshot(folder: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file);
    if (entry.isDirectory()) all[name] = '(folder)';
    else if (entry.isSymbolicLink()) all[name] = `-> ${await readlink(file)}`;
    else all[name] = `${(await stat(file)).mtimeMs > 1.1e12 ? 'new ' : ''}${await readFile(file, 'utf8')}`;
  }
  return all;
}
