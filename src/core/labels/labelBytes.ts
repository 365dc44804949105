import { invalidLabels } from '../errors.ts';
import { phrase, type Text } from '../text/text.ts';

/** The most bytes that a file of labels may have. */
export const LABEL_FILE_LIMIT = 32_000_000;

const ASCII = (text: string) => [...text].map((c) => c.charCodeAt(0));

/** How files begin that hold no text, and what they are. */
const SIGNATURES: readonly (readonly [begin: readonly number[], what: Text, hint?: Text])[] = [
  [ASCII('%PDF'), phrase('a PDF document')],
  [[0x89, 0x50, 0x4e, 0x47], phrase('an image (PNG)')],
  [[0xff, 0xd8, 0xff], phrase('an image (JPEG)')],
  [ASCII('GIF8'), phrase('an image (GIF)')],
  [ASCII('RIFF'), phrase('an image or a recording (RIFF)')],
  [ASCII('II*\0'), phrase('an image (TIFF)')],
  [ASCII('MM\0*'), phrase('an image (TIFF)')],
  [[0x1f, 0x8b], phrase('a compressed file (gzip)'), phrase('Unpack it first.')],
  [ASCII('BZh'), phrase('a compressed file (bzip2)'), phrase('Unpack it first.')],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], phrase('a compressed file (xz)'), phrase('Unpack it first.')],
  [[0x28, 0xb5, 0x2f, 0xfd], phrase('a compressed file (zstd)'), phrase('Unpack it first.')],
  [ASCII('7z\xbc\xaf'), phrase('an archive (7z)'), phrase('Unpack it first.')],
  [ASCII('Rar!'), phrase('an archive (RAR)'), phrase('Unpack it first.')],
  [[0xd0, 0xcf, 0x11, 0xe0], phrase('an old Office document (.xls, .doc)'), phrase('Save the sheet as CSV.')],
  [ASCII('{\\rtf'), phrase('a formatted document (RTF)'), phrase('Save it as plain text.')],
  [ASCII('PAR1'), phrase('a Parquet table'), phrase('Save it as CSV.')],
  [ASCII('SQLite format 3'), phrase('a database (SQLite)'), phrase('Export the labels as CSV.')],
  [ASCII('\x93NUMPY'), phrase('a NumPy array'), phrase('Write the labels into a text file, one per line.')],
  [ASCII('\x89HDF'), phrase('an HDF5 file'), phrase('Write the labels into a text file, one per line.')],
  [
    ASCII('version https://git-lfs'),
    phrase('a Git LFS pointer'),
    phrase('Run `git lfs pull` in the repository, then try again.'),
  ],
];

const ONE_PER_LINE = phrase('Give a text file with one label per line, or a table as CSV.');

/**
 * The text in the bytes of a file: UTF-8, UTF-16 of either order with or without its mark, or Windows-1252 (Latin-1).
 * @param name how the file is called, for messages
 * @throws {SemapError} `invalid-labels`, with what the file is instead
 */
export function labelText(bytes: Uint8Array, name: string): string {
  const refuse = (what: Text, hint = ONE_PER_LINE) => {
    throw invalidLabels(phrase('{0} is {1}, not a list of labels.', name, what), { hint });
  };
  if (bytes.length > LABEL_FILE_LIMIT) {
    throw invalidLabels(phrase('{0} is too large for a list of labels: the limit is 32 MB.', name), {
      hint: ONE_PER_LINE,
    });
  }
  if (begins(bytes, ASCII('PK\x03\x04'))) {
    const head = new TextDecoder('latin1').decode(bytes.subarray(0, 4096));
    if (/xl\/|\[Content_Types\]/.test(head))
      refuse(phrase('an Excel workbook or another Office document'), phrase('Save the sheet as CSV.'));
    refuse(phrase('an archive (zip)'), phrase('Unpack it first.'));
  }
  for (const [begin, what, hint] of SIGNATURES) if (begins(bytes, begin)) refuse(what, hint);
  if (isUtf32(bytes)) refuse(phrase('text in UTF-32'), phrase('Save it as UTF-8.'));
  const text = decoded(bytes);
  if (text === undefined) {
    throw invalidLabels(phrase('{0} is not text, or is in an unknown encoding.', name), {
      hint: phrase('Save it as UTF-8.'),
    });
  }
  if (/^\s*<(?:!doctype|html|head|body)\b/i.test(text)) refuse(phrase('a web page (HTML)'));
  if (/^\s*<(?:\?xml|annotations?|svg|view)\b/i.test(text))
    refuse(phrase('an XML file, such as the annotation of an image'));
  return text;
}

function begins(bytes: Uint8Array, begin: readonly number[]): boolean {
  return begin.every((byte, i) => bytes[i] === byte);
}

