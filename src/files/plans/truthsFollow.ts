import path from 'node:path';
import { isWithin } from '../paths.ts';
import { truthsOf } from '../truthsFile.ts';

/** An image that has another place. */
export interface MovedImage {
  readonly from: string;
  readonly to: string;
}

/**
 * What persons said of images follows them: rows of the tables of folders that lose images go to where the images are.
 * Can be done again after it was interrupted: a row is in its new place before it leaves the old one.
 *
 * @param folders that have tables of their own
 * @param other has the table of images below it, where it is below none of them
 * @throws {SemapError} as `TruthsFile.edit`
 */
export async function moveTruths(
  images: readonly MovedImage[],
  folders: readonly string[],
  other: string,
): Promise<void> {
  const isCovered = folders.some((folder) => isWithin(other, folder));
  // The innermost first.
  const roots = [...new Set(isCovered ? folders : [...folders, other])].toSorted(
    (a, b) => b.length - a.length,
  );
  const placeOf = (file: string) => {
    const root = roots.find((folder) => isWithin(file, folder));
    return root && { root, name: path.relative(root, file).split(path.sep).join('/') };
  };
  const bySource = new Map<string, { from: string; to: { root: string; name: string } }[]>();
  for (const image of images) {
    const from = placeOf(image.from);
    const to = placeOf(image.to);
    if (!from || !to) continue;
    const own = bySource.get(from.root);
    if (own) own.push({ from: from.name, to });
    else bySource.set(from.root, [{ from: from.name, to }]);
  }
  for (const [root, moves] of bySource) {
    const source = truthsOf(root);
    const table = await source.read();
    const known = moves.filter(({ from }) => table.of(from));
    if (known.length === 0) continue;
    // They are in the other tables, and come back from there.
    const columns = new Set(known.flatMap(({ from }) => table.remarks(from).map(([title]) => title)));
    for (const target of new Set(known.map(({ to }) => to.root))) {
      const own = known.filter(({ to }) => to.root === target);
      if (target === root) {
        await source.edit([{ moved: own.map(({ from, to }) => ({ from, to: to.name })) }]);
        continue;
      }
      const there = truthsOf(target);
      const has = await there.read();
      // What was said since, under the new name, counts.
      const rows = own.flatMap(({ from, to }) =>
        has.of(to.name) ? [] : [{ name: to.name, row: table.of(from), remarks: table.remarks(from) }],
      );
      await there.edit(rows);
      const gone = own.map(({ from }) => ({ name: from, row: undefined }));
      await source.edit([...gone, { ifEmpty: 'delete', columns }]);
    }
  }
}
