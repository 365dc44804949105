import type { WordNet } from '../../labels/wordnet.ts';
import { Taxonomy } from '../../similarity/taxonomy.ts';

/** The least information content of a kind that is worth a level: *animal* and *plant* have more, *entity* and *matter* less. */
const LEAST_CONTENT = 2.8;
/** How much more special a level is than the one above: *vertebrate* is hardly more so than *animal*. */
const LEAST_STEP = 1;

/**
 * The kinds that WordNet senses belong to, the broadest first: *animal, mammal, dog* of a pug. Only words that people use, and
 * neither what is true of nearly everything nor the sense itself.
 * @param keys sense keys; of one that is not known there are no kinds
 */
export function kindsAbove(wordnet: WordNet, keys: readonly string[]): readonly (readonly string[])[] {
  const taxonomy = new Taxonomy(wordnet);
  return keys.map((key) => {
    const own = wordnet.senseOfKey(key)?.synset;
    if (own === undefined) return [];
    const above: number[] = [];
    for (let [next] = wordnet.hypernyms(own); next !== undefined; [next] = wordnet.hypernyms(next))
      above.unshift(next);
    const kinds: string[] = [];
    let content = LEAST_CONTENT - LEAST_STEP;
    for (const synset of above) {
      const now = taxonomy.content(synset);
      const isUsed = (wordnet.senseOfKey(wordnet.key(synset))?.tagCount ?? 0) > 0;
      if (!isUsed || now < content + LEAST_STEP) continue;
      content = now;
      kinds.push(wordnet.lemmas(synset)[0].replaceAll('_', ' '));
    }
    return kinds;
  });
}
