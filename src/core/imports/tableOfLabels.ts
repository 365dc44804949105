import { invalidLabels } from '../errors.ts';
import { columnsOf, isExport, titlesOf } from '../folders/imageColumns.ts';
import { ImageTable } from '../folders/imageTable.ts';
import type { LayoutTable } from '../folders/layout.ts';
import { rowsOf } from '../folders/tableRecords.ts';
import { isImageFile } from '../images/imageFiles.ts';
import { withoutApostrophes } from '../text/csv.ts';
import { unescapeHidden } from '../text/plainText.ts';
import { listed, phrase } from '../text/text.ts';
import { TruthTable } from '../truths/truthTable.ts';
import { type ImportedLabels, LabelCollector, labelled } from './importedLabels.ts';
import { nameOfReference } from './references.ts';
import { labelsOfAnswers } from './semapAnswers.ts';

/** Columns that a person chose. */
export interface ChosenColumns {
  readonly image?: string | undefined;
  readonly label?: string | undefined;
}

/**
 * The labels in a table, as CSV or JSON Lines: SeMap's own table of labels, what SeMap exported, `metadata.csv` of Hugging
 * Face, or anybody's.
 * @param isImage whether the folder has an image of a name
 * @throws {SemapError} `invalid-labels`
 */
export function labelsOfTable(
  text: string,
  file: string,
  isImage: (name: string) => boolean,
  chosen: ChosenColumns = {},
): ImportedLabels {
  const titles = titlesOf(text, file);
  if (titles.length < 2)
    throw invalidLabels(phrase('{0} is not a table of labels.', file), {
      hint: phrase(
        'SeMap reads exports of Label Studio, COCO, CVAT, FiftyOne and Hugging Face, and tables as CSV or JSON Lines.',
      ),
    });
  const isChosen = chosen.image !== undefined || chosen.label !== undefined;
  for (const title of [chosen.image, chosen.label])
    if (title !== undefined && !titles.includes(title))
      throw invalidLabels(phrase('{0} has no column "{1}".', file, title), { hint: columnsHint(titles) });
  const isAnswers = isExport(text, file) || titles.join() === 'file_name,label,confidence';
  if (!isChosen && isAnswers) return labelsOfAnswers(spelled(text, file));
  if (!isChosen && ['file_name', 'label', 'given'].every((title) => titles.includes(title)))
    return labelsOfOwn(text, file);
  const isHere = (name: string) => isImage(name) || isImage(nameOfReference(name));
  // Of another folder's images, those that look like files are as good; of two columns the other one has the labels.
  const others = titles.length === 2 && chosen.label === undefined ? titles : [];
  let columns: LayoutTable | undefined;
  for (const label of [chosen.label, ...others])
    for (const isNamed of [isHere, isImageFile])
      columns ??= columnsOf(text, file, isNamed, label, chosen.image);
  if (!columns)
    throw invalidLabels(phrase('Cannot tell which columns of {0} are the images and their labels.', file), {
      hint: columnsHint(titles),
    });
  const table = new ImageTable(text, columns);
  const labels = new LabelCollector();
  const { image, label } = columns;
  for (const name of table.names) {
    const said = table.of(name)?.label;
    labels.add(name, labelled(said === undefined ? undefined : withoutApostrophes(said)));
  }
  return labels.done('table', { image, label });
}

function columnsHint(titles: readonly string[]) {
  return phrase('Choose the columns. There are: {0}.', listed(titles, 20));
}

/** Cells of SeMap's own CSV have apostrophes where a spreadsheet would compute them, and spell what nobody would see. */
function* spelled(text: string, file: string): Generator<Readonly<Record<string, string>>> {
  for (const row of rowsOf(text, file))
    yield Object.fromEntries(
      Object.entries(row).map(([title, cell]) => [title, unescapeHidden(withoutApostrophes(cell))]),
    );
}

/** Of another folder, or of the same before: what persons gave, accepted and ruled out. */
function labelsOfOwn(text: string, file: string): ImportedLabels {
  const table = TruthTable.parse(text, file);
  const labels = new LabelCollector();
  for (const name of table.names) {
    const row = table.of(name);
    labels.add(name, row ? [{ label: row.label, how: row.how, ...(row.asked && { asked: row.asked }) }] : []);
  }
  return labels.done('table of labels');
}
