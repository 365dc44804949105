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
