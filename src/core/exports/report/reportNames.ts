import { dropHidden, escapeHidden, oneLine } from '../../text/plainText.ts';
import { listed, shorten, type Text, type TextValue, verbatim } from '../../text/text.ts';
import type { ExportedImage, ExportedRun } from '../exportedRun.ts';

/** Letters of a label, and of a path. */
const LABEL = 80;
const PATH = 160;
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A label of others in one line. */
export function labelName(label: string): string {
  return oneLine(label, LABEL);
}

/** A path that shows every character in it. */
export function pathName(path: string): string {
  return shorten(escapeHidden(path), PATH);
}

/**
 * The text with all words of others in one line that shows all there is in it. What is written from right to left turns no
 * figures and marks beside it round.
 */
export function shown(text: Text): Text {
  return { key: text.key, values: text.values.map(shownValue) };
}

function shownValue(value: TextValue): TextValue {
  if (typeof value === 'object') return shown(value);
  if (typeof value === 'number') return value;
  const line = dropHidden(value).replaceAll(/\s+/gu, ' ');
  return RIGHT_TO_LEFT.test(line) ? `\u2068${line}\u2069` : line;
}

/** What the folders are called. */
export function folderNames({ folders }: Pick<ExportedRun, 'folders'>): Text {
  return folders.length === 0 ? verbatim('–') : listed(folders.map(nameOf), 3);
}

function nameOf(folder: string): string {
  return labelName(folder.split(/[\\/]/).findLast((part) => part !== '') ?? folder);
}

/** Where an image lies, as short as it is clear. */
export function imageName({ folder, relative, path }: ExportedImage, { folders }: ExportedRun): string {
  if (folder < 0) return pathName(path);
  return pathName(folders.length > 1 ? `${nameOf(folders[folder])}/${relative}` : relative);
}

/** `2026-11-29 06:48`, of an ISO time. */
export function minuteOf(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
