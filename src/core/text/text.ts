/** A value in a text: words of others as they are, numbers written as the language writes them, or a text again. */
export type TextValue = string | number | Text;

/**
 * A sentence that is not yet said in a language: its English pattern, which is also its key in `l10n/bundle.l10n*.json`,
 * with `{0}`, `{1}`, ... for its values. Plain data, so it crosses every process boundary; {@link say} makes it a string.
 */
export interface Text {
  readonly key: string;
  readonly values: readonly TextValue[];
}

/** A language to say texts in: how it writes numbers, and its pattern of an English one (English without). */
export interface Language {
  /** BCP 47, such as `ja` or `zh-CN`. */
  readonly name: string;
  readonly patterns?: Readonly<Record<string, string>> | undefined;
}

export const ENGLISH: Language = { name: 'en' };

/** A text of the literal `key`, which `npm run texts` collects for translators: never put together from parts. */
export function phrase(key: string, ...values: readonly TextValue[]): Text {
  return { key, values };
}

/** `one` for a count of 1, else `many`; the count is `{0}` in both, `values` follow it. */
export function plural(count: number, one: string, many: string, ...values: readonly TextValue[]): Text {
  return { key: count === 1 ? one : many, values: [count, ...values] };
}

/** Words of others, which have no translation: a library's message, a file's name. */
export function verbatim(words: string): Text {
  return { key: '{0}', values: [words] };
}

/** A sentence lists no more, whatever a file has: a text within a text is made of each. */
const MOST_LISTED = 200;

/**
 * `a, b and c` of texts or names; what is beyond `most` is counted.
 * @param count how many there are, where `items` are only the first of them
 */
export function listed(items: readonly TextValue[], most = MOST_LISTED, count = items.length): Text {
  const shown = items.slice(0, Math.min(most, MOST_LISTED));
  const more = count - shown.length;
  const joined = shown.reduce<TextValue>((all, item, index) => {
    if (index === 0) return item;
    if (index < shown.length - 1 || more > 0) return phrase('{0}, {1}', all, item);
    return phrase('{0} and {1}', all, item);
  }, '');
  return more > 0 ? phrase('{0} and {1} more', joined, more) : asText(joined);
}

/** What `unknown` data is a text: what comes from another process or page may be anything. */
export function isText(data: unknown): data is Text {
  if (typeof data !== 'object' || data === null) return false;
  const { key, values } = data as Partial<Text>;
  return (
    typeof key === 'string' &&
    Array.isArray(values) &&
    values.every((value) => typeof value === 'string' || typeof value === 'number' || isText(value))
  );
}

/** What `unknown` data says: a text, or the words of a file that keeps them as a string; undefined for anything else. */
export function readText(data: unknown): Text | undefined {
  return typeof data === 'string' ? verbatim(data) : isText(data) ? data : undefined;
}

/** For `JSON.stringify`: texts in English, as records, exports and `--json` have them. */
export function textsInEnglish(_key: string, value: unknown): unknown {
  return isText(value) ? say(value) : value;
}

/** The sentence in a language; in English where the language lacks it. */
export function say({ key, values }: Text, language: Language = ENGLISH): string {
  const pattern =
    (language.patterns && Object.hasOwn(language.patterns, key) && language.patterns[key]) || key;
  return pattern.replace(/\{(\d+)\}/g, (place, index: string) => {
    const value = values[Number(index)];
    if (value === undefined) return place;
    return typeof value === 'object' ? say(value, language) : sayValue(value, language);
  });
}

/** What stands between two sentences: nothing in Japanese and Chinese, whose full stops are as wide as with a blank. */
export function betweenSentences({ name }: Language): string {
  return /^(?:ja|zh)\b/i.test(name) ? '' : ' ';
}

function sayValue(value: string | number, language: Language): string {
  return typeof value === 'string' ? value : value.toLocaleString(language.name);
}

function asText(value: TextValue): Text {
  return typeof value === 'object' ? value : phrase('{0}', value);
}

/** The text with every word of others in it at most `most` characters long: of a longer one its beginning and end. */
export function bounded({ key, values }: Text, most: number): Text {
  return {
    key,
    values: values.map((value) => {
      if (typeof value === 'string') return shorten(value, most);
      return typeof value === 'number' ? value : bounded(value, most);
    }),
  };
}

/** A sentence says what to do at its end: a long value goes from the middle. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = Math.floor((limit - 1) / 3);
  return `${whole(text.slice(0, limit - 1 - end))}…${text.slice(-end).replace(/^(?:\p{M}|\p{Cs}|\u200d)+/u, '')}`;
}

/** Without the half of a character at its end. */
function whole(text: string): string {
  return text.replace(/(?:\p{Cs}|\u200d)$/u, '');
}
