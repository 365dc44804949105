import { opendir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { readLabelFile } from '../../core/labels/labelFile.ts';
import { targetNames } from '../../core/labels/targetLabels.ts';
import { inNaturalOrder } from '../../core/text/naturalOrder.ts';
import { readRegularFile } from '../../files/regularFile.ts';

/** A list of labels that lies in a folder of images or beside it. */
export interface NearbyLabels {
  readonly file: vscode.Uri;
  readonly names: readonly string[];
}

/** What lists of labels are called: `labels.txt`, `class_names.txt`, `pets-classes.csv`, `obj.names`. */
const LIST_NAME =
  /^(?:(?:.*[ ._-])?(?:labels?|class(?:es|[ _-]?names?)|names|categor(?:y|ies)|label[ _-]?map)\.(?:txt|csv|tsv|json|yaml|yml|names|pbtxt)|.+\.names)$/i;
/** Entries of a folder among which a list must turn up: images may be millions. */
const MOST_ENTRIES = 2000;
const MOST_LISTS = 4;
/** Larger than any list that somebody wrote for a folder. */
const LIST_LIMIT = 1 << 20;

/** The lists of labels in folders of images and in those that hold them, nearest first: see {@link labelsIn}. */
export function labelsNear(folders: readonly string[]): Promise<readonly NearbyLabels[]> {
  return labelsIn([...folders, ...folders.map((folder) => dirname(folder))]);
}

/**
 * The lists of labels that lie in folders, in their order. What cannot be read as a list of at least two classes is none:
 * nobody asked for it.
 */
export async function labelsIn(folders: readonly string[]): Promise<readonly NearbyLabels[]> {
  const found: NearbyLabels[] = [];
  for (const place of new Set(folders)) {
    for (const name of await listNames(place)) {
      const names = await classNames(join(place, name), name).catch(() => []);
      if (names.length >= 2) found.push({ file: vscode.Uri.file(join(place, name)), names });
      if (found.length === MOST_LISTS) return found;
    }
  }
  return found;
}

async function listNames(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    let seen = 0;
    for await (const entry of await opendir(folder)) {
      if (++seen > MOST_ENTRIES) break;
      if (entry.isFile() && LIST_NAME.test(entry.name)) names.push(entry.name);
    }
  } catch {
    return [];
  }
  return names.sort(inNaturalOrder);
}

async function classNames(file: string, name: string): Promise<readonly string[]> {
  const read = readLabelFile(await readRegularFile(file, { limit: LIST_LIMIT }), { name });
  // A table of images is read with the images.
  return read.kind === 'classes' ? targetNames(read, name) : [];
}
