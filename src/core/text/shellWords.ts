import { escapeHidden } from './plainText.ts';

/** Whose rules a command line is written by: sh, bash and zsh, or PowerShell. */
export type Shell = 'posix' | 'powershell';

const PLAIN = { posix: /^[\w@%+=:,./-]+$/, powershell: /^[\w+=:./\\-]+$/ };
const encoder = new TextEncoder();

/**
 * A command line of words of others, to be copied into a terminal: no word is more than one argument, or an order to the
 * shell, and characters that do not show what they are, are spelled out.
 */
export function shellLine(words: readonly string[], shell: Shell = 'posix'): string {
  return words.map((word) => shellWord(word, shell)).join(' ');
}

/** A word as the shell takes it. */
export function shellWord(word: string, shell: Shell = 'posix'): string {
  if (PLAIN[shell].test(word)) return word;
  const isHidden = escapeHidden(word) !== word;
  // PowerShell takes quotation marks of typographers for its own.
  if (shell === 'powershell') {
    if (!isHidden) return `'${word.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`;
    const units = word.split('').map((unit) => `[char]0x${hex(unit.charCodeAt(0))}`);
    return `(-join (${units.join(',')}))`;
  }
  if (!isHidden) return `'${word.replaceAll("'", `'\\''`)}'`;
  return `$'${Array.from(word, (c) => (/[ -&(-[\]-~]/.test(c) ? c : bytesOf(c))).join('')}'`;
}

/** In octal: three digits, so that what follows is no part of it. */
function bytesOf(character: string): string {
  return Array.from(encoder.encode(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

function hex(code: number): string {
  return code.toString(16).padStart(4, '0');
}
