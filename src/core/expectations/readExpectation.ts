import { SemapError } from '../errors.ts';
import { closestName } from '../text/closestName.ts';
import { listed, phrase, type Text } from '../text/text.ts';
import {
  type Comparison,
  countedThings,
  type Expectation,
  type LabelFigure,
  labelFigures,
  type OverallFigure,
  overallFigures,
} from './expectation.ts';

/** What is wrong with the text of an expectation, and where. */
export class BrokenExpectation extends SemapError {
  /** Of the text, in UTF-16 units; `end` is exclusive and lies behind `start` but for what is missing at the end. */
  readonly start: number;
  readonly end: number;

  constructor(text: string, start: number, end: number, what: Text, hint: Text | undefined) {
    super('invalid-document', phrase('Cannot read "{0}" at character {1}: {2}', text, start + 1, what), {
      hint,
    });
    this.start = start;
    this.end = end;
  }
}

const EXAMPLES = phrase(
  'For example: {0}',
  'accuracy >= .8, recall of cat >= 70%, never dog for wolf/12.jpg, at most 5 unread',
);
/** Longer than any sentence about one label. */
const LONGEST = 3000;
/** Words that begin an expectation. */
const BEGINNINGS = [...overallFigures, ...labelFigures, 'never', 'always', 'at most', 'at least'];

const WRITTEN: Readonly<Record<string, Comparison>> = {
  '>=': '>=',
  '=>': '>=',
  '≥': '>=',
  '<=': '<=',
  '=<': '<=',
  '≤': '<=',
  '>': '>',
  '<': '<',
};

/**
 * Reads what a document states, such as `recall of cat >= .7`: the grammar is in docs/reference/expectations.md.
 * @param labels those of the alignment: a label must be one of them, in any case
 * @throws {BrokenExpectation}
 */
export function readExpectation(text: string, labels?: readonly string[]): Expectation {
  return new Reader(text, labels).read();
}

/** Labels that a slip is compared with: there may be as many slips. */
const COMPARED = 200;

/** Labels by their names, and in small letters the first of each: a document has as many expectations. */
const indices = new WeakMap<readonly string[], ReadonlyMap<string, string>>();

function indexOf(labels: readonly string[]): ReadonlyMap<string, string> {
  const known = indices.get(labels);
  if (known) return known;
  const inAnyCase = labels.toReversed().map((label) => [label.toLowerCase(), label] as const);
  const index = new Map([...inAnyCase, ...labels.map((label) => [label, label] as const)]);
  indices.set(labels, index);
  return index;
}

class Reader {
  readonly #text: string;
  readonly #labels: readonly string[] | undefined;
  #at = 0;

  constructor(text: string, labels: readonly string[] | undefined) {
    this.#text = text;
    this.#labels = labels;
  }

  read(): Expectation {
    if (this.#text.length > LONGEST)
      this.#fail(phrase('it is longer than {0} characters.', LONGEST), LONGEST, this.#text.length);
    if (this.#text.trim() === '') this.#fail(phrase('the expectation is empty.'), 0, 0, EXAMPLES);
    const must = this.#taken(/(never|always)(?!\p{L})/iuy)?.toLowerCase();
    if (must === 'never' || must === 'always') return this.#image(must);
    const limit = this.#taken(/at\s+(?:most|least)(?!\p{L})/iuy);
    if (limit !== undefined) return this.#count(/most$/i.test(limit) ? 'at most' : 'at least');
    const named = this.#taken(/(?:balanced\s+accuracy|accuracy|recall|precision|F1|share)(?!\p{L})/iuy);
    if (named === undefined) return this.#unknown();
    const figure = named.replaceAll(/\s+/g, ' ').toLowerCase();
    const overall = overallFigures.find((one) => one === figure);
    const ofLabel = labelFigures.find((one) => one.toLowerCase() === figure);
    return overall === undefined ? this.#ofLabel(ofLabel as LabelFigure) : this.#overall(overall);
  }

  #overall(figure: OverallFigure): Expectation {
    const [of] = /of(?!\p{L})/iuy.exec(this.#text.slice(this.#skipBlanks())) ?? [];
    if (of !== undefined)
      this.#failWord(
        phrase('{0} is of all images, not of a label.', figure),
        phrase('Use recall, precision or F1.'),
      );
    const { comparison, bound } = this.#bound();
    return { kind: 'share', figure, comparison, bound };
  }

  #ofLabel(figure: LabelFigure): Expectation {
    const after = `${figure} of`;
    if (this.#taken(/of(?!\p{L})/iuy) === undefined)
      this.#failWord(
        phrase('"{0}" and a label are missing after "{1}".', 'of', figure),
        phrase('For example: {0}', `${after} cat >= .7`),
      );
    const label = this.#label(/[<>=≥≤]/u, after);
    const { comparison, bound } = this.#bound();
    return { kind: 'label', figure, label, comparison, bound };
  }

