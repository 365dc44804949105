/** What XML 1.0 cannot hold in any spelling, halves of surrogate pairs too. */
const IMPOSSIBLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** Marks that turn text round or are not seen: spelled out, so that whoever reads the file sees them. */
const UNSEEN = /[\u0080-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const NAMES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text of others within XML, as content or in quotes; what XML has no spelling for becomes U+FFFD. */
export function xmlText(text: string): string {
  return text
    .replaceAll(IMPOSSIBLE, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => NAMES[character])
    .replaceAll(/[\t\n\r]/g, numbered)
    .replaceAll(UNSEEN, numbered);
}

function numbered(character: string): string {
  return `&#x${character.charCodeAt(0).toString(16)};`;
}
