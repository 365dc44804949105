import path from 'node:path';
import {
  type AskedLayout,
  CLASS_FOLDERS,
  type FolderLayout,
  goesWithoutSaying,
  type ImageFolders,
  isSameLayout,
  type Layout,
  readAskedLayout,
  type SplitName,
  splitNames,
  splitOf,
  withSplitOf,
} from '../core/folders/layout.ts';
import { layoutText } from '../core/folders/layoutText.ts';
import { say } from '../core/text/text.ts';
import { mustBeFolder } from '../files/folders.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';
import type { EngineSession } from './engineSession.ts';
import { printable, type Terminal } from './terminal.ts';

/** How folders of images are read: the same for every command that takes some. */
export const folderOptions = {
  layout: {
    value: 'LAYOUT',
    text: 'How the images are told apart: auto (default: splits such as train, val and test, class folders and tables are recognized), classes (the first folder below FOLDER), nested:LEVEL (the folder at that level), names (cat.0.jpg, cat_001.jpg), table:FILE (CSV, TSV or JSONL), or flat (not at all).',
  },
  split: { value: 'NAME', text: 'Use only the images of this split: train, val or test.' },
} as const satisfies OptionTable;

/** Folders as they were given, before anything is started. */
export interface AskedFolders {
  readonly folders: readonly string[];
  readonly layout: AskedLayout;
  readonly split: SplitName | undefined;
}

/**
 * The folders of images that a command is about, all there.
 * @throws {SemapError} `not-found`, `invalid-argument`; {@link UsageError} for an unknown split
 */
export async function askedFolders(args: Arguments): Promise<AskedFolders> {
  const folders = args.positionals.map((folder) => path.resolve(folder));
  const layout = readAskedLayout(args.text('layout') ?? 'auto');
  const name = args.text('split');
  const split = name === undefined ? undefined : splitOf(name);
  if (name !== undefined && split === undefined)
    throw new UsageError(`--split must be one of ${splitNames.join(', ')}, not "${name}".`);
  for (const folder of folders) await mustBeFolder(folder);
  return { folders, layout, split };
}

/** The same with the layout of each folder, which is told where it is more than class folders. */
export async function laidOut(
  { folders, layout: asked, split }: AskedFolders,
  engine: EngineSession,
  terminal: Terminal,
): Promise<ImageFolders> {
  const found = await engine.call('recogniseLayouts', {
    folders,
    ...(asked.kind === 'table' && { table: path.resolve(asked.file) }),
  });
  const chosen = found.map((one) => chosenOf(one, asked));
  for (const [i, { folder, alternatives, refused, ...option }] of found.entries()) {
    const known = [option, ...alternatives].find(({ layout }) => isSameLayout(layout, chosen[i]));
    if (known && asked.kind === 'auto' && !goesWithoutSaying(known)) {
      const words = `Layout of ${path.basename(folder) || folder}: ${say(layoutText(known))}.`;
      terminal.err(`${printable(words)} --layout changes it.\n`);
    }
    for (const { file, problem } of refused) {
      terminal.err(`Note: ${printable(`${file} is not used: ${say(problem.message)}`)}\n`);
      if (problem.hint) terminal.err(`  ${printable(say(problem.hint))}\n`);
    }
  }
  const splits = new Set(found.flatMap((one) => one.splits.map((each) => each.split)));
  if (split !== undefined && !splits.has(split)) {
    throw new UsageError(
      `There is no split "${split}" in ${folders.map((folder) => path.basename(folder)).join(', ')}.`,
      splits.size > 0 ? `There are: ${[...splits].join(', ')}.` : undefined,
    );
  }
  return { folders, layouts: chosen, ...(split && { split }) };
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
