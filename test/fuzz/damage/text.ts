import type { Random } from '../../unit/core/onnx/random.ts';

const PIECES = [
  '\u200b',
  '\u202e',
  '\ufeff',
  '\0',
  '\r',
  '\n',
  '\n\n',
  '\t',
  ',',
  ';',
  '"',
  "'",
  ':',
  '#',
  '{',
  '}',
  '[',
  '- ',
  '0: ',
  'label,',
  '99999999999999999999: ',
  '-1: ',
  'e\u0301',
  '\ud83d\ude00',
  '\ud800',
  '日本語',
  '=1+1',
  '__proto__',
  'x'.repeat(3000),
];

/** A text with odd pieces put in, lines left out, doubled or swapped. */
export function damageText(text: string, random: Random): string {
  let result = text;
  for (let i = random.int(0, 4); i > 0; i--) {
    const lines = result.split('\n');
    const at = random.int(0, lines.length - 1);
    switch (random.int(0, 4)) {
      case 0:
        lines.splice(at, 1);
        break;
      case 1:
        lines.splice(at, 0, lines[random.int(0, lines.length - 1)]);
        break;
      default: {
        const line = lines[at];
        const place = random.int(0, line.length);
        lines[at] = line.slice(0, place) + random.pick(PIECES) + line.slice(place + random.int(0, 2));
      }
    }
    result = lines.join('\n');
  }
  return result;
}

/** The bytes of a text as some program or other writes them. */
export function encodeText(text: string, random: Random): Uint8Array {
  const mark = random.chance(0.5);
  switch (random.int(0, 5)) {
    case 0:
      return Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le');
    case 1:
      return Buffer.from((mark ? '\ufeff' : '') + text, 'utf16le').swap16();
    case 2:
      return Buffer.from(text, 'latin1');
    default:
      return Buffer.from((random.chance(0.2) ? '\ufeff' : '') + text, 'utf8');
  }
}
