import type { Random } from '../../unit/core/onnx/random.ts';
import { damageBytes } from './bytes.ts';

/** Values of JSON that few expect where they turn up, as they are written. */
const ODD = [
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '0.5',
  '1e308',
  '-1e308',
  '1e309',
  '5e-324',
  '2147483648',
  '4294967295',
  '9007199254740993',
  '1e21',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e\\u200b"',
  '"__proto__"',
  '"constructor"',
  '"=1+1"',
  '"[x](command:y)"',
  '"../../etc/passwd"',
  '"NaN"',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '{"__proto__":{"polluted":1}}',
  '{"toString":1}',
  '{"length":-1}',
];

const ODD_NAMES = ['__proto__', 'constructor', 'toString', 'length', 'index', 'label', '', '\u202e', 'then'];

/**
 * The text of a JSON value after damage: values of another type, extreme numbers, names left out, doubled or changed,
 * lists turned, grown or nested deep; sometimes no JSON any more.
 */
export function damageJson(value: unknown, random: Random): Uint8Array {
  let text = JSON.stringify(value, null, random.pick([0, 2]));
  for (let i = random.int(1, 4); i > 0; i--) text = damageText(text, random);
  const bytes = new TextEncoder().encode(text);
  return random.chance(0.1) ? damageBytes(bytes, random) : bytes;
}

/** One place of the text that is a value or a name: numbers, texts, and the small lists and objects. */
const PLACES =
  /"(?:[^"\\]|\\.)*"\s*:|"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\{[^{}[\]]{0,200}\}|\[[^{}[\]]{0,200}\]/g;

function damageText(text: string, random: Random): string {
  const places = [...text.matchAll(PLACES)];
  if (places.length === 0) return random.pick(ODD);
  const place = random.pick(places);
  const start = place.index;
  const end = start + place[0].length;
  const put = (piece: string) => text.slice(0, start) + piece + text.slice(end);
  if (place[0].endsWith(':')) {
    return put(`${JSON.stringify(random.chance(0.5) ? random.pick(ODD_NAMES) : `${random.int(0, 9)}`)}:`);
  }
  switch (random.int(0, 6)) {
    case 0:
      return put(random.pick(places)[0].replace(/:$/, ''));
    case 1:
      return put(`[${place[0]}]`);
    case 2:
      // A name that stands twice: which one counts?
      return put(`${place[0]}, "label": ${random.pick(ODD)}`);
    case 3:
      return put(`${place[0]}, ${place[0]}`);
    case 4: {
      const depth = random.pick([2, 40, 3000]);
      return put('['.repeat(depth) + place[0] + ']'.repeat(depth));
    }
    default:
      return put(random.pick(ODD));
  }
}
