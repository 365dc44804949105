import { parse } from 'yaml';
import { invalidLabels, type SemapError } from '../errors.ts';
import { phrase, type Text, type TextValue } from '../text/text.ts';
import { DEEPEST_YAML, nestsDeeply } from '../text/yamlDepth.ts';
import { labelText, visibleText } from './labelBytes.ts';
import { isLabelMap, isRecord, labelsOfData, labelsOfLabelMap, labelsOfRecords } from './labelData.ts';
import { type LabelColumn, type LabelEntry, type LabelFile, mustBeShort } from './labelEntry.ts';
import { contentLines, labelsOfLines, mustBeNames } from './labelLines.ts';
import { isHeaderRow, labelsOfTable, separatorOf, tableRows } from './labelTable.ts';

/** YAML takes longer to read than the rest. */
const YAML_LIMIT = 2_000_000;
const YAML_KEY = /^(?:names|nc|classes|labels|class_names|categories|id2label)\s*:/m;
const SCRIPT = /\.(?:py|ipynb|js|ts|m|r|java|cpp|c|h|sh|ps1)$/i;
/** What stands above the text of a card on the Hugging Face hub. */
const FRONT_MATTER = /^\s*---\n([\s\S]*?\n)---(?:\n|$)/;
/** `names = ["cat", "dog"]`, as programs and TOML have it. */
const ASSIGNED = /^\s*\w{1,100}\s*=\s*([[{][\s\S]*[\]}]);?\s*$/;
const JSON_BEGINS = /^(?:\s|\/\/[^\n]*\n)*[[{]/;
/** `img/001.jpg 0`, as lists of training images are written. */
const IMAGE_LINE = /^(\S.{0,4000}?\.(?:jpe?g|png|webp|bmp|gif|tiff?|ppm))["']?(?:[\s,;|]+(.+))?$/i;

interface Options {
  /** How the file is called: its ending and for messages. */
  readonly name: string;
  /** The column of a table that holds the labels, by its header or its number. */
  readonly column?: string | undefined;
}

/**
 * The labels in a file as people and programs write them: one per line, tables (CSV, TSV), JSON, JSON lines, YAML,
 * `label_map.pbtxt`.
 * @throws {SemapError} `invalid-labels` for what holds none, by what it is
 */
export function readLabelFile(bytes: Uint8Array, options: Options): LabelFile {
  return labelsOfText(labelText(bytes, options.name), options);
}

/** The same of a text. */
export function labelsOfText(raw: string, { name, column }: Options): LabelFile {
  const read = labelsIn(visibleText(raw), name, column);
  if (read.kind === 'unclear') return read;
  const entries = read.entries.map(({ name: label, ...rest }) => ({ name: oneLine(label), ...rest }));
  if (!entries.some((entry) => entry.name !== '')) {
    throw invalidLabels(phrase('{0} holds no labels.', name), {
      hint: phrase('Write one label per line.'),
    });
  }
  for (const [i, label] of entries.entries()) mustBeShort(label.name, i, name);
  mustBeNames(
    entries.map((entry) => entry.name),
    name,
  );
  return { ...read, entries };
}

/** A cell in quotes may hold line ends; a label is one line. */
function oneLine(label: string): string {
  return label.trim().replace(/\s*[\n\r\v\f]\s*/g, ' ');
}

/** What to say of a table of which it is not clear which column holds the labels. */
export function unclearColumn(columns: readonly LabelColumn[], name: string, hint: Text): SemapError {
  const each = columns.slice(0, 6).map((one) => `"${one.name}" (${one.examples.join(', ').slice(0, 60)})`);
  return invalidLabels(
    phrase('It is not clear which column of {0} holds the labels: {1}.', name, each.join(' or ')),
    { hint },
  );
}

function labelsIn(text: string, name: string, column: string | undefined): LabelFile {
  if (SCRIPT.test(name)) {
    throw invalidLabels(phrase('{0} is a program, not a list of labels.', name), {
      hint: phrase('Write the labels into a text file, one per line.'),
    });
  }
  const isYaml = /\.ya?ml$/i.test(name);
  const [, front] = isYaml ? [] : (FRONT_MATTER.exec(text) ?? []);
  if (front !== undefined) return labelsOfData(yaml(front, name), name, column);
  const [, assigned] = isYaml ? [] : (ASSIGNED.exec(text) ?? []);
  if (assigned !== undefined) return labelsOfJson(assigned, name, column);
  if (!isYaml && JSON_BEGINS.test(text)) return labelsOfJson(text, name, column);
  if (/\.(?:json|jsonl|ndjson)$/i.test(name) && /^\s*"/.test(text)) return labelsOfJson(text, name, column);
  if (isLabelMap(text) || /\.pbtxt$/i.test(name)) return classes(labelsOfLabelMap(text));
  if (isYaml || YAML_KEY.test(text.slice(0, 100_000))) return labelsOfData(yaml(text, name), name, column);
  const isTable = /\.[ct]sv$/i.test(name);
  const lines = contentLines(text);
  const given = lines.filter((line) => line.trim() !== '');
  if (given.length > 1 && given.every((line) => /^\s*\w+\s*=\s*\S/.test(line))) {
    throw invalidLabels(phrase('{0} holds settings, not labels.', name), {
      hint: phrase('Give the file that its "names" line points to.'),
    });
  }
  if (isTable || isTableText(given)) return labelsOfTableText(given.join('\n'), name, column);
  const images = imageRows(given);
  if (images) return labelsOfTable(images, name, column);
  const [only, ...others] = given;
  // A list written across: "cat, dog, bird".
  if (others.length === 0 && only?.includes(',')) return labelsOfTableText(only, name, column);
  return classes(labelsOfLines(lines));
}

const classes = (entries: readonly LabelEntry[]): LabelFile => ({ kind: 'classes', entries });

/** Whether lines are rows: every line has as many cells, and tabs part them or the first line is a header. */
function isTableText(lines: readonly string[]): boolean {
  if (lines.length < 2) return false;
  const separator = separatorOf(lines.slice(0, 50).join('\n'));
  const cells = (line: string) => tableRows(line, separator)[0]?.length ?? 0;
  const width = cells(lines[0]);
  if (width < 2 || !lines.slice(0, 200).every((line) => cells(line) === width)) return false;
  const header =
    /(?:^|[,;\t|"])\s*(?:labels?|class(?:_?name)?|categor(?:y|ies)|names?|image|file(?:_?name)?|path|id|breed|species)\s*(?=$|[,;\t|"])/i;
  return separator === '\t' || header.test(lines[0]);
}

/** Rows of image and label, where lines begin with the path of an image; undefined where they do not. */
function imageRows(lines: readonly string[]): string[][] | undefined {
  const matches = lines.map((line) => IMAGE_LINE.exec(line.trim()));
  const found = matches.filter((match) => match !== null);
  if (found.length === 0 || found.length < 0.9 * lines.length) return undefined;
  return found.map(([, image, label = '']) => [image, label.replace(/^["']|["']$/g, '')]);
}

function labelsOfTableText(text: string, name: string, column: string | undefined): LabelFile {
  // Excel writes which separator follows.
  const [, said, rest] = /^sep=(.)\r?\n([\s\S]*)$/.exec(text) ?? [];
  const separator = said ?? (/\.tsv$/i.test(name) ? '\t' : separatorOf(text));
  const open = () => {
    throw invalidLabels(phrase('{0} has a quotation mark that is never closed.', name), {
      hint: phrase('Quotation marks around a cell come in pairs, and twice within it.'),
    });
  };
  // Rows of dashes part the header of a table in Markdown from the rest.
  const rows = tableRows(rest ?? text, separator, open).filter(
    (row) => !row.every((cell) => /^\s*(?::?-{2,}:?)?\s*$/.test(cell)),
  );
  if (rows.length === 1 && isHeaderRow(rows[0])) {
    throw invalidLabels(phrase('{0} holds no labels: there is nothing below its header.', name), {
      hint: phrase('Write one label per line.'),
    });
  }
  // A single row is a list written across.
  if (rows.length === 1 && column === undefined)
    return classes(rows[0].map((cell) => ({ name: cell.trim() })));
  return labelsOfTable(rows, name, column);
}

function labelsOfJson(text: string, name: string, column: string | undefined): LabelFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const records = jsonLines(text);
    if (records) return labelsOfRecords(records, name, column);
    // A Python dictionary or list, JSON with comments or a comma at its end: all of these are YAML.
    value = yaml(text, name, () =>
      phrase('{0} is not valid JSON: {1}.', name, (error as Error).message.slice(0, 200)),
    );
  }
  return labelsOfData(value, name, column);
}

/** An object on each line; undefined where one is none. */
function jsonLines(text: string): Readonly<Record<string, unknown>>[] | undefined {
  const records: Readonly<Record<string, unknown>>[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    try {
      const value: unknown = JSON.parse(line);
      if (!isRecord(value)) return undefined;
      records.push(value);
    } catch {
      return undefined;
    }
  }
  return records;
}

function yaml(
  text: string,
  name: string,
  notRead = (why: TextValue) => phrase('{0} is not valid YAML: {1}.', name, why),
): unknown {
  const hint = phrase('Write one label per line, or a list such as ["cat", "dog"].');
  const refuse = (why: TextValue, cause?: unknown) => invalidLabels(notRead(why), { hint, cause });
  if (text.length > YAML_LIMIT) throw refuse(phrase('it has more than 2 MB'));
  if (nestsDeeply(text)) throw refuse(phrase('it is nested more than {0} levels deep', DEEPEST_YAML));
  try {
    // Every value is a text: `yes` and `1` may be labels.
    return parse(text, { schema: 'failsafe', logLevel: 'error', maxAliasCount: 100 });
  } catch (error) {
    throw refuse((error as Error).message.split('\n')[0], error);
  }
}
