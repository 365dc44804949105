import { inflateRawSync } from 'node:zlib';
import { SemapError } from '../core/errors.ts';
import { csvRecordAt } from '../core/text/csvRecords.ts';
import { phrase, type Text } from '../core/text/text.ts';
import { readNpy } from './npy.ts';

/** Numbers that another pipeline gave, one row for each image. */
export interface ReferenceRows {
  readonly count: number;
  /** Row-major. */
  readonly values: Float32Array;
  /** The image that each row is of, where the file says it. */
  readonly names?: readonly string[] | undefined;
}

const LARGEST_MEMBER = 1 << 30;

/**
 * Reads rows of numbers from what NumPy, pandas, JSON and spreadsheets write.
 * @param name whose ending says what it is
 * @throws {SemapError} `invalid-argument`
 */
export function readReference(bytes: Uint8Array, name: string): ReferenceRows {
  if (/\.npy$/i.test(name)) return rowsOfArray(readNpy(bytes, name), name);
  if (/\.npz$/i.test(name)) return rowsOfArray(readNpy(onlyMember(bytes, name), name), name);
  const text = new TextDecoder().decode(bytes).replace(/^\uFEFF/, '');
  if (/\.json$/i.test(name)) return rowsOfJson(text, name);
  if (/\.(?:csv|tsv|txt)$/i.test(name)) return rowsOfTable(text, name);
  throw broken(phrase('{0} is no .npy, .npz, .csv, .tsv or .json file.', name));
}

function broken(problem: Text): SemapError {
  return new SemapError('invalid-argument', problem, {
    hint: phrase('Give one row of numbers for each image: with numpy.save, or as CSV or JSON.'),
  });
}

function rowsOfArray({ dims, data }: ReturnType<typeof readNpy>, name: string): ReferenceRows {
  if (data.length === 0) throw broken(phrase('{0} is empty.', name));
  // What has no axis of images is one image's.
  const count = dims.length <= 1 || dims.length === 3 ? 1 : dims[0];
  return checked({ count, values: data }, name);
}

function rowsOfJson(text: string, name: string): ReferenceRows {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw broken(phrase('{0} is not valid JSON: {1}', name, (error as Error).message));
  }
  const named = typeof value === 'object' && value !== null && !Array.isArray(value);
  const list = named ? Object.values(value as object) : (value as unknown);
  if (!Array.isArray(list)) throw broken(phrase('{0} has no list of numbers.', name));
  const rows = list.every((one) => typeof one === 'number') ? [list] : list;
  return rowsOfLists(rows, name, named ? Object.keys(value as object) : undefined);
}

/** A line of words in front is a heading, and words in the first column are names of images. */
function rowsOfTable(text: string, name: string): ReferenceRows {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const separator = ['\t', ';', ','].find((one) => first.includes(one)) ?? ' ';
  const records: string[][] = [];
  for (let at = 0; at < text.length; ) {
    const { end, cells } = csvRecordAt(text, at, separator);
    at = end;
    const words = cells.map((cell) => cell.trim());
    if (words.some((word) => word !== '')) records.push(separator === ' ' ? words.filter(Boolean) : words);
  }
  const isNumber = (cell: string | undefined) =>
    cell !== undefined && cell !== '' && !Number.isNaN(Number(cell));
  if (records.length > 1 && !records[0].slice(1).every(isNumber)) records.shift();
  const named = records.length > 0 && records.every(([cell]) => !isNumber(cell));
  const rows = records.map((cells) =>
    cells.slice(named ? 1 : 0).map((cell) => (isNumber(cell) ? Number(cell) : undefined)),
  );
  return rowsOfLists(rows, name, named ? records.map(([cell]) => cell) : undefined);
}

function rowsOfLists(
  rows: readonly unknown[],
  name: string,
  names: readonly string[] | undefined,
): ReferenceRows {
  const flat = rows.map((row) => (Array.isArray(row) ? (row as unknown[]).flat(8) : []));
  const width = flat[0]?.length ?? 0;
  for (const [i, row] of flat.entries()) {
    if (row.length !== width)
      throw broken(
        phrase('Row {0} of {1} has {2} numbers, and the first one {3}.', i + 1, name, row.length, width),
      );
    if (!row.every((one) => typeof one === 'number'))
      throw broken(phrase('Row {0} of {1} has something that is no number.', i + 1, name));
  }
  return checked({ count: rows.length, values: Float32Array.from(flat.flat() as number[]), names }, name);
}

function checked(rows: ReferenceRows, name: string): ReferenceRows {
  if (rows.count === 0 || rows.values.length === 0) throw broken(phrase('{0} is empty.', name));
  const bad = rows.values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return rows;
  const row = Math.floor(bad / (rows.values.length / rows.count)) + 1;
  throw broken(phrase('Row {0} of {1} has a number that is not finite (NaN or infinite).', row, name));
}

const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** The one array of a ZIP archive as `numpy.savez` writes it; of several, the one that says it is of outputs. */
function onlyMember(bytes: Uint8Array, name: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = () => broken(phrase('{0} is not a .npz file.', name));
  try {
    let end = bytes.length - 22;
    while (end >= 0 && view.getUint32(end, true) !== END) end--;
    if (end < 0) throw damaged();
    const members: { name: string; method: number; at: number; size: number; whole: number }[] = [];
    let at = view.getUint32(end + 16, true);
    for (let i = view.getUint16(end + 10, true); i > 0; i--) {
      if (view.getUint32(at, true) !== CENTRAL) throw damaged();
      const length = view.getUint16(at + 28, true);
      members.push({
        name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + length)).replace(/\.npy$/, ''),
        method: view.getUint16(at + 10, true),
        size: view.getUint32(at + 20, true),
        whole: view.getUint32(at + 24, true),
        at: view.getUint32(at + 42, true),
      });
      at += 46 + length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    }
    const wanted =
      members.length === 1
        ? members[0]
        : members.find((one) => /^(?:outputs?|logits|scores|probs?)$/i.test(one.name));
    if (!wanted)
      throw broken(phrase('{0} has {1} arrays, and none of them is called "outputs".', name, members.length));
    const from = wanted.at + 30 + view.getUint16(wanted.at + 26, true) + view.getUint16(wanted.at + 28, true);
    const packed = bytes.subarray(from, from + wanted.size);
    if (wanted.method === 0) return packed.slice();
    return new Uint8Array(
      inflateRawSync(packed, { maxOutputLength: Math.min(LARGEST_MEMBER, wanted.whole + 1) }),
    );
  } catch (error) {
    throw error instanceof SemapError ? error : damaged();
  }
}