  #count(limit: 'at most' | 'at least'): Expectation {
    const example = phrase(
      'For example: {0}',
      limit === 'at most' ? 'at most 5 unread' : 'at least 100 measured',
    );
    const number = this.#taken(/\d{1,15}(?![\d.,%\p{L}])/uy);
    if (number === undefined)
      this.#failWord(phrase('a whole number is missing after "{0}".', limit), example);
    const start = this.#skipBlanks();
    const word = this.#taken(/[\p{L}\d]+/uy) ?? '';
    const counted = countedThings.find(
      (one) => one === (/^images?$/i.test(word) ? 'images' : word.toLowerCase()),
    );
    if (counted === undefined) {
      const near = closestName(word, countedThings);
      const what =
        word === ''
          ? phrase('what is counted is missing after "{0}".', `${limit} ${number}`)
          : phrase('"{0}" cannot be counted.', word);
      const known = phrase('Use one of {0}.', listed(countedThings));
      this.#fail(what, start, this.#at, near === undefined ? known : didYouMean(near));
    }
    this.#mustEnd();
    return { kind: 'count', limit, count: Number(number), counted };
  }

  #image(must: 'never' | 'always'): Expectation {
    const label = this.#label(/\sfor(?:\s|$)/iu, must);
    if (this.#taken(/for(?:\s+|$)/iuy) === undefined)
      this.#failWord(
        phrase('"{0}" and an image are missing after "{1}".', 'for', label),
        phrase('For example: {0}', `${must} ${label} for wolf/12.jpg`),
      );
    const start = this.#skipBlanks();
    const path = this.#text.slice(start).trim();
    this.#at = start + path.length;
    if (path === '') this.#fail(phrase('an image is missing after "{0}".', 'for'), start, start, PATHS);
    if (/^(?:[/\\]|[a-z]:[/\\])/i.test(path) || path.split(/[/\\]/).includes('..'))
      this.#fail(phrase('"{0}" is not a path in the folder of images.', path), start, this.#at, PATHS);
    return { kind: 'image', must, label, path };
  }

  /**
   * A label in quotes, or all until what ends it, without the blanks there.
   * @param end what begins with no blank, or with one: documents of others are searched in one go
   * @param after the words before it
   */
  #label(end: RegExp, after: string): string {
    const start = this.#skipBlanks();
    const quote = this.#text[start];
    const label = quote === '"' || quote === "'" ? this.#quoted(quote) : this.#until(end);
    if (label.trim() === '') this.#fail(phrase('a label is missing after "{0}".', after), start, this.#at);
    if (!this.#labels) return label;
    const known = indexOf(this.#labels).get(label) ?? indexOf(this.#labels).get(label.toLowerCase());
    if (known !== undefined) return known;
    const near = closestName(label, this.#labels.slice(0, COMPARED));
    return this.#fail(
      phrase('the alignment has no label "{0}".', label),
      start,
      this.#at,
      near === undefined ? phrase('It has {0}.', listed(this.#labels, 10)) : didYouMean(near),
    );
  }

  #quoted(quote: string): string {
    const start = this.#at;
    let label = '';
    for (let at = start + 1; at < this.#text.length; at++) {
      if (this.#text[at] === quote) {
        this.#at = at + 1;
        return label;
      }
      if (this.#text[at] === '\\') at++;
      label += this.#text[at] ?? '';
    }
    return this.#fail(phrase('the quote is not closed.'), start, this.#text.length);
  }

  #until(end: RegExp): string {
    const found = before(end, this.#text.slice(this.#at));
    this.#at += found.length;
    return found;
  }

  /** `>= .8`, and nothing after it. */
  #bound(): { readonly comparison: Comparison; readonly bound: number } {
    const start = this.#skipBlanks();
    const sign = this.#taken(/[<>=≥≤!]+/uy) ?? '';
    const comparison = Object.hasOwn(WRITTEN, sign) ? WRITTEN[sign] : undefined;
    if (comparison === undefined) {
      const hint = phrase('Use {0} and a number, such as {1}.', '>=', '>= .8');
      if (sign === '') this.#failWord(phrase('a comparison is missing.'), hint);
      this.#fail(
        phrase('"{0}" is not a comparison: figures are hardly ever exactly a number.', sign),
        start,
        this.#at,
        hint,
      );
    }
    const from = this.#skipBlanks();
    const number = this.#taken(/(?:\d+(?:\.\d*)?|\.\d+)(?![\d.\p{L}])/uy);
    if (number === undefined)
      this.#failWord(
        phrase('a number is missing after "{0}".', sign),
        phrase('For example: {0}', `${sign} .8`),
      );
    const isPercent = this.#taken(/%/y) !== undefined;
    const bound = isPercent ? Number(number) / 100 : Number(number);
    if (bound > 1) {
      const hint =
        !isPercent && bound <= 100
          ? didYouMean(`${number}%`)
          : phrase('Use a number from 0 to 1, or percent.');
      this.#fail(
        phrase('{0} is more than everything: the figure is a share.', this.#text.slice(from, this.#at)),
        from,
        this.#at,
        hint,
      );
    }
    this.#mustEnd();
    return { comparison, bound };
  }

  #mustEnd(): void {
    const start = this.#skipBlanks();
    const rest = this.#text.slice(start).trimEnd();
    if (rest !== '')
      this.#fail(
        phrase('"{0}" is too much.', rest),
        start,
        start + rest.length,
        phrase('State every expectation as a text of its own.'),
      );
  }

  #unknown(): never {
    const rest = this.#text.slice(this.#skipBlanks());
    // As far as a comparison, a number or the label that may follow.
    const words = before(/\sof\s|[<>=≥≤\d]/u, rest);
    const shown = words === '' ? rest.slice(0, 1) : words;
    const [first] = shown.split(/\s/);
    const near = closestName(shown, BEGINNINGS) ?? closestName(first, BEGINNINGS);
    this.#fail(
      phrase('"{0}" is nothing that can be expected.', shown),
      this.#at,
      this.#at + shown.length,
      near === undefined ? EXAMPLES : didYouMean(near),
    );
  }

  /** What matches here, behind blanks; nothing is taken where it does not. */
  #taken(what: RegExp): string | undefined {
    what.lastIndex = this.#skipBlanks();
    const [found] = what.exec(this.#text) ?? [];
    this.#at += found?.length ?? 0;
    return found;
  }

  #skipBlanks(): number {
    while (/\s/u.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#at;
  }

  /** Fails at the word that stands here, or at the end. */
  #failWord(what: Text, hint?: Text): never {
    const start = this.#skipBlanks();
    const [word] = /^\S*/u.exec(this.#text.slice(start)) ?? [''];
    const at = word === '' ? this.#text.trimEnd().length : start;
    return this.#fail(what, at, at + word.length, hint);
  }

  #fail(what: Text, start: number, end: number, hint?: Text): never {
    throw new BrokenExpectation(this.#text, start, end, what, hint);
  }
}

const PATHS = phrase(
  'Name an image by its path in the folder, such as {0}, or a folder, such as {1}.',
  'wolf/12.jpg',
  'wolf/',
);

/** What stands before the first of something, or all of a text: without blanks at its end. */
function before(end: RegExp, text: string): string {
  const at = text.search(end);
  return text.slice(0, at < 0 ? text.length : at).trimEnd();
}

function didYouMean(what: string): Text {
  return phrase('Did you mean {0}?', what);
}
