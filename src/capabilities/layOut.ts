import path from 'node:path';
import { SemapError } from '../core/errors.ts';
import {
  type AskedLayout,
  CLASS_FOLDERS,
  type FolderLayout,
  goesWithoutSaying,
  type ImageFolders,
  isSameLayout,
  type Layout,
  type SplitName,
  withSplitOf,
} from '../core/folders/layout.ts';
import { layoutText } from '../core/folders/layoutText.ts';
import { phrase } from '../core/text/text.ts';
import type { Session } from './session.ts';

/** Folders of images as somebody named them, absolute. */
export interface AskedFolders {
  readonly folders: readonly string[];
  readonly layout: AskedLayout;
  readonly split?: SplitName | undefined;
}

/**
 * The same with the layout of each folder, which is noted where it is more than class folders.
 * @throws {SemapError} `invalid-argument` for a split that no folder has
 */
export async function layOut(
  { folders, layout: asked, split }: AskedFolders,
  { engine, note }: Pick<Session, 'engine' | 'note'>,
): Promise<ImageFolders> {
  const found = await engine.call('recogniseLayouts', {
    folders,
    ...(asked.kind === 'table' && { table: path.resolve(asked.file) }),
  });
  const chosen = found.map((one) => chosenOf(one, asked));
  for (const [i, { folder, alternatives, refused, ...option }] of found.entries()) {
    const known = [option, ...alternatives].find(({ layout }) => isSameLayout(layout, chosen[i]));
    if (known && asked.kind === 'auto' && !goesWithoutSaying(known)) {
      note({ about: 'layout', text: phrase('Layout of {0}: {1}.', named(folder), layoutText(known)) });
    }
    for (const { file, problem } of refused) {
      note({ text: phrase('{0} is not used: {1}', file, problem.message), hint: problem.hint });
    }
  }
  const splits = [...new Set(found.flatMap((one) => one.splits.map((each) => each.split)))];
  if (split !== undefined && !splits.includes(split)) {
    throw new SemapError(
      'invalid-argument',
      phrase('There is no split "{0}" in {1}.', split, folders.map(named).join(', ')),
      splits.length > 0 ? { hint: phrase('There are: {0}.', splits.join(', ')) } : {},
    );
  }
  return { folders, layouts: chosen, ...(split && { split }) };
}

function named(folder: string): string {
  return path.basename(folder) || folder;
}

/** The layout that was asked for, with the splits that were recognized beside it. */
function chosenOf({ layout }: FolderLayout, asked: AskedLayout): Layout {
  if (asked.kind === 'auto' || asked.kind === 'table') return layout;
  const plain: Layout =
    asked.kind === 'nested'
      ? { kind: 'classes', level: asked.level }
      : asked.kind === 'classes'
        ? CLASS_FOLDERS
        : { kind: asked.kind };
  return withSplitOf(plain, layout);
}
