/** A text that is not as it should be: no JSON, or without the array. */
export class NotSuchJson extends Error {
  /** It ends in the middle, after the array began. */
  readonly isCut: boolean;

  constructor(options: ErrorOptions & { readonly isCut?: boolean } = {}) {
    super('', options);
    this.isCut = options.isCut === true;
  }
}

/** Nothing that is written by a program is nested as deep; writing it again would overflow the stack. */
const DEEPEST = 200;
/** Characters of what stands around the array, and of one element. */
const MOST = 64 << 20;

/**
 * Parts a JSON object that has one long array of objects, as it comes: the elements of the array one by one, and in the
 * end the object without them. So a document of a gigabyte needs no memory but for its longest element.
 *
 * Only what ends strings, arrays and objects is looked at: what an element holds is checked by whoever parses it.
 */
export class LongArray {
  readonly #key: string;
  #around = '';
  #element = '';
  /** The last whole string at depth 1, which is a key where a colon follows. */
  #string = '';
  #depth = 0;
  #isString = false;
  #isEscaped = false;
  #where: 'before' | 'key' | 'colon' | 'in' | 'after' = 'before';

  /** @param key of the array, in the object itself */
  constructor(key: string) {
    this.#key = key;
  }

  /**
   * @returns the elements that are whole by now, as text
   * @throws {NotSuchJson}
   */
  push(text: string): string[] {
    const elements: string[] = [];
    // Where what is being collected begins in this text.
    let start = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (this.#isString) {
        if (this.#isEscaped) this.#isEscaped = false;
        else if (code === BACKSLASH) this.#isEscaped = true;
        else if (code === QUOTE) {
          this.#isString = false;
          if (this.#where === 'key') {
            this.#string += text.slice(start, i);
            this.#around += text.slice(start, i);
            start = i;
            this.#where = this.#string === this.#key ? 'colon' : 'before';
          }
        }
        continue;
      }
      switch (code) {
        case QUOTE:
          this.#isString = true;
          if (this.#depth === 1 && (this.#where === 'before' || this.#where === 'colon')) {
            this.#around += text.slice(start, i + 1);
            start = i + 1;
            this.#string = '';
            this.#where = 'key';
          }
          break;
        case BRACE:
        case BRACKET:
          if (++this.#depth > DEEPEST) throw new NotSuchJson();
          if (this.#where === 'colon' && code === BRACKET && this.#depth === 2) {
            this.#around += text.slice(start, i + 1);
            this.#where = 'in';
            start = i + 1;
          } else if (this.#where === 'in' && this.#depth === 3) start = i;
          break;
        case BRACE_END:
        case BRACKET_END:
          this.#depth--;
          if (this.#depth < 0) throw new NotSuchJson();
          if (this.#where !== 'in') break;
          if (this.#depth === 2) {
            elements.push(this.#element + text.slice(start, i + 1));
            this.#element = '';
            start = i + 1;
          } else if (this.#depth === 1) {
            this.#where = 'after';
            start = i;
          }
          break;
        case COMMA:
          // A string of that name that was a value.
          if (this.#where === 'colon') this.#where = 'before';
          break;
        default:
      }
    }
    const rest = text.slice(start);
    if (this.#where === 'in') {
      if (this.#depth >= 3) this.#element += rest;
    } else {
      if (this.#where === 'key') this.#string += rest;
      this.#around += rest;
    }
    if (this.#around.length > MOST || this.#element.length > MOST) throw new NotSuchJson();
    return elements;
  }

  /**
   * The object, with the array empty.
   * @throws {NotSuchJson} where the text had no such array, or was cut off
   */
  end(): Readonly<Record<string, unknown>> {
    const isCut = this.#where === 'in' || (this.#where === 'after' && this.#depth !== 0);
    if (isCut || this.#where !== 'after') throw new NotSuchJson({ isCut });
    try {
      return JSON.parse(this.#around) as Readonly<Record<string, unknown>>;
    } catch (error) {
      throw new NotSuchJson({ cause: error });
    }
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
