import { isAbsolute } from 'node:path';
import type { Opened } from './session.ts';

/** The extension, as links name it. */
const EXTENSION = 'semap.semap';

/**
 * A link that opens something in VS Code: `vscode://semap.semap/open?kind=run&folder=...`.
 * @param scheme of the program: `vscode`, `vscode-insiders`, ...
 */
export function openLink(scheme: string, opened: Opened): string {
  const query = new URLSearchParams({ kind: opened.kind });
  if (opened.kind !== 'alignment') query.set('folder', opened.folder);
  else {
    query.set('file', opened.file);
    for (const [name, value] of Object.entries(opened.cell ?? {})) query.set(name, String(value));
  }
  return `${scheme}://${EXTENSION}/open?${query}`;
}

/** What such a link is to open; undefined for anything else: links come from anywhere. @param query without `?` */
export function readOpenLink(query: string): Opened | undefined {
  const given = new URLSearchParams(query);
  const kind = given.get('kind');
  const place = given.get(kind === 'alignment' ? 'file' : 'folder');
  if (place === null || !isAbsolute(place) || place.includes('\0')) return undefined;
  if (kind === 'run' || kind === 'folder') return { kind, folder: place };
  if (kind !== 'alignment' || !place.toLowerCase().endsWith('.semap.json')) return undefined;
  const [target, source] = [numberIn(given.get('target')), numberIn(given.get('source'))];
  const label = given.get('label');
  if (target === undefined || source === undefined || label === null) return { kind, file: place };
  return { kind, file: place, cell: { label, target, source } };
}

function numberIn(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
