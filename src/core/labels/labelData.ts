import { invalidLabels, type SemapError } from '../errors.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import type { LabelEntry } from './labelEntry.ts';
import { type LabelFile, WNID } from './labelEntry.ts';
import { labelsOfTable } from './labelTable.ts';

type Record_ = Readonly<Record<string, unknown>>;

/** Keys under which label lists lie in the files of others, the surest first. */
const LIST_KEYS = [
  ...'names id2label classes labels class_names classnames class_name categories label_names'.split(' '),
  ...'idx_to_class label2id class_to_idx class_indices items data annotations files'.split(' '),
];
/** Keys that lead there. */
const WRAPPERS = 'features label info dataset_info meta metainfo METAINFO dataset config'.split(' ');
/** Keys of the name within an object of an annotation. */
const NAME_KEYS = ['name', 'label', 'choices', 'displayName', 'class-name'];
const DEEPEST = 6;

/**
 * The labels in parsed JSON or YAML: a list of names, names by number or numbers by name, objects with a name, or any of
 * these under a key that says so (`names`, `classes`, `categories`, `id2label`, ...).
 * @throws {SemapError} `invalid-labels` where there are none
 */
export function labelsOfData(value: unknown, file: string, column?: string, depth = 0): LabelFile {
  if (Array.isArray(value)) return labelsOfArray(value, file, column);
  if (isRecord(value) && depth < DEEPEST) {
    const byNumber = numbered(value);
    if (byNumber) return { kind: 'classes', entries: byNumber };
    const features = featureNames(value['features']);
    if (features) return labelsOfData(features, file, column, depth + 1);
    const keys = Object.keys(value);
    const key =
      [...LIST_KEYS, ...WRAPPERS].find((one) => isCollection(value[one])) ??
      LIST_KEYS.flatMap((one) => keys.filter((own) => own.toLowerCase() === one)).find((own) =>
        isCollection(value[own]),
      );
    if (key !== undefined) return labelsOfData(value[key], file, column, depth + 1);
    const path = LIST_KEYS.find((one) => typeof value[one] === 'string' && /\.\w+$/.test(String(value[one])));
    if (path !== undefined) {
      throw refused(
        file,
        phrase('"{0}" points to the file {1}', path, String(value[path])),
        phrase('Give that file instead.'),
      );
    }
    throw refused(
      file,
      keys.length > 0
        ? phrase('none of its keys ({0}) holds labels', listed(keys, 8))
        : phrase('it is empty'),
      phrase('Put the labels under "names", as a list.'),
    );
  }
  throw refused(file, phrase('it is a single value'), phrase('Write a list such as ["cat", "dog"].'));
}

/** `features` as cards of data sets list them: the names of the feature that is a label, wherever they are in it. */
function featureNames(features: unknown): unknown {
  if (!Array.isArray(features)) return undefined;
  for (const feature of features) {
    for (const place of ['dtype', 'type', 'class_label', 'feature']) {
      const inner = isRecord(feature) ? feature[place] : undefined;
      const label = isRecord(inner) ? (inner['class_label'] ?? inner) : undefined;
      if (isRecord(label) && isCollection(label['names'])) return label['names'];
    }
  }
  return undefined;
}

function labelsOfArray(list: readonly unknown[], file: string, column: string | undefined): LabelFile {
  if (list.length > 0 && list.every(isRecord)) return labelsOfRecords(list, file, column);
  const entries = list.map((entry): LabelEntry => {
    if (typeof entry === 'string') return { name: entry };
    if (
      Array.isArray(entry) &&
      entry.length > 0 &&
      entry.every((part) => ['string', 'number'].includes(typeof part))
    ) {
      const index = entry.find((part) => typeof part === 'number');
      const texts = entry.filter((part) => typeof part === 'string');
      const wnid = texts.find((text) => WNID.test(text));
      const name = texts.filter((text) => text !== wnid).join(' ') || wnid;
      if (name) {
        return {
          name,
          ...(index === undefined ? {} : { index }),
          ...(wnid ? { wnid } : {}),
        };
      }
    }
    throw invalidLabels(
      phrase('{0} has a label that is neither a text nor an object with a "name": {1}.', file, quoted(entry)),
      { hint: phrase('Write a list such as ["cat", "dog"].') },
    );
  });
  return { kind: 'classes', entries };
}

/** The beginning of a value; what is nested in it only as such, for it may be so without end. */
function quoted(value: unknown): string {
  const flat = (key: string, one: unknown) => (key !== '' && typeof one === 'object' ? '...' : one);
  return String(JSON.stringify(value, flat)).slice(0, 60);
}

/** Objects are rows: which key holds the label is found as in a table. */
export function labelsOfRecords(records: readonly Record_[], file: string, column?: string): LabelFile {
  const flat = records.map(flattened);
  const header = [...new Set(flat.slice(0, 1000).flatMap((record) => Object.keys(record)))];
  const rows = flat.map((record) => header.map((key) => record[key] ?? ''));
  return labelsOfTable(rows, file, column, header);
}

