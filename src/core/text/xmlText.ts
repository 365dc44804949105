import { escapeMarkup } from './markup.ts';

/** What XML 1.0 cannot hold in any spelling, halves of surrogate pairs too. */
const IMPOSSIBLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Marks that turn text round or are not seen: spelled out, so that whoever reads the file sees them. */
const UNSEEN = /[\u0080-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text of others within XML, as content or in double quotes; what XML has no spelling for becomes U+FFFD. */
export function xmlText(text: string): string {
  return escapeMarkup(text.replaceAll(IMPOSSIBLE, '\ufffd'))
    .replaceAll(/[\t\n\r]/g, numbered)
    .replaceAll(UNSEEN, numbered);
}

function numbered(character: string): string {
  return `&#x${character.charCodeAt(0).toString(16)};`;
}
