import type { LayoutOption, SplitName } from '../../core/folders/layout.ts';
import { listed, phrase, plural, type Text, verbatim } from '../../core/text/text.ts';
import type { Dataset } from './datasetScan.ts';
import type { LaidOut } from './folderLayouts.ts';

/** Classes that are named of a layout. */
const NAMED = 6;

/** How a folder is laid out: `train, val and test above 10 class folders`. */
export function layoutText(option: LayoutOption): Text {
  const { layout } = option;
  const names = splitNamesOf(option);
  const classes = classesText(option);
  if (names.length === 0) return classes;
  const below = layout.kind === 'classes' && layout.level < (layout.splitLevel ?? 0);
  return below
    ? phrase('{1} in each of {0}', classes, listed(names))
    : phrase('{1} above {0}', classes, listed(names));
}

/** What the split folders are called; a folder that is one of them itself has none. */
function splitNamesOf({ layout, splits }: LayoutOption): readonly string[] {
  return layout.splitLevel ? splits.flatMap(({ names }) => names) : [];
}

function classesText({ layout, classes }: LayoutOption): Text {
  switch (layout.kind) {
    case 'flat':
      return phrase('images without labels');
    case 'names':
      return plural(classes, '{0} label in file names', '{0} labels in file names');
    case 'table':
      return plural(classes, '{0} label from {1}', '{0} labels from {1}', layout.table.file);
    case 'classes': {
      // The levels above that are splits say themselves where the classes are.
      const usual = layout.splitLevel === 1 ? 2 : 1;
      return layout.level === usual
        ? plural(classes, '{0} class folder', '{0} class folders')
        : plural(classes, '{0} class folder on level {1}', '{0} class folders on level {1}', layout.level);
    }
  }
}

/** The same of several folders: they have the same, or are counted. */
export function layoutsText({ chosen }: Pick<LaidOut, 'chosen'>): Text {
  const texts = new Map(chosen.map((option) => [JSON.stringify(layoutText(option)), layoutText(option)]));
  const [first] = texts.values();
  return texts.size === 1 ? first : phrase('different layouts');
}

/** How a dataset is laid out, as far as it was looked at. */
export function datasetText({ classes, table, option }: Pick<Dataset, 'classes' | 'table' | 'option'>): Text {
  if (option) return layoutText(option);
  return table === undefined ? plural(classes, '{0} class folder', '{0} class folders') : verbatim(table);
}

/** The first classes of a layout. */
export function examplesText({ examples, classes }: LayoutOption): Text {
  return listed(examples, NAMED, Math.max(classes, examples.length));
}

export function classCount(classes: number): Text {
  return plural(classes, '{0} class', '{0} classes');
}

/** `train, valid and test`: what splits are called. */
export function splitsText(options: readonly Pick<LayoutOption, 'splits'>[]): Text {
  const names = options.flatMap(({ splits }) => splits).flatMap((split) => split.names);
  return listed([...new Set(names)]);
}

/** Which images of a set are taken. */
export function splitText(split: SplitName | undefined, options: readonly LayoutOption[]): Text {
  if (split === undefined) return phrase('all splits');
  const named = options.map(({ splits }) => ({ splits: splits.filter((one) => one.split === split) }));
  return phrase('only {0}', splitsText(named));
}
