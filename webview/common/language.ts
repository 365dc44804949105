import {
  betweenSentences,
  ENGLISH,
  isText,
  type Language,
  phrase,
  plural as pluralPhrase,
  say as sayIn,
  type Text,
  type TextValue,
} from '../../src/core/text/text.ts';

/** The host puts the translated texts into the page, where no script runs them. */
const language: Language = readLanguage();

function readLanguage(): Language {
  const place = typeof document === 'undefined' ? null : document.getElementById('texts');
  if (!place?.textContent) return ENGLISH;
  return { name: document.documentElement.lang, patterns: JSON.parse(place.textContent) };
}

/** A text in the language of the page; `key` is a literal, which `npm run texts` collects. */
export function t(key: string, ...values: readonly TextValue[]): string {
  return sayIn(phrase(key, ...values), language);
}

/** `one` for a count of 1, else `many`; the count is `{0}` in both, `values` follow it. */
export function plural(count: number, one: string, many: string, ...values: readonly TextValue[]): string {
  return sayIn(pluralPhrase(count, one, many, ...values), language);
}

/** A text of core, the engine or the host; a string was said there. */
export function say(text: Text | string): string {
  return isText(text) ? sayIn(text, language) : text;
}

/** What stands between two sentences. */
export const BETWEEN = betweenSentences(language);

/** A count as the language writes it: `1,200`. */
export function count(number: number): string {
  return number.toLocaleString(language.name);
}

/** `Mar 1, 2026, 12:30 PM`, as the language writes it. */
export function dateTime(time: Date): string {
  return time.toLocaleString(language.name, { dateStyle: 'medium', timeStyle: 'short' });
}