/** The text in bytes: UTF-8, UTF-16 or Windows-1252; undefined where they are none. Without the mark that tells which. */
export function decoded(bytes: Uint8Array): string | undefined {
  if (begins(bytes, [0xff, 0xfe])) return utf16(bytes.subarray(2), 'utf-16le');
  if (begins(bytes, [0xfe, 0xff])) return utf16(bytes.subarray(2), 'utf-16be');
  if (bytes.includes(0)) {
    const parted = zeroParted(bytes);
    if (parted !== undefined) return parted;
    // Text in UTF-16 has zeros; which order it is in, blanks and line ends tell, and letters of English.
    let [even, odd] = [0, 0];
    for (const [i, byte] of bytes.subarray(0, 65_536).entries()) {
      if (byte === 0) i % 2 === 0 ? even++ : odd++;
    }
    return utf16(bytes, odd >= even ? 'utf-16le' : 'utf-16be');
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // Escapes that change the set of characters: ISO-2022-JP and its kin.
    return isText(text) && !/(?![\t-\r])\p{Cc}[$(]/u.test(text) ? text : undefined;
  } catch {
    const text = isWestern(bytes) ? windows1252(bytes) : '';
    return text !== '' && !FOREIGN.test(text) ? text : undefined;
  }
}

/** Whether of four bytes two are always zero, and the others not all. */
function isUtf32(bytes: Uint8Array): boolean {
  if (begins(bytes, [0, 0, 0xfe, 0xff]) || begins(bytes, [0xff, 0xfe, 0, 0])) return true;
  if (bytes.length < 4 || bytes.length % 4 !== 0) return false;
  const sample = bytes.subarray(0, 4000);
  const zero = (at: number) => sample.every((byte, i) => i % 4 !== at || byte === 0);
  return (zero(0) && sample.every((byte, i) => i % 4 !== 1 || byte <= 16)) || (zero(3) && zero(2));
}

/** Names with a zero after each, as `find -print0` writes them: plain ASCII, and no zero beside another. */
function zeroParted(bytes: Uint8Array): string | undefined {
  let [zeros, single] = [0, 0];
  for (const [i, byte] of bytes.entries()) {
    if (byte >= 0x80) return undefined;
    if (byte === 0) zeros++;
    else if (bytes[i - 1] !== 0 && bytes[i + 1] !== 0) single++;
  }
  // In UTF-16 each letter of ASCII has its zero.
  if (single === 0 || zeros >= bytes.length / 3) return undefined;
  const text = new TextDecoder().decode(bytes).replaceAll('\0', '\n');
  return isText(text) ? text : undefined;
}

function utf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): string | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    return isText(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Control characters are rare in text; a program, a model or a pickle is full of them. */
function isText(text: string): boolean {
  const beginning = text.slice(0, 100_000);
  if (beginning.includes('\0')) return false;
  let odd = 0;
  for (let i = 0; i < beginning.length; i++) {
    const code = beginning.charCodeAt(i);
    // Not among them: tab, line ends, form feed, the end of a DOS file, escape.
    if ((code < 32 && ![9, 10, 11, 12, 13, 26, 27].includes(code)) || code >= 0xfffe) odd++;
  }
  return odd <= beginning.length / 100;
}

/**
 * What letters of another western encoding become in Windows-1252, and never stand within or before a word of it: signs
 * between letters, capitals after small letters, quotes that close before a word.
 */
const FOREIGN =
  /\p{L}[€‚ƒ„…†‡ˆ‰‹›•˜™¡-¦¨©«¬®¯±-³µ¶¸¹»-¿]\p{L}|\p{Ll}[ŠŒŽŸ]\p{Ll}|(?<![\p{L}\p{N}])[ƒˆ‰˜¼½¾³¹±¤¦¯]\p{Ll}|(?<!\S)[”»]\p{L}|^[^?]*(?<!\p{L})¿\p{Ll}[^?]*$/mu;

/** The characters of Windows-1252 from 0x80 on; `TextDecoder` of some Node versions gives those of Latin-1. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

function windows1252(bytes: Uint8Array): string {
  const latin1 = new TextDecoder('latin1').decode(bytes);
  return latin1.replace(/[\u0080-\u009f]/g, (c) => WINDOWS_1252[c.charCodeAt(0) - 0x80]);
}

/**
 * Whether bytes that are no UTF-8 look like a western language in Windows-1252: a few letters with accents among plain
 * ones. Cyrillic, Greek or East Asian text in an encoding of its own is nearly nothing but high bytes.
 */
function isWestern(bytes: Uint8Array): boolean {
  let [high, letters, run, longest] = [0, 0, 0, 0];
  for (const byte of bytes.subarray(0, 100_000)) {
    if (byte === 0 || [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte)) return false;
    if (byte < 0x20 && ![0x09, 0x0a, 0x0d, 0x1b].includes(byte)) return false;
    if (byte >= 0x80) {
      high++;
      longest = Math.max(longest, ++run);
    } else {
      run = 0;
      if ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a) letters++;
    }
  }
  return longest <= 3 && high <= letters / 2;
}

/**
 * A text without what nobody sees and what only looks like a space: byte order marks, zero-width and soft hyphens gone,
 * every kind of blank a plain one. Joiners stay where scripts and emoji need them.
 */
export function visibleText(text: string): string {
  if (/^[\x20-\x7e\r\n\t]*$/.test(text)) return text;
  return text
    .replace(/(?![\t-\r])\p{Cc}\s*$/u, '')
    .replace(/[\ufeff\u200b\u2060\u00ad\u200e\u200f]/g, '')
    .replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .replace(/(?<![\u0250-\u{10ffff}])[\u200c\u200d]|[\u200c\u200d](?![\u0250-\u{10ffff}])/gu, '')
    .replace(/[\u0085\u2028\u2029]/g, '\n');
}
