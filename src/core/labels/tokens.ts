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
  if (word.length > 3 && word.endsWith('s') && !/(ss|us|is)$/.test(word)) return word.slice(0, -1);
  return word;
}

const ASCII = /^[\x20-\x7e]*$/;

/** The content words of a gloss, a lemma or a label: lower case, stemmed, without stop words and punctuation. */
export function contentWords(text: string): string[] {
  const words: string[] = [];
  const lower = text.toLowerCase();
  // The table's glosses are ASCII, for which the simpler pattern means the same and is faster.
  const separators = ASCII.test(lower) ? /[^a-z0-9]+/ : /[^\p{L}\p{N}]+/u;
  for (const word of lower.split(separators)) {
    if (word.length > 1 && !stopWords.has(word)) words.push(stem(word));
  }
  return words;
}
