import { listed, phrase, plural, type Text } from '../text/text.ts';
import type { LayoutOption } from './layout.ts';

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
      return phrase('no labels from folders or files');
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
