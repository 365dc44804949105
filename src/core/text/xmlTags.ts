import { phrase, type Text } from './text.ts';

/** A tag of an XML document, in the order of the text. */
export interface XmlTag {
  readonly kind: 'start' | 'end';
  readonly name: string;
  /** Of a start tag; references are resolved. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Of a start tag: `<image/>` has no end tag of its own. */
  readonly empty: boolean;
  /** How many elements are around it. */
  readonly depth: number;
  /** Where it stands in the text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Why a text is not XML that is read here. */
export class XmlProblem extends Error {
  readonly what: 'doctype' | 'malformed' | 'too-deep' | 'too-long';

  constructor(what: XmlProblem['what']) {
    super(what);
    this.what = what;
  }
}

/** What is wrong with a file, to a person. */
export function xmlProblemText({ what }: XmlProblem, file: string): Text {
  switch (what) {
    case 'doctype':
      return phrase('{0} has a document type declaration, which SeMap does not read for safety.', file);
    case 'too-deep':
      return phrase('{0} is nested too deeply.', file);
    case 'too-long':
      return phrase('{0} has too many elements.', file);
    case 'malformed':
      return phrase('{0} is not valid XML: it may be damaged or incomplete.', file);
  }
}

/** Programs that write XML for images nest it less than twenty deep. */
const DEEPEST = 100;
const MOST_ATTRIBUTES = 1000;

const NAME = /[\p{L}_:][\p{L}\p{M}\p{N}_:.·-]*/uy;
const BLANKS = /[ \t\r\n]*/y;

/**
 * The tags of an XML document, one after the other and without a tree. Document types are refused: with them a short file
 * defines entities that become gigabytes, or that are other files of the disk.
 * @throws {XmlProblem}
 */
export function* xmlTags(text: string): Generator<XmlTag> {
  const open: string[] = [];
  let roots = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    if (text.startsWith('<!--', at)) at = pastMark(text, '-->', at + 4);
    else if (text.startsWith('<![CDATA[', at)) at = pastMark(text, ']]>', at + 9);
    else if (text.startsWith('<?', at)) at = pastMark(text, '?>', at + 2);
    else if (text.startsWith('<!', at)) throw new XmlProblem('doctype');
    else if (text[at + 1] === '/') {
      const name = nameAt(text, at + 2);
      const end = pastBlanks(text, at + 2 + name.length);
      if (text[end] !== '>' || open.pop() !== name) throw new XmlProblem('malformed');
      yield {
        kind: 'end',
        name,
        attributes: NONE,
        empty: false,
        depth: open.length,
        start: at,
        end: end + 1,
      };
      at = end + 1;
    } else {
      const tag = startTagAt(text, at, open.length);
      if (open.length === 0 && ++roots > 1) throw new XmlProblem('malformed');
      yield tag;
      if (!tag.empty && open.push(tag.name) > DEEPEST) throw new XmlProblem('too-deep');
      at = tag.end;
    }
  }
  if (open.length > 0 || roots === 0) throw new XmlProblem('malformed');
}

const NONE: ReadonlyMap<string, string> = new Map();

function startTagAt(text: string, start: number, depth: number): XmlTag {
  const name = nameAt(text, start + 1);
  let at = start + 1 + name.length;
  let attributes: Map<string, string> | undefined;
  for (;;) {
    const next = pastBlanks(text, at);
    const isEmpty = text[next] === '/' && text[next + 1] === '>';
    if (isEmpty || text[next] === '>') {
      const end = next + (isEmpty ? 2 : 1);
      return { kind: 'start', name, attributes: attributes ?? NONE, empty: isEmpty, depth, start, end };
    }
    if (next === at) throw new XmlProblem('malformed');
    const key = nameAt(text, next);
    at = pastBlanks(text, next + key.length);
    if (text[at] !== '=') throw new XmlProblem('malformed');
    at = pastBlanks(text, at + 1);
    const quote = text[at];
    const close = quote === '"' || quote === "'" ? text.indexOf(quote, at + 1) : -1;
    const value = close < 0 ? undefined : text.slice(at + 1, close);
    attributes ??= new Map();
    const isTaken = attributes.has(key) || attributes.size >= MOST_ATTRIBUTES;
    if (value === undefined || value.includes('<') || isTaken) throw new XmlProblem('malformed');
    attributes.set(key, resolved(value));
    at = close + 1;
  }
}

function nameAt(text: string, at: number): string {
  NAME.lastIndex = at;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) throw new XmlProblem('malformed');
  return name;
}

function pastBlanks(text: string, at: number): number {
  BLANKS.lastIndex = at;
  BLANKS.exec(text);
  return BLANKS.lastIndex;
}

function pastMark(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  if (found < 0) throw new XmlProblem('malformed');
  return found + mark.length;
}

const KNOWN: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** An attribute's text with the five named references and those by number; others stay as they are written. */
function resolved(value: string): string {
  if (!value.includes('&')) return value;
  return value.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return Object.hasOwn(KNOWN, name) ? KNOWN[name] : whole;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
