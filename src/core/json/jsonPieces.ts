import { textsInEnglish } from '../text/text.ts';

/** Characters of a piece, about. */
const PIECE = 1 << 20;

/**
 * A document as `JSON.stringify(value, textsInEnglish, 2)` writes it, with a line end, in pieces of whole lines: of millions of
 * images, one text would be longer than texts can be. Only lists of it, and of its first level, are taken apart.
 * @param value whatever can be looped over in it is a list, and made when it is its turn
 */
export function* jsonPieces(value: unknown): Generator<string> {
  let piece = '';
  for (const part of parts(value, 0)) {
    piece += part;
    if (piece.length < PIECE) continue;
    const end = piece.lastIndexOf('\n') + 1;
    if (end > 0) yield piece.slice(0, end);
    piece = piece.slice(end);
  }
  yield `${piece}\n`;
}

function* parts(value: unknown, depth: number): Generator<string> {
  const indent = '  '.repeat(depth);
  const whole = (one: unknown, deeper = indent) =>
    JSON.stringify(one, textsInEnglish, 2)?.replaceAll('\n', `\n${deeper}`);
  const inner = `${indent}  `;
  let isFirst = true;
  const separator = () => {
    const said = isFirst ? '' : ',';
    isFirst = false;
    return `${said}\n${inner}`;
  };
  if (isList(value)) {
    yield '[';
    for (const one of value) yield `${separator()}${whole(one, inner) ?? 'null'}`;
    yield isFirst ? ']' : `\n${indent}]`;
  } else if (depth === 0 && isRecord(value)) {
    yield '{';
    for (const [key, one] of Object.entries(value)) {
      if (!isList(one)) {
        const said = whole(one, inner);
        if (said !== undefined) yield `${separator()}${JSON.stringify(key)}: ${said}`;
        continue;
      }
      yield `${separator()}${JSON.stringify(key)}: `;
      yield* parts(one, 1);
    }
    yield isFirst ? '}' : '\n}';
  } else yield whole(value) ?? '';
}

function isList(value: unknown): value is Iterable<unknown> {
  return (
    typeof value === 'object' && value !== null && Symbol.iterator in value && !ArrayBuffer.isView(value)
  );
}

/** What is written property by property: texts become sentences, and some objects say themselves what they are in JSON. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof textsInEnglish('', value) === 'object' && value !== null && !('toJSON' in (value as object));
}
