import { phrase } from '../text/text.ts';
import { visibleText } from './labelBytes.ts';
import type { LabelFile } from './labelEntry.ts';
import { labelsOfText, unclearColumn } from './labelFile.ts';
import { contentLines, unquoted } from './labelLines.ts';
import { separatorOf, tableRows } from './labelTable.ts';

/**
 * The labels in a text that a person typed: with commas or semicolons between them, one per line, or as a JSON list.
 * Quotes keep a comma within a label. Blanks and duplicates are kept: whoever reads the targets reports them.
 */
export function parseLabelList(text: string): readonly string[] {
  const plain = visibleText(text);
  if (plain.trim() === '') return [];
  const lines = contentLines(plain);
  if (/^\s*(?:\[|\{[\s\S]*\}\s*$)/.test(plain) || lines.length > 1)
    return targetNames(labelsOfText(plain, { name: 'The list' }), 'the list');
  const [line = ''] = lines;
  const single = unquoted(line.trim());
  if (single !== line.trim() && !line.includes('","')) return [single];
  const separator = separatorOf(line);
  return (tableRows(line, separator === '\t' || separator === ';' ? separator : ',')[0] ?? []).map((label) =>
    unquoted(label.trim()),
  );
}

/**
 * The target labels of a file. Those of a table of images come once each, in the order in which they first appear.
 * @throws {SemapError} `invalid-labels` where it is not clear which column holds them
 */
export function targetNames(
  file: LabelFile,
  name: string,
  hint = phrase('Give a file with that column only.'),
): readonly string[] {
  if (file.kind === 'unclear') throw unclearColumn(file.columns, name, hint);
  const names = file.entries.map((entry) => entry.name);
  if (file.kind !== 'images') return names;
  // An image of several classes: `Mass|Nodule`.
  const each = names.flatMap((label) => label.split('|').map((one) => one.trim()));
  return [...new Set(each.filter((label) => label !== ''))];
}
