import { shorten } from './text.ts';

/**
 * Text of others (labels, names, paths, messages of libraries) where a person reads it. Some characters do not show what
 * they are: controls rewrite a terminal, line breaks forge a line, direction marks turn a name round, invisible ones hide
 * in it, a heap of marks covers its neighbours. This is the one table of them; messages, terminal and CSV use it.
 */

/** Controls, line separators, halves of surrogate pairs, and whatever a font is told to draw nothing for. */
const HIDDEN =
  '[\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Default_Ignorable_Code_Point}\\u{fff9}-\\u{fffb}\\u{13430}-\\u{1343f}]';

/** Scripts whose letters change their form at a joiner: Persian is not written without. */
const JOINING = [
  'Arabic Syriac Mandaic Mongolian Nko Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam',
  'Sinhala Khmer Myanmar',
]
  .join(' ')
  .split(' ')
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('');
const VIRAMA = '\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca\\u1039\\u17d2';

const EMOJI = '\\p{Extended_Pictographic}[\\ufe0e\\ufe0f]?\\p{Emoji_Modifier}?';

/** Where a hidden character is how people write: in emoji, in scripts that join, after the letter whose form it picks. */
const WRITING = [
  // The flags of England, Scotland and Wales: no other text is spelled in tags.
  '\\u{1f3f4}\\u{e0067}\\u{e0062}(?:\\u{e0065}\\u{e006e}\\u{e0067}|\\u{e0073}\\u{e0063}\\u{e0074}|\\u{e0077}\\u{e006c}\\u{e0073})\\u{e007f}',
  `${EMOJI}(?:\\u200d${EMOJI}){1,7}`,
  `(?<=[${JOINING}])(?<!${HIDDEN})[\\u200c\\u200d](?=[${JOINING}])(?!${HIDDEN})`,
  `(?<=[${VIRAMA}])[\\u200c\\u200d]`,
  `(?<=[\\p{L}\\p{N}\\p{P}\\p{S}])(?<!${HIDDEN})[\\ufe00-\\ufe0f]`,
  '(?<=\\p{Ideographic})[\\u{e0100}-\\u{e01ef}]',
  `(?<=\\p{Script_Extensions=Mongolian})(?<!${HIDDEN})[\\u180b-\\u180d\\u180f]`,
].join('|');

/** Marks on one letter beyond the eighth: no spelling has as many, and more run over the lines above and below. */
const TOO_MANY_MARKS = '(?<=\\p{M}{8})\\p{M}+';

const SHOWN = new RegExp(`(${WRITING})|${TOO_MANY_MARKS}|${HIDDEN}`, 'gu');
const HEAP = new RegExp(TOO_MANY_MARKS, 'gu');
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * The text in one line that shows all there is in it, of at most `limit` characters (UTF-16 units): what is hidden is
 * left out, white space is one blank, and of a longer text the beginning and the end stay.
 */
export function oneLine(text: string, limit = 120): string {
  const line = dropHidden(roughly(text, limit)).replaceAll(/\s+/gu, ' ').trim();
  return shorten(line, limit);
}

/** The text without what is hidden in it; a blank stands for a control or a line break. */
export function dropHidden(text: string): string {
  return replaceHidden(text, (hidden) => {
    if (/^[\p{Cc}\p{Zl}\p{Zp}]$/u.test(hidden)) return ' ';
    return /^\p{Cs}$/u.test(hidden) ? '\ufffd' : '';
  }).replaceAll(HEAP, ''); // What stood between marks is gone.
}

/**
 * The text with every hidden character written as JSON would, such as `\u202e`, but those that `keep` holds. Of a text that
 * is JSON, it makes JSON that says the same.
 */
export function escapeHidden(text: string, keep = ''): string {
  // No rule looks across a line break, and most lines of a long output are plain.
  if (keep.includes('\n') && text.includes('\n'))
    return text
      .split('\n')
      .map((line) => escapeHidden(line, keep))
      .join('\n');
  return replaceHidden(text, (run) => Array.from(run, (c) => (keep.includes(c) ? c : escapeOf(c))).join(''));
}

/** The text again that {@link escapeHidden} wrote: what it would not have written so stays. */
export function unescapeHidden(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replaceAll(/(?:\\u[0-9a-f]{4})+/g, (escapes) => {
    const hidden = JSON.parse(`"${escapes}"`) as string;
    return escapeHidden(hidden) === escapes ? hidden : escapes;
  });
}

function escapeOf(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** `replace` is given one hidden character, or the marks that are too many. */
function replaceHidden(text: string, replace: (hidden: string) => string): string {
  if (PLAIN.test(text)) return text;
  return text.replaceAll(SHOWN, (found: string, writing: string | undefined) => writing ?? replace(found));
}

/** A text of a megabyte is not gone through for a line of it. */
function roughly(text: string, limit: number): string {
  const some = 8 * limit;
  return text.length <= 4 * some ? text : `${text.slice(0, some)}…${text.slice(-some)}`;
}
