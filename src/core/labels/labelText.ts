/** A label taken apart: alternatives joined by `/`, `or`, commas become several phrases; brackets become notes. */
export interface LabelText {
  /** The whole label in lower case with single spaces, brackets left out. */
  readonly whole: string;
  /** At least one, unless the label holds no letter or digit. */
  readonly phrases: readonly string[];
  /** What stood in brackets: `bird` in `crane (bird)`. */
  readonly notes: readonly string[];
}

const separators = /\s*(?:[/,;|&+]|\bor\b|\band\b)\s*/;

/** Spaces for `_`, `-` and camelCase boundaries; lower case. `StopSign`, `stop_sign` and `stop-sign` are `stop sign`. */
export function plainText(label: string): string {
  // Most names, and the quick way for them.
  if (/^[A-Za-z][a-z]*(?: [A-Za-z][a-z]*)*$/.test(label)) return label.toLowerCase();
  return label
    .normalize('NFC')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .replace(/[_\-\u2010-\u2015]+/g, ' ')
    .replace(/[’`]/g, "'")
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

/**
 * What two labels have in common that are the same to a person: {@link plainText} without invisible characters, in any
 * Unicode form and letter case. `Dog`, `ｄｏｇ` and `dog` are one key, `stop_sign` and `StopSign` are.
 */
export function labelKey(label: string): string {
  const visible = /^[\x20-\x7e]*$/.test(label) ? label : label.normalize('NFKC').replaceAll(/\p{Cf}/gu, '');
  // A dash between words is a blank; before a number it is its sign.
  const sign = /^\s*-\d/.test(visible) ? '-' : '';
  // Upper case first: it makes SS of ß, and one of both sigmas.
  return sign + plainText(visible).toUpperCase().toLowerCase();
}

/**
 * A label without the number that the name of a folder may begin or end with: `003.backpack`, `n02085620-Chihuahua`,
 * `leopards-101`, `dog_01`. What holds no other word stays as it is.
 */
export function withoutNumbering(label: string): string {
  const bare = label
    .replace(/^\s*(?:n\d{8}|\(?\d+\)?)[\s.:_-]+(?=\P{L}*\p{L})/u, '')
    .replace(/(?<=\p{L}{3})[\s._-]*\d+\s*$/u, '');
  return bare === '' ? label : bare;
}

/** Takes a label apart. @param isKnown whether a phrase is one lemma, so that `black and tan terrier` stays whole. */
export function readLabel(label: string, isKnown: (phrase: string) => boolean): LabelText {
  const notes = [...label.matchAll(/\(([^()]*)\)/g)].map(([, note]) => plainText(note!)).filter(Boolean);
  const outside = label.replace(/\([^()]*\)/g, ' ');
  const written = plainText(outside);
  const whole = isKnown(written) ? written : plainText(withoutNumbering(outside));
  if (whole === '' && notes.length > 0) return { whole: notes[0], phrases: [notes[0]], notes: [] };
  if (isKnown(whole)) return { whole, phrases: [whole], notes };
  const parts = whole
    .split(separators)
    .map((part) => part.split(/ (?:with|in|for|on|by|from|at|without) /)[0])
    .map((part) => part.replace(/^(?:an?|the|other) /, '').trim())
    .filter((part) => /[\p{L}\p{N}]/u.test(part));
  // "sports or racing car": the head belongs to both.
  const head = parts.at(-1)?.split(' ') ?? [];
  const phrases = parts.map((part, i) => {
    const shared = `${part} ${head.at(-1)}`;
    return i < parts.length - 1 && head.length > 1 && !part.includes(' ') && isKnown(shared) ? shared : part;
  });
  return { whole, phrases: [...new Set(phrases)], notes };
}

/**
 * The forms under which a noun phrase may stand in a dictionary, the given one first: words joined by `_`, `-` or
 * nothing, the last word singular or plural.
 */
export function nounForms(phrase: string, irregularSingular: (word: string) => string | undefined): string[] {
  const words = phrase.split(' ');
  const last = words.at(-1)!;
  const forms = new Set<string>();
  for (const ending of [last, ...singulars(last, irregularSingular), ...plurals(last)]) {
    for (const form of joins([...words.slice(0, -1), ending])) forms.add(form);
  }
  return [...forms];
}

function joins(words: readonly string[]): string[] {
  if (words.length > 4) return [words.join('_'), words.join('-')];
  return words
    .slice(1)
    .reduce(
      (heads, word) => ['_', '-', ''].flatMap((separator) => heads.map((head) => head + separator + word)),
      [words[0]],
    );
}

/** What a word may be the plural of, the likeliest first: `caves` are caves before they are cafes. */
export function singulars(word: string, irregularSingular: (word: string) => string | undefined): string[] {
  const forms: string[] = [];
  const irregular = irregularSingular(word);
  if (irregular) forms.push(irregular);
  if (/..[^siu]s$/.test(word)) forms.push(word.slice(0, -1));
  if (word.length > 4 && word.endsWith('ies')) forms.push(`${word.slice(0, -3)}y`);
  if (/(?:ch|sh|x|s|z|o)es$/.test(word)) forms.push(word.slice(0, -2));
  if (word.endsWith('ves')) forms.push(`${word.slice(0, -3)}f`, `${word.slice(0, -3)}fe`);
  if (word.endsWith('men')) forms.push(`${word.slice(0, -3)}man`);
  if (/[iu]s$/.test(word)) forms.push(word.slice(0, -1));
  return forms;
}

function plurals(word: string): string[] {
  if (word.endsWith('s')) return [];
  return /(?:ch|sh|x|z)$/.test(word) ? [`${word}es`] : [`${word}s`];
}

const stopWords = new Set(
  (
    'a an the of or and in on to for with by from as that which is are be its it used having usually especially at ' +
    'any one who whose into has been being not but also other such etc some two very often several various this ' +
    'these their they can may made no'
  ).split(' '),
);

/** A light plural stemmer: enough to let `dogs` in a gloss meet `dog`, and never wrong about `glass` or `bus`. */
function stem(word: string): string {
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 3 && word.endsWith('s') && !'sui'.includes(word.at(-2)!)) return word.slice(0, -1);
  return word;
}

/** The content words of a gloss, a lemma or a label: lower case, stemmed, without stop words and punctuation. */
export function contentWords(text: string): string[] {
  const lower = text.toLowerCase();
  const words: string[] = [];
  for (const word of asciiWords(lower) ?? lower.split(/[^\p{L}\p{N}]+/u)) {
    if (word.length > 1 && !stopWords.has(word)) words.push(stem(word));
  }
  return words;
}

/** The runs of letters and digits of a lower-case text; undefined where it is not ASCII, as the table's glosses are. */
function asciiWords(text: string): string[] | undefined {
  const words: string[] = [];
  let start = -1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return undefined;
    const inWord = (code >= 97 && code <= 122) || (code >= 48 && code <= 57);
    if (inWord && start < 0) start = i;
    else if (!inWord && start >= 0) {
      words.push(text.slice(start, i));
      start = -1;
    }
  }
  if (start >= 0) words.push(text.slice(start));
  return words;
}
