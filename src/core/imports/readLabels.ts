import { invalidLabels } from '../errors.ts';
import { titlesOf } from '../folders/imageColumns.ts';
import { fileSize } from '../text/numbers.ts';
import { phrase } from '../text/text.ts';
import { XmlProblem, xmlProblemText } from '../text/xmlTags.ts';
import { isCoco, labelsOfCoco } from './coco.ts';
import { labelsOfCvat } from './cvat.ts';
import { isFiftyOne, labelsOfFiftyOne } from './fiftyOne.ts';
import { type ImportedLabels, objectOf } from './importedLabels.ts';
import { isLabelStudio, labelsOfTasks } from './labelStudio.ts';
import { isAnswer, isAnswers, labelsOfAnswers } from './semapAnswers.ts';
import { type ChosenColumns, labelsOfTable } from './tableOfLabels.ts';

/** A document of JSON must be in memory as a whole, at about six times its size. */
const LARGEST_JSON = 160 << 20;

/**
 * What a file of another program, or of SeMap, says of images. Which program's it is, its content tells, not its name.
 * @param file its name, for messages, and to tell tabs from commas
 * @param isImage whether the folder has an image of a name
 * @throws {SemapError} `invalid-labels`
 */
export function readLabels(
  text: string,
  file: string,
  isImage: (name: string) => boolean,
  columns: ChosenColumns = {},
): ImportedLabels {
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text;
  const start = whole.trimStart().slice(0, 1);
  if (start === '<') return xmlLabels(whole, file);
  if (start === '[') return listLabels(jsonOf(whole, file), file, isImage, columns);
  if (start !== '{') return labelsOfTable(whole, file, isImage, columns);
  const first = firstLine(whole);
  if (first !== undefined) {
    if (!isChosen(columns) && isAnswer(first)) return labelsOfAnswers(objectsOf(whole));
    return labelsOfTable(whole, asLines(file), isImage, columns);
  }
  const data = jsonOf(whole, file) as Readonly<Record<string, unknown>>;
  if (isCoco(data)) return labelsOfCoco(data);
  if (isFiftyOne(data)) return labelsOfFiftyOne(data);
  if (isAnswers(data)) return labelsOfAnswers(data['predictions'] as readonly unknown[]);
  return listLabels([data], file, isImage, columns);
}

/** Headers of the columns of a table that {@link readLabels} reads; none for a document of another kind. */
export function columnsIn(text: string, file: string): readonly string[] {
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text;
  const start = whole.trimStart().slice(0, 1);
  if (start === '<' || start === '[') return [];
  if (start !== '{') return titlesOf(whole, file);
  return firstLine(whole) === undefined ? [] : titlesOf(whole, asLines(file));
}

/** Tasks of Label Studio; otherwise rows of a table. */
function listLabels(
  list: readonly unknown[],
  file: string,
  isImage: (name: string) => boolean,
  columns: ChosenColumns,
): ImportedLabels {
  if (isLabelStudio(list)) return labelsOfTasks(list);
  const rows = list.filter((row) => objectOf(row) !== undefined);
  return labelsOfRows(rows as readonly Readonly<Record<string, unknown>>[], file, isImage, columns);
}

/**
 * The labels in rows that are objects: of a list in JSON, or of a Parquet table.
 * @throws {SemapError} `invalid-labels`
 */
export function labelsOfRows(
  rows: readonly Readonly<Record<string, unknown>>[],
  file: string,
  isImage: (name: string) => boolean,
  columns: ChosenColumns = {},
): ImportedLabels {
  if (!isChosen(columns) && rows.length > 0 && isAnswer(rows[0])) return labelsOfAnswers(rows);
  // What a choice of Label Studio is where several may be made.
  const lines = rows.map((row) =>
    JSON.stringify(row, (key, value) => (key === '' ? value : (objectOf(value)?.['choices'] ?? value))),
  );
  return labelsOfTable(lines.join('\n'), asLines(file), isImage, columns);
}

function xmlLabels(text: string, file: string): ImportedLabels {
  try {
    const labels = labelsOfCvat(text);
    if (labels) return labels;
  } catch (error) {
    if (!(error instanceof XmlProblem)) throw error;
    throw invalidLabels(xmlProblemText(error, file));
  }
  throw invalidLabels(phrase('{0} is XML, but not of CVAT.', file), {
    hint: phrase('In CVAT, export the task as "CVAT for images 1.1".'),
  });
}

function jsonOf(text: string, file: string): unknown[] & Readonly<Record<string, unknown>> {
  if (text.length > LARGEST_JSON)
    throw invalidLabels(phrase('{0} is too large: the limit is {1}.', file, fileSize(LARGEST_JSON)), {
      hint: phrase('Export the labels as CSV or JSON Lines.'),
    });
  try {
    return JSON.parse(text);
  } catch {
    throw invalidLabels(phrase('{0} is not valid JSON: it may be damaged or incomplete.', file));
  }
}

/** The object on the first line of JSON Lines; undefined where the text is one document. */
function firstLine(text: string): Readonly<Record<string, unknown>> | undefined {
  const end = text.indexOf('\n');
  return end < 0 || text.slice(end).trim() === '' ? undefined : objectOf(lineOf(text.slice(0, end)));
}

function* objectsOf(text: string): Generator<unknown> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    yield lineOf(text.slice(at, stop));
    at = stop + 1;
  }
}

/** What a line says; undefined for a damaged one. */
function lineOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isChosen({ image, label }: ChosenColumns): boolean {
  return image !== undefined || label !== undefined;
}

/** The name by which a table is read as JSON Lines. */
function asLines(file: string): string {
  return /\.(?:jsonl|ndjson)$/i.test(file) ? file : `${file}.jsonl`;
}
