import path from 'node:path';
import { SemapError } from '../../core/errors.ts';
import { isImageFile } from '../../core/images/imageFiles.ts';
import {
  type LeftWhy,
  type PlaceMode,
  type PlanList,
  type PlanStep,
  placeModes,
} from '../../core/plans/filePlan.ts';
import { phrase } from '../../core/text/text.ts';
import { openRegularFile } from '../regularFile.ts';

/*
 * The lines of a journal, and what of them is believed: it may come from anybody, with a folder that was downloaded. So it makes
 * and removes files only below its own folder, and takes from elsewhere, or brings back there, only what is called like an image.
 */

export const VERSION = 1;
/** Names of sidecars and tables: no file from which another program takes orders. */
const BESIDE_IMAGES = /^[^.].*\.(?:xmp|csv|jsonl?)$/is;
/** Bytes that are read at a time. */
const BLOCK = 1 << 20;
/** A list of a million images has about 200 MB, but none of its lines in a journal. */
const LONGEST_LINE = 256 << 20;

/** What a journal says, its head apart. */
export type JournalLine =
  | { readonly step: PlanStep }
  | { readonly list: PlanList }
  | { readonly dir: string }
  | { readonly truths: string }
  | { readonly ready: number; readonly bytes: number }
  /** Steps before this one may have begun. */
  | { readonly begun: number }
  /** Ranges, each without its end. */
  | { readonly done: readonly (readonly [from: number, to: number])[] }
  | { readonly left: readonly (readonly [step: number, why: LeftWhy])[] }
  | { readonly end: true }
  | { readonly undoing: true };

export interface JournalHead {
  readonly title: string;
  /** When the plan was made. */
  readonly time: string;
  /** How many folders were made to hold it: its own one and those above. */
  readonly madeFolders: number;
}

export async function* linesOf(file: string): AsyncGenerator<JournalLine> {
  const { handle } = await openRegularFile(file);
  let rest = '';
  let isFirst = true;
  const parsed = (text: string) => {
    const line = readLine(text, isFirst, file);
    isFirst = false;
    return line;
  };
  // The stream closes it.
  for await (const chunk of handle.createReadStream({ encoding: 'utf8', highWaterMark: BLOCK })) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE) throw notAJournal(file);
    for (const text of lines) {
      const line = text === '' ? undefined : parsed(text);
      if (line) yield line;
    }
  }
  // What has no line end was not written whole.
}

/** @returns undefined for half a line, which a killed process left */
function readLine(text: string, isFirst: boolean, file: string): JournalLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    if (isFirst) throw notAJournal(file);
    return undefined;
  }
  if (typeof line !== 'object' || line === null) throw notAJournal(file);
  if (!isFirst && !isSound(line as Readonly<Record<string, unknown>>)) throw notAJournal(file);
  return line as JournalLine;
}

export function readHead(data: unknown, file: string): JournalHead {
  const { semap, version, title, time, madeFolders } = data as Readonly<Record<string, unknown>>;
  if (semap !== 'files' || !isCount(version)) throw notAJournal(file);
  if (version > VERSION)
    throw new SemapError('newer-document', phrase('{0} was written by a newer version of SeMap.', file), {
      hint: phrase('Update SeMap.'),
    });
  if (typeof title !== 'string' || typeof time !== 'string' || !isCount(madeFolders)) throw notAJournal(file);
  return { title, time, madeFolders };
}

/** Whether a line can be taken at its word, whoever wrote it. */
function isSound(line: Readonly<Record<string, unknown>>): boolean {
  if ('step' in line) return isSoundStep(line['step']);
  if ('list' in line) {
    const { to, head, separator, tail } = (line['list'] ?? {}) as Readonly<Record<string, unknown>>;
    return (
      isBelow(to) &&
      BESIDE_IMAGES.test(path.posix.basename(to)) &&
      [head, separator, tail].every((text) => typeof text === 'string')
    );
  }
  if ('dir' in line) return isBelow(line['dir']);
  if ('truths' in line) return typeof line['truths'] === 'string' && path.isAbsolute(line['truths']);
  if ('ready' in line) return isCount(line['ready']) && isCount(line['bytes']);
  if ('begun' in line) return isCount(line['begun']);
  if ('done' in line) return arePairs(line['done'], (to) => isCount(to));
  if ('left' in line) return arePairs(line['left'], (why) => typeof why === 'string');
  return 'end' in line || 'undoing' in line;
}

export function isSoundStep(data: unknown): boolean {
  const step = (data ?? {}) as Readonly<Record<string, unknown>>;
  if (!isBelow(step['to'])) return false;
  if (step['do'] === 'write' || step['do'] === 'replace')
    return (
      BESIDE_IMAGES.test(path.posix.basename(step['to'])) &&
      typeof step['text'] === 'string' &&
      (step['do'] === 'write' || typeof step['was'] === 'string')
    );
  const { from, row } = step;
  return (
    placeModes.includes(step['do'] as PlaceMode) &&
    isWholeImagePath(from) &&
    isImageFile(path.posix.basename(step['to'] as string)) &&
    isCount(step['bytes']) &&
    Number.isFinite(step['modified']) &&
    (row === undefined || (Array.isArray(row) && isCount(row[0]) && typeof row[1] === 'string'))
  );
}

/** Whether a file is called as journals may take and bring back: like an image, from the root on. */
export function isWholeImagePath(file: unknown): file is string {
  return (
    typeof file === 'string' &&
    path.isAbsolute(file) &&
    !file.includes('\0') &&
    isImageFile(path.basename(file))
  );
}

/** Whether it leads below the folder that it is relative to, on every system. */
function isBelow(data: unknown): data is string {
  if (typeof data !== 'string' || data === '' || data.includes('\0')) return false;
  if (process.platform === 'win32' && /[\\:]/.test(data)) return false;
  return data.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function isCount(data: unknown): data is number {
  return Number.isSafeInteger(data) && (data as number) >= 0;
}

function arePairs(data: unknown, isSecond: (value: unknown) => boolean): boolean {
  return (
    Array.isArray(data) && data.every((pair) => Array.isArray(pair) && isCount(pair[0]) && isSecond(pair[1]))
  );
}

export function notAJournal(file: string): SemapError {
  return new SemapError(
    'invalid-document',
    phrase('{0} is not the journal of an export, or is damaged.', file),
  );
}
