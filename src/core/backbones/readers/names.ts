import { unnamedLabel } from '../../labels/labelSpaces.ts';
import { largest } from '../../largest.ts';
import { MOST_LABELS } from './reading.ts';

/** Texts that are longer hold no names. */
const LONGEST = 8 << 20;

/**
 * Names by their numbers, in order: what has no name becomes an unnamed label, to which nothing is ever mapped. Undefined
 * where most have none.
 */
export function inOrder(names: ReadonlyMap<number, string>): readonly string[] | undefined {
  if (names.size === 0) return undefined;
  const count = largest(names.keys()) + 1;
  if (count > MOST_LABELS || count > 2 * names.size + 10) return undefined;
  return Array.from({ length: count }, (_, id) => names.get(id) ?? unnamedLabel(id));
}

/**
 * The names in a Python or JSON literal: `{0: 'tench', 1: "dog's"}`, `['cat', 'dog']`. Undefined for anything else, and for
 * fewer than two.
 */
export function namesInLiteral(text: string | undefined): readonly string[] | undefined {
  if (text === undefined || text.length > LONGEST) return undefined;
  const tokens = tokensOf(text.trim());
  const open = tokens?.[0]?.mark;
  if (!tokens || (open !== '{' && open !== '[' && open !== '(')) return undefined;
  if (tokens.at(-1)?.mark !== CLOSING[open]) return undefined;
  const names = new Map<number, string>();
  const isMapping = open === '{';
  let at = 1;
  while (at < tokens.length - 1) {
    const entry = tokens.slice(at, at + (isMapping ? 3 : 1));
    const [first] = entry;
    const value = entry.at(-1);
    if (value?.value === undefined || (isMapping && (entry.length < 3 || entry[1].mark !== ':')))
      return undefined;
    const index = isMapping ? Number(first.value) : names.size;
    if (!Number.isInteger(index) || index < 0 || names.has(index)) return undefined;
    names.set(index, value.value);
    at += entry.length;
    if (at < tokens.length - 1 && tokens[at++].mark !== ',') return undefined;
  }
  const list = inOrder(names);
  return list && list.length > 1 ? list : undefined;
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** Of a literal: a mark, or a text or number. */
interface Token {
  readonly mark?: string;
  readonly value?: string;
}

const MARK = /[{}[\](),:]/;
const PLAIN = /[\w.+-]+/y;

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (tokens.length > 5 * MOST_LABELS) return undefined;
    const one = text[at];
    // `u'cat'`, as Python 2 wrote texts.
    const quote = (one === 'u' || one === 'b') && /['"]/.test(text[at + 1] ?? '') ? text[++at] : one;
    if (quote === "'" || quote === '"') {
      const end = endOfQuote(text, at + 1, quote);
      if (end < 0) return undefined;
      tokens.push({ value: unescaped(text.slice(at + 1, end)) });
      at = end + 1;
    } else if (MARK.test(one)) {
      tokens.push({ mark: one });
      at++;
    } else if (/\s/.test(one)) at++;
    else {
      PLAIN.lastIndex = at;
      const plain = PLAIN.exec(text)?.[0];
      if (plain === undefined) return undefined;
      tokens.push({ value: plain });
      at += plain.length;
    }
  }
  return tokens;
}

/** Where a quotation ends that begins before `at`; -1 where it never does. */
function endOfQuote(text: string, at: number, quote: string): number {
  for (let i = at; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) return i;
  }
  return -1;
}

const ESCAPES: Readonly<Record<string, string>> = { n: ' ', t: ' ', r: ' ', '\n': '' };

/** What Python and JSON write with a backslash: `l\'oiseau`, `caf\xe9`. A label is one line. */
function unescaped(text: string): string {
  return text
    .replaceAll(
      /\\(?:U([0-9a-fA-F]{8})|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([\s\S]))/g,
      (_, long, u, x, one) => {
        const code = Number.parseInt(long ?? u ?? x ?? '', 16);
        if (Number.isNaN(code)) return ESCAPES[one] ?? one;
        return code > 0x10ffff
          ? ''
          : long === undefined
            ? String.fromCharCode(code)
            : String.fromCodePoint(code);
      },
    )
    .replaceAll(/[\r\n]+\s*/g, ' ');
}
