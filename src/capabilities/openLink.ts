import { isAbsolute } from 'node:path';
import type { Opened } from './session.ts';

/** The extension, as links name it. */
const EXTENSION = 'semap.semap';

/**
 * A link that opens something in VS Code: `vscode://semap.semap/open?kind=run&folder=...`. Values are encoded twice: VS Code
 * hands extensions a query that it has decoded, in which `&` and `+` of a name would be those of the query.
 * @param scheme of the program: `vscode`, `vscode-insiders`, ...
 */
export function openLink(scheme: string, opened: Opened): string {
  const { kind, ...about } =
    opened.kind === 'alignment' ? { kind: opened.kind, file: opened.file, ...opened.cell } : opened;
  const query = new URLSearchParams({ kind });
  // Halves of characters, of which no address can be made, are gone from the first.
  for (const [name, value] of new URLSearchParams(Object.entries(about).map(([key, one]) => [key, `${one}`])))
    query.set(name, encodeURIComponent(value));
  return `${scheme}://${EXTENSION}/open?${query}`;
}

/**
 * What such a link is to open; undefined for anything else: links come from anywhere.
 * @param query without `?`, decoded once as VS Code does, or not at all
 */
export function readOpenLink(query: string): Opened | undefined {
  const given = new Map(new URLSearchParams(query));
  const kind = given.get('kind');
  const placed = kind === 'alignment' ? 'file' : 'folder';
  try {
    // Who decoded nothing finds no path yet.
    if (!isAbsolute(given.get(placed) ?? ''))
      for (const [name, value] of given) given.set(name, decodeURIComponent(value));
  } catch {
    return undefined;
  }
  const place = given.get(placed);
  if (place === undefined || !isAbsolute(place) || place.includes('\0')) return undefined;
  if (kind === 'run' || kind === 'folder') return { kind, folder: place };
  if (kind !== 'alignment' || !place.toLowerCase().endsWith('.semap.json')) return undefined;
  const [target, source] = [numberIn(given.get('target')), numberIn(given.get('source'))];
  const label = given.get('label');
  if (target === undefined || source === undefined || label === undefined) return { kind, file: place };
  return { kind, file: place, cell: { label, target, source } };
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
