import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type FileMetaData, parquetMetadata, parquetReadObjects } from 'hyparquet';
import { invalidLabels, SemapError } from '../../core/errors.ts';
import { imageNames } from '../../core/folders/imageTable.ts';
import type { ImportedLabels } from '../../core/imports/importedLabels.ts';
import { matchImages } from '../../core/imports/matchImages.ts';
import { plainRow } from '../../core/imports/plainRow.ts';
import { columnsIn, labelsOfRows, readLabels } from '../../core/imports/readLabels.ts';
import { FolderTargets } from '../../core/labels/folderTargets.ts';
import { decoded } from '../../core/labels/labelBytes.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { fileSize } from '../../core/text/numbers.ts';
import { phrase } from '../../core/text/text.ts';
import type { Given } from '../../core/truths/truth.ts';
import { mustBeFolder } from '../../files/folders.ts';
import { readRegularFile } from '../../files/regularFile.ts';
import type { LabelFile, LabelFileParams } from '../../protocol/truths.ts';
import { walkImages } from '../folders/imageWalk.ts';

const LARGEST = 384 << 20;
/** Of a Parquet table: its rows, and what is in it when it is unpacked. */
const MOST_ROWS = 3_000_000;
const MOST_VALUES = 100_000_000;
const LARGEST_UNPACKED = 2 ** 31;
/** Names that are told of each kind. */
const MOST_TOLD = 100;

/**
 * Reads the labels of another program for the images of a folder.
 * @throws {SemapError} `not-found`, `unreadable-file`, `invalid-labels`
 */
export async function readLabelFile(
  { file, folder, columns, targets }: LabelFileParams,
  wordnet: () => Promise<WordNet>,
  signal: AbortSignal,
): Promise<LabelFile> {
  await mustBeFolder(folder);
  const bytes = await readRegularFile(file, { limit: LARGEST });
  const images = await namesOfImages(folder, signal);
  const known = new Set(images.flatMap(imageNames));
  const isImage = (name: string) => known.has(name);
  const name = path.basename(file);
  const read = isParquet(bytes)
    ? labelsOfRows(await parquetRows(bytes, name), name, isImage, columns)
    : readLabels(textOf(bytes, name), name, isImage, columns);
  signal.throwIfAborted();
  await setImmediate();
  return matched(read, folder, images, targets && new FolderTargets(targets, await wordnet()));
}

/** Headers of the columns of a table of labels; none where it is none. @throws {SemapError} as {@link readLabelFile} */
export async function columnsOfLabelFile(file: string): Promise<readonly string[]> {
  const bytes = await readRegularFile(file, { limit: LARGEST });
  const name = path.basename(file);
  if (!isParquet(bytes)) return columnsIn(textOf(bytes, name), name);
  const [first = {}] = await parquetRows(bytes, name);
  return Object.keys(first);
}

function matched(
  { labels, several, unlabelled, answered, format, columns }: ImportedLabels,
  folder: string,
  images: readonly string[],
  targets: FolderTargets | undefined,
): LabelFile {
  const root = folder.replaceAll(path.sep, '/');
  const { found, missing, ambiguous } = matchImages(labels.keys(), root, images);
  const givens: Given[] = [];
  const numbers = new Map<string, number>();
  const rows = new Map<string, number>();
  const contradicting = new Set(several);
  const counts = new Map<string, number>();
  for (const [reference, image] of found) {
    const given = labels.get(reference)!;
    const key = JSON.stringify([given.label, given.how, given.asked]);
    const number = numbers.get(key) ?? givens.push(given) - 1;
    numbers.set(key, number);
    const before = rows.get(image);
    if (before !== undefined && givens[before].label !== given.label) contradicting.add(image);
    rows.set(image, number);
  }
  for (const image of contradicting) rows.delete(image);
  for (const number of rows.values()) {
    const { label } = givens[number];
    if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const unknown = targets ? [...counts.keys()].filter((label) => targets.of(label) === undefined) : [];
  return {
    format,
    columns,
    images: images.length,
    givens,
    names: [...rows.keys()],
    numbers: [...rows.values()],
    labels: [...counts].sort(([, a], [, b]) => b - a),
    unknown,
    unlabelled,
    answered,
    missing: { count: missing.length, first: missing.slice(0, MOST_TOLD) },
    ambiguous: { count: ambiguous.length, first: ambiguous.slice(0, MOST_TOLD) },
    several: { count: contradicting.size, first: [...contradicting].slice(0, MOST_TOLD) },
  };
}

async function namesOfImages(folder: string, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  const images = { folders: [folder], layouts: [{ kind: 'flat' as const }] };
  for await (const found of walkImages(images, { signal }))
    if (found.kind === 'image') names.push(path.relative(folder, found.path).replaceAll(path.sep, '/'));
  signal.throwIfAborted();
  return names;
}

function isParquet(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'PAR1';
}

async function parquetRows(bytes: Buffer, name: string): Promise<Readonly<Record<string, unknown>>[]> {
  const { buffer, byteOffset, byteLength } = bytes;
  try {
    const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    mustFit(parquetMetadata(file), name);
    const rows = await parquetReadObjects({ file });
    return rows.map(plainRow);
  } catch (cause) {
    if (cause instanceof SemapError) throw cause;
    throw new SemapError('invalid-labels', phrase('{0} is not a Parquet file that SeMap can read.', name), {
      hint: phrase('Save it as CSV.'),
      cause,
    });
  }
}

/** Of a few bytes, billions of values can be made. @throws {SemapError} `invalid-labels` */
function mustFit({ num_rows: rows, row_groups: groups }: FileMetaData, name: string): void {
  if (rows > MOST_ROWS) throw invalidLabels(phrase('{0} has more than {1} rows.', name, MOST_ROWS));
  let [bytes, values] = [0, 0];
  for (const { columns } of groups) {
    for (const { meta_data: column } of columns) {
      bytes += Number(column?.total_uncompressed_size ?? 0);
      values += Number(column?.num_values ?? 0);
    }
  }
  if (bytes > LARGEST_UNPACKED || values > MOST_VALUES)
    throw invalidLabels(phrase('{0} is too large: the limit is {1}.', name, fileSize(LARGEST_UNPACKED)), {
      hint: phrase('Save it as CSV.'),
    });
}

function textOf(bytes: Uint8Array, name: string): string {
  const text = decoded(bytes);
  if (text !== undefined) return text;
  throw invalidLabels(phrase('{0} is not text, or is in an unknown encoding.', name), {
    hint: phrase('Save it as UTF-8.'),
  });
}
