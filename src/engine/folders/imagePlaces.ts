import path from 'node:path';
import type { Layout, SplitName } from '../../core/folders/layout.ts';
import { type Place, placeOf } from '../../core/folders/placing.ts';
import { openTables } from './imageTables.ts';
import { layoutsOf } from './layouts.ts';

/** Where an image stands in a data set. @param folders below the chosen one that lead to it */
export type Placing = (folders: readonly string[], fileName: string) => Place;

/** What a layout says of the images of a folder, and its table of their splits. Never throws. */
export async function placingOf(root: string, layout: Layout): Promise<Placing> {
  const name = path.basename(root);
  const told = await splitsTold(root, layout);
  return (folders, fileName) => {
    const place = placeOf(layout, name, folders, fileName);
    const split = told?.([...folders, fileName].join('/'));
    return split ? { ...place, split } : place;
  };
}

async function splitsTold(
  root: string,
  layout: Layout,
): Promise<((name: string) => SplitName | undefined) | undefined> {
  if (layout.kind !== 'table' || layout.table.split === undefined) return undefined;
  // Whoever reads labels from it says what is amiss with it.
  const tables = await openTables(root, layout.table).catch(() => []);
  return (name) => {
    for (const table of tables) {
      const row = table.of(name);
      if (row) return row.split;
    }
    return undefined;
  };
}

/** Of which split images are that have these names below a folder, whether they are there or not. */
export async function splitsOf(
  folder: string,
  layout: Layout | null | undefined,
  names: readonly string[],
): Promise<readonly (SplitName | null)[]> {
  const root = path.resolve(folder);
  const [known] = await layoutsOf({ folders: [root], layouts: [layout ?? null] });
  const place = await placingOf(root, known);
  return names.map((name) => {
    const folders = name.split('/');
    const fileName = folders.pop() ?? '';
    return place(folders, fileName).split ?? null;
  });
}
