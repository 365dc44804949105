import path from 'node:path';
import type { AskedFolders } from '../capabilities/layOut.ts';
import { readAskedLayout, splitNames, splitOf } from '../core/folders/layout.ts';
import { mustBeFolder } from '../files/folders.ts';
import { type Arguments, type OptionTable, UsageError } from './commandLine.ts';

/** How folders of images are read: the same for every command that takes some. */
export const folderOptions = {
  layout: {
    value: 'LAYOUT',
    text: 'How the images are told apart: auto (default: splits such as train, val and test, class folders and tables are recognized), classes (the first folder below FOLDER), nested:LEVEL (the folder at that level), names (cat.0.jpg, cat_001.jpg), table:FILE (CSV, TSV or JSONL), or flat (not at all).',
  },
  split: { value: 'NAME', text: 'Use only the images of this split: train, val or test.' },
} as const satisfies OptionTable;

/**
 * The folders of images that a command is about, all there.
 * @param named absent: all that stands after the command
 * @throws {SemapError} `not-found`, `invalid-argument`; {@link UsageError} for an unknown split
 */
export async function askedFolders(
  args: Arguments,
  named: readonly string[] = args.positionals,
): Promise<AskedFolders> {
  const folders = named.map((folder) => path.resolve(folder));
  const layout = readAskedLayout(args.text('layout') ?? 'auto');
  const name = args.text('split');
  const split = name === undefined ? undefined : splitOf(name);
  if (name !== undefined && split === undefined)
    throw new UsageError(`--split must be one of ${splitNames.join(', ')}, not "${name}".`);
  for (const folder of folders) await mustBeFolder(folder);
  return { folders, layout, split };
}