/** The plain values of an object, and those of a task of Label Studio or an annotation within. */
function flattened(record: Record_): Record<string, string> {
  // A key may be called like what every object has: `toString`.
  const flat: Record<string, string> = Object.create(null);
  for (const [key, value] of Object.entries(record)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) flat[key] = String(value);
    else if (isRecord(value)) {
      const name = NAME_KEYS.map((one) => value[one]).find((one) => typeof one === 'string');
      if (typeof name === 'string') flat[key] = name;
    }
  }
  const choice = labelStudioChoice(record);
  if (choice !== undefined) flat['choice'] = choice;
  return flat;
}

function labelStudioChoice(task: Record_): string | undefined {
  const [annotation] =
    listAt(task, 'annotations').length > 0 ? listAt(task, 'annotations') : listAt(task, 'completions');
  for (const result of listAt(annotation, 'result')) {
    const value = isRecord(result) ? result['value'] : undefined;
    const [choice] = listAt(value, 'choices');
    if (typeof choice === 'string') return choice;
  }
  return undefined;
}

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = isRecord(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
}

/** `{"0": "tench"}`, `{"tench": 0}`, `{"0": ["n01440764", "tench"]}` or `{"n01440764": "tench"}`. */
function numbered(record: Record_): LabelEntry[] | undefined {
  const all = Object.entries(record);
  if (all.length === 0) return undefined;
  const number = (text: unknown) =>
    typeof text === 'number'
      ? text
      : typeof text === 'string' && /^\s*\d+\s*$/.test(text)
        ? Number(text)
        : Number.NaN;
  const byNumber = all.every(([key]) => Number.isInteger(number(key)));
  if (byNumber) {
    const entries = all.map(([key, value]): LabelEntry | undefined => {
      const name = nameIn(value);
      return name && { ...name, index: number(key) };
    });
    return entries.every((entry) => entry !== undefined) ? entries : undefined;
  }
  if (all.every(([key, value]) => WNID.test(key) && typeof value === 'string'))
    return all.map(([wnid, name]) => ({ name: String(name), wnid }));
  // "nc: 3" beside "names" is no label: all of them must be places.
  const places = all.map(([, value]) => number(value));
  const sorted = [...places].sort((a, b) => a - b);
  if (
    places.every(Number.isInteger) &&
    sorted.every((place, i) => place === sorted[0] + i) &&
    sorted[0] <= 1
  ) {
    return all.map(([name], i) => ({ name, index: places[i] }));
  }
  return undefined;
}

function nameIn(value: unknown): LabelEntry | undefined {
  if (typeof value === 'string') return { name: value };
  if (Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === 'string')) {
    const wnid = value.find((part) => WNID.test(part));
    return {
      name: value.filter((part) => part !== wnid).join(', ') || (wnid ?? ''),
      ...(wnid ? { wnid } : {}),
    };
  }
  if (!isRecord(value)) return undefined;
  const name = value['name'] ?? value['label'] ?? value['class'];
  const wnid = value['wnid'] ?? value['id'];
  if (typeof name !== 'string') return undefined;
  return { name, ...(typeof wnid === 'string' && WNID.test(wnid) ? { wnid } : {}) };
}

export function isRecord(value: unknown): value is Record_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCollection(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : isRecord(value) && Object.keys(value).length > 0;
}

function refused(file: string, why: Text, hint: Text): SemapError {
  return invalidLabels(phrase('{0} holds no list of labels: {1}.', file, why), { hint });
}

const TOKEN = /([\w.]+)\s*:?\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s{}"',;]+)|[{}]/g;
const FREEBASE = /^\/[mg]\/\w+$/;

/** Whether a text is a label map as TensorFlow's object detection has it (`label_map.pbtxt`). */
export function isLabelMap(text: string): boolean {
  return /^\s*(?:#[^\n]*\n\s*)*item\s*:?\s*\{/.test(text);
}

/** The items of a `label_map.pbtxt`: `item { id: 1 name: 'cat' display_name: "Cat" }`. What people read goes first. */
export function labelsOfLabelMap(text: string): LabelEntry[] {
  const entries: LabelEntry[] = [];
  let fields = new Map<string, string>();
  for (const [token, key, value] of text.replace(/^\s*#.*$/gm, '').matchAll(TOKEN)) {
    if (token === '{') fields = new Map();
    else if (token !== '}')
      fields.set(key, /^["']/.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value);
    else {
      const name = fields.get('name') ?? '';
      const shown = fields.get('display_name') ?? '';
      const index = Number(fields.get('id') ?? Number.NaN);
      const label = shown !== '' && (name === '' || FREEBASE.test(name)) ? shown : name;
      if (label !== '') entries.push({ name: label, ...(Number.isInteger(index) ? { index } : {}) });
      fields = new Map();
    }
  }
  return entries;
}
