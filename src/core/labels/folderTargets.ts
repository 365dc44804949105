import { labelKey, nounForms, withoutNumbering } from './labelText.ts';
import type { WordNet } from './wordnet.ts';

/** Targets by what a folder may be called. */
type Names = ReadonlyMap<string, readonly number[]>;

/**
 * Which target a class folder holds images of. As alignment reads a folder's name as a label, so a label is found by its
 * folder's name: exactly; by its wnid; without regard to case, separators, Unicode form and blanks; without punctuation;
 * without numbering or a wnid before it; in the other number. The first way that finds a target decides. Where it finds
 * several, nobody knows which of them the folder means, and it is none's.
 */
export class FolderTargets {
  readonly #targets: readonly string[];
  readonly #wordnet: WordNet;
  readonly #ways: readonly ((folder: string) => readonly number[])[];
  readonly #known = new Map<string, readonly number[]>();

  constructor(targets: readonly string[], wordnet: WordNet) {
    this.#targets = targets;
    this.#wordnet = wordnet;
    const exact = this.#names((name) => name);
    const outer = this.#names(outerForm);
    const keys = this.#names(labelKey);
    const words = this.#names(wordsOf);
    const joined = this.#names((name) => joinedWords(name));
    const unnumbered = this.#names((name) => labelKey(withoutNumbering(name)));
    this.#ways = [
      (folder) => at(exact, [folder]),
      (folder) => at(outer, [outerForm(folder)]),
      (folder) => at(exact, this.#wnidNames(folder).slice(0, 1)),
      (folder) => at(exact, this.#wnidNames(folder).slice(1, 2)),
      (folder) => at(keys, [labelKey(folder)]),
      (folder) => at(keys, this.#wnidNames(folder).map(labelKey)),
      (folder) => at(words, [wordsOf(folder)]),
      (folder) => at(joined, [joinedWords(folder)]),
      // Of two names at most one loses its number: "Boeing 747" is no "Boeing 737".
      (folder) => at(keys, [labelKey(withoutNumbering(folder))]),
      (folder) => at(words, [wordsOf(withoutNumbering(folder))]),
      (folder) => at(unnumbered, [labelKey(folder)]),
      (folder) => this.#inOtherNumber(labelKey(folder), keys),
      (folder) => this.#inOtherNumber(labelKey(withoutNumbering(folder)), keys),
    ];
  }

  /** Index of the target; undefined when the folder is none of them, or may be several. */
  of(folder: string): number | undefined {
    const found = this.all(folder);
    return found.length === 1 ? found[0] : undefined;
  }

  /** All targets that the folder may be, of those that are equally close; empty when it is none. */
  all(folder: string): readonly number[] {
    let found = this.#known.get(folder);
    if (!found) {
      found = [];
      for (const way of this.#ways) {
        found = way(folder);
        if (found.length > 0) break;
      }
      this.#known.set(folder, found);
    }
    return found;
  }

  /** Made when first asked for: most folders are called exactly as their labels. */
  #names(form: (name: string) => string): () => Names {
    let names: Map<string, number[]> | undefined;
    return () => {
      if (names) return names;
      names = new Map();
      for (const [t, target] of this.#targets.entries()) {
        const name = form(target);
        if (name === '') continue;
        const same = names.get(name);
        if (same) same.push(t);
        else names.set(name, [t]);
      }
      return names;
    };
  }

  /** What a target may be called whose folder is a wnid: first as alignment calls it, then by any name of the synset. */
  #wnidNames(folder: string): readonly string[] {
    const wnid = folder.trim();
    const synset = this.#wordnet.synsetOfWnid(wnid);
    if (synset === undefined) return [];
    const lemmas = this.#wordnet.lemmas(synset);
    return [`${lemmas[0]} (${wnid})`, ...lemmas, lemmas.join(', ')];
  }

  /** `dogs` is `dog`; `glasses` are not `glass`, for both are words of their own. */
  #inOtherNumber(key: string, keys: () => Names): readonly number[] {
    if (key === '') return [];
    const forms = nounForms(key, (word) => this.#wordnet.irregularSingular(word)).map(labelKey);
    const others = [...new Set(forms)].filter((form) => form !== key && !this.#areTwoThings(form, key));
    return at(keys, others);
  }

  #areTwoThings(a: string, b: string): boolean {
    const [ofA, ofB] = [this.#wordnet.senses(a), this.#wordnet.senses(b)];
    const synsets = new Set(ofA.map(({ synset }) => synset));
    return ofA.length > 0 && ofB.length > 0 && !ofB.some(({ synset }) => synsets.has(synset));
  }
}

function at(names: () => Names, wanted: readonly string[]): readonly number[] {
  if (wanted.length === 0) return [];
  const found = new Set(wanted.flatMap((name) => names().get(name) ?? []));
  return [...found].sort((a, b) => a - b);
}

function outerForm(name: string): string {
  return name.normalize('NFC').trim();
}

/** Words and numbers alone: folders cannot be called by all signs that a label may have. Without a word: nothing. */
function wordsOf(name: string): string {
  const words = labelKey(labelKey(name).replaceAll(/[^\p{L}\p{M}\p{N}\p{S}#]+/gu, ' '));
  return /\p{L}/u.test(words) ? words : '';
}

/** Blanks between numbers stay: 1 10 is not 11 0. */
function joinedWords(name: string): string {
  return wordsOf(name).replaceAll(/(?<!\p{N}) | (?!\p{N})/gu, '');
}
