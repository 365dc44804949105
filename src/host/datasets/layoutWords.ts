import type { LayoutOption, SplitName } from '../../core/folders/layout.ts';
import { layoutText } from '../../core/folders/layoutText.ts';
import { listed, phrase, plural, type Text, verbatim } from '../../core/text/text.ts';
import type { Dataset } from './datasetScan.ts';
import type { LaidOut } from './folderLayouts.ts';

/** Classes that are named of a layout. */
const NAMED = 6;

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

/** Labels that were given to images one by one: in the gallery, by an import, by an agent. */
export function labeledText(labeled: number): Text {
  return plural(labeled, '{0} labeled image', '{0} labeled images');
}

/** Which images of a set are taken. */
export function splitText(split: SplitName | undefined, options: readonly LayoutOption[]): Text {
  if (split === undefined) return phrase('all splits');
  const named = options.map(({ splits }) => ({ splits: splits.filter((one) => one.split === split) }));
  return phrase('only {0}', splitsText(named));
}
