/** A JSON value with its place in the text it was read from: what an edit needs to change only that. */
export type JsonNode = JsonObjectNode | JsonArrayNode | JsonScalarNode;

interface Place {
  /** Offsets in UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface JsonObjectNode extends Place {
  readonly kind: 'object';
  /** In the order of the text; a name that stands twice is there twice. */
  readonly members: readonly JsonMember[];
}

export interface JsonMember extends Place {
  readonly name: string;
  readonly value: JsonNode;
}

export interface JsonArrayNode extends Place {
  readonly kind: 'array';
  readonly items: readonly JsonNode[];
}

export interface JsonScalarNode extends Place {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

/**
 * Reads JSON with the place of every value.
 * @throws {SyntaxError} when the text is no JSON
 */
export function jsonTree(text: string): JsonNode {
  // The engine's own parser says best what is wrong; behind it the text is known to be well-formed.
  JSON.parse(text.replace(/^\uFEFF/, ''));
  return new TreeReader(text).read();
}

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
        return { kind: 'object', start, end: this.#at, members };
      }
      case '[': {
        const items = this.#list(']', () => this.read());
        return { kind: 'array', start, end: this.#at, items };
      }
      case '"':
        return { kind: 'scalar', start, value: this.#string(), end: this.#at };
      default: {
        while (/[-+.\w]/.test(this.#text[this.#at] ?? '')) this.#at++;
        const value = JSON.parse(this.#text.slice(start, this.#at)) as number | boolean | null;
        return { kind: 'scalar', start, value, end: this.#at };
      }
    }
  }

  #member(): JsonMember {
    const start = this.#at;
    const name = this.#string();
    this.#skipBlanks();
    this.#at++; // the colon
    const value = this.read();
    return { name, value, start, end: this.#at };
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
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #skipBlanks(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}

/** What a node says, without its places; of a name that stands twice the last counts, as with `JSON.parse`. */
export function jsonValue(node: JsonNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'array') return node.items.map(jsonValue);
  return Object.fromEntries(node.members.map(({ name, value }) => [name, jsonValue(value)]));
}
