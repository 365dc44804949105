/** A JSON value with its place in the text it was read from: what an edit needs to change only that. */
export type JsonNode = JsonObjectNode | JsonArrayNode | JsonScalarNode;

interface Place {
  /** Offsets in UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

interface Valued extends Place {
  /** What it says, as `JSON.parse` has it: of a name that stands twice the last counts. */
  readonly value: unknown;
}

export interface JsonObjectNode extends Valued {
  readonly kind: 'object';
  /** In the order of the text; a name that stands twice is there twice. */
  readonly members: readonly JsonMember[];
}

export interface JsonMember extends Place {
  readonly name: string;
  readonly node: JsonNode;
}

export interface JsonArrayNode extends Valued {
  readonly kind: 'array';
  readonly items: readonly JsonNode[];
}

export interface JsonScalarNode extends Valued {
  readonly kind: 'scalar';
}

/** Reads JSON with the place of every value. @throws {SyntaxError} when the text is no JSON */
export function jsonTree(text: string): JsonNode {
  // The engine's own parser says best what is wrong; behind it the text is known to be well-formed.
  JSON.parse(text.replace(/^\uFEFF/, ''));
  return new TreeReader(text).read();
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** What ends a number or a word: a blank, a comma, a closing bracket. */
const ENDS = new Set([...BLANKS, 0x2c, 0x5d, 0x7d]);

class TreeReader {
  readonly #text: string;
  #at: number;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith('\uFEFF') ? 1 : 0;
  }

  read(): JsonNode {
    this.#skipBlanks();
    const start = this.#at;
    switch (this.#text[start]) {
      case '{': {
        const members = this.#list('}', () => this.#member());
        const value = Object.fromEntries(members.map(({ name, node }) => [name, node.value]));
        return { kind: 'object', start, end: this.#at, members, value };
      }
      case '[': {
        const items = this.#list(']', () => this.read());
        return { kind: 'array', start, end: this.#at, items, value: items.map(({ value }) => value) };
      }
      case '"':
        return { kind: 'scalar', start, value: this.#string(), end: this.#at };
      default: {
        while (!ENDS.has(this.#text.charCodeAt(this.#at)) && this.#at < this.#text.length) this.#at++;
        const value: unknown = JSON.parse(this.#text.slice(start, this.#at));
        return { kind: 'scalar', start, value, end: this.#at };
      }
    }
  }

  #member(): JsonMember {
    const start = this.#at;
    const name = this.#string();
    this.#skipBlanks();
    this.#at++; // the colon
    const node = this.read();
    return { name, node, start, end: this.#at };
  }

  #list<T>(close: string, read: () => T): T[] {
    const all: T[] = [];
    this.#at++;
    this.#skipBlanks();
    while (this.#text[this.#at] !== close) {
      all.push(read());
      this.#skipBlanks();
      if (this.#text[this.#at] === ',') this.#at++;
      this.#skipBlanks();
    }
    this.#at++;
    return all;
  }

  #string(): string {
    const start = this.#at++;
    let escaped = false;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at++);
      if (code === QUOTE) break;
      if (code !== BACKSLASH) continue;
      escaped = true;
      this.#at++;
    }
    return escaped
      ? (JSON.parse(this.#text.slice(start, this.#at)) as string)
      : this.#text.slice(start + 1, this.#at - 1);
  }

  #skipBlanks(): void {
    while (BLANKS.has(this.#text.charCodeAt(this.#at))) this.#at++;
  }
}
