import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { isImageFile } from '../core/images/imageFiles.ts';
import { type Given, keptLabel, type TruthRow } from '../core/truths/truth.ts';
import { nameKey, type TruthTable } from '../core/truths/truthTable.ts';
import { digestOfFile } from '../files/fileState.ts';
import { refuseLinks } from '../files/links.ts';
import { spareTruthsOf, type TruthEdit, truthsOf } from '../files/truthsFile.ts';

/** Where the labels of a folder are. */
interface LabelledFolder {
  /** Absolute. */
  readonly folder: string;
  /** Folders that may keep the labels of folders that cannot be written to. */
  readonly roots: readonly string[];
}

/** An image with what was said of it. */
export interface GivenLabel extends Given {
  /** Relative to the folder, with `/`. */
  readonly image: string;
}

/**
 * What persons and agents said of the images of a folder, in the order in which they were labelled.
 * @throws {SemapError} `unreadable-file`, `invalid-labels`
 */
export async function readGivenLabels(at: LabelledFolder): Promise<readonly GivenLabel[]> {
  const tables = await tablesOf(at);
  const seen = new Map<string, Given>();
  for (const table of tables) {
    for (const image of table.names) {
      const row = table.of(image);
      if (row && !seen.has(image)) seen.set(image, row);
    }
  }
  return [...seen].map(([image, given]) => ({ image, ...given }));
}

/** A label to give; null takes back what an agent gave, undefined is none of the labels. */
export interface LabelGift {
  /** Relative to the folder. */
  readonly image: string;
  readonly label: string | null | undefined;
}

/** What came of labels that were given. */
export interface LabelsGiven {
  /** Images whose label is now the one that was given, or that lost it. */
  readonly given: readonly string[];
  /** Images of which a person said something, which stays. */
  readonly ofPersons: readonly string[];
  /** What is no image of the folder. */
  readonly missing: readonly string[];
  /** Nothing is known of them that could be taken back. */
  readonly empty: readonly string[];
  /** The folder's table. */
  readonly table: string;
}

/**
 * Writes labels into the table of a folder as an agent's. What a person said stays, whoever is faster.
 * @throws {SemapError} `invalid-labels` for what is no label; `not-writable`, `busy`. Nothing is written then
 */
export async function giveLabels(at: LabelledFolder, gifts: readonly LabelGift[]): Promise<LabelsGiven> {
  const { folder } = at;
  const file = truthsOf(folder);
  const before = await tablesOf(at);
  const [given, ofPersons, missing, empty]: [string[], string[], string[], string[]] = [[], [], [], []];
  const edits: Extract<TruthEdit, { readonly row: unknown }>[] = [];
  for (const { image, label } of gifts) {
    const name = nameIn(folder, image);
    const row = label === null ? undefined : rowOf(label);
    const said = before.map((table) => table.of(name)).find((one) => one !== undefined);
    if (said && said.givenBy !== 'agent') ofPersons.push(image);
    else if (label === null && !said) empty.push(image);
    else if (label !== null && !(await isImageIn(folder, name))) missing.push(image);
    else edits.push({ name, row: row && { ...row, ...(await contentOf(folder, name)) }, unlessPerson: true });
  }
  if (edits.length > 0) await file.edit(edits);
  const after = await file.read();
  for (const { name } of edits) {
    const now = after.of(name);
    // A person may have said something meanwhile.
    (now && now.givenBy !== 'agent' ? ofPersons : given).push(name);
  }
  return { given, ofPersons, missing, empty, table: file.file };
}

/** Those that count most first. */
function tablesOf({ folder, roots }: LabelledFolder): Promise<TruthTable[]> {
  const spare = roots.map((root) => spareTruthsOf(folder, root));
  return Promise.all([...spare, truthsOf(folder)].map((one) => one.read()));
}

function rowOf(label: string | undefined): TruthRow {
  return label === undefined
    ? { label, how: 'none', givenBy: 'agent' }
    : { label: keptLabel(label), how: 'labeled', givenBy: 'agent' };
}

/** The name of an image in the table of its folder, however it was given; what leads out of the folder begins with `..`. */
function nameIn(folder: string, image: string): string {
  const whole = path.resolve(folder, image);
  return nameKey(path.relative(folder, whole).split(path.sep).join('/'));
}

async function isImageIn(folder: string, name: string): Promise<boolean> {
  if (!isImageFile(name) || name.includes('\0')) return false;
  const file = path.join(folder, name);
  try {
    await refuseLinks(path.dirname(file), folder);
    const stats = await lstat(file);
    return stats.isFile() || stats.isSymbolicLink();
  } catch {
    return false;
  }
}

/** By what is in it, an image is found again when it has another name. */
async function contentOf(folder: string, name: string): Promise<Pick<TruthRow, 'content'>> {
  const file = path.join(folder, name);
  const stats = await lstat(file).catch(() => undefined);
  // A link may lead anywhere: it is known by its name alone.
  const digest = stats?.isFile() ? await digestOfFile(file).catch(() => undefined) : undefined;
  return digest === undefined ? {} : { content: Buffer.from(digest, 'latin1').toString('hex') };
}
