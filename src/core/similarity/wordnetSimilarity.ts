import type { Label, LabelSpace } from '../labels/labelSpace.ts';
import { plainText } from '../labels/labelText.ts';
import { contentWords } from '../labels/tokens.ts';
import type { WordNet } from '../labels/wordnet.ts';
import { GlossVectors, type SparseVector } from './glossVectors.ts';
import { type Candidate, labelWords, type Meaning, SenseChooser } from './senses.ts';
import type { ChosenSense, Similarity, SimilarityMatrix, TargetLabel } from './similarity.ts';
import { dice, trigrams } from './strings.ts';
import { Taxonomy } from './taxonomy.ts';

/**
 * Weights of the score:
 * c (below + .5 above + .5 Lin + .5 gloss + .6 lemma) + .25 words + .1 text + .15 max(0, trigram Dice - .45),
 * c = 1 where the whole label is a lemma.
 */
const weights = {
  below: 1,
  above: 0.5,
  lin: 0.5,
  gloss: 0.5,
  lemma: 0.6,
  /** Two synsets that share a lemma must be this close by Lin: airplane is not the carpenter's plane. */
  lemmaLin: 0.4,
  partOfLabel: 0.8,
  words: 0.25,
  text: 0.1,
  spelling: 0.15,
  spellingFrom: 0.45,
} as const;

/** What a source label means: its synsets, and whether each is the label itself or only the class of its head noun. */
interface SourceNode {
  readonly synset: number;
  readonly exact: boolean;
}

interface SourceEntry {
  readonly nodes: readonly SourceNode[];
  readonly lemmas: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
  readonly spellings: readonly ReadonlySet<string>[];
  readonly vector: SparseVector;
}

/** The single contributions to a score. */
interface ScoreParts {
  readonly candidate: Candidate | undefined;
  readonly node: SourceNode | undefined;
  readonly below: boolean;
  readonly above: boolean;
  readonly lin: number;
  readonly gloss: number;
  readonly lemma: boolean;
  readonly words: number;
  readonly text: number;
  readonly spelling: number;
  readonly score: number;
}

/** Similarity of labels by their senses in WordNet: needs no download, and every number has a reason. */
export class WordNetSimilarity implements Similarity {
  readonly name = 'wordnet';
  readonly #wordnet: WordNet;
  readonly #taxonomy: Taxonomy;
  readonly #glosses: GlossVectors;
  readonly #senses: SenseChooser;
  readonly #prepared = new WeakMap<LabelSpace, readonly SourceEntry[]>();

  constructor(wordnet: WordNet) {
    this.#wordnet = wordnet;
    this.#taxonomy = new Taxonomy(wordnet);
    this.#glosses = new GlossVectors(wordnet);
    this.#senses = new SenseChooser(this.#taxonomy, this.#glosses);
  }

  compare(targets: readonly TargetLabel[], sources: LabelSpace): SimilarityMatrix {
    const entries = this.#prepare(sources);
    const meanings = this.#meanings(targets, entries);
    const values = new Float32Array(targets.length * entries.length);
    const descendants: number[][] = [];
    targets.forEach((target, t) => {
      const words = this.#targetText(target);
      const below: number[] = [];
      const background = new Set(sources.background);
      for (let s = 0; s < entries.length; s++) {
        if (background.has(s)) continue;
        const parts = this.#score(meanings[t]!, words, entries[s]!);
        values[t * entries.length + s] = parts.score;
        if (parts.below) below.push(s);
      }
      descendants.push(below);
    });
    return {
      rows: targets.length,
      columns: entries.length,
      values,
      descendants,
      senses: meanings.map((meaning) => this.#chosen(meaning)),
    };
  }

  explain(targets: readonly TargetLabel[], sources: LabelSpace, t: number, s: number): string {
    const entries = this.#prepare(sources);
    const meaning = this.#meanings(targets, entries)[t]!;
    const target = targets[t]!;
    const source = sources.labels[s]!;
    const parts = this.#score(meaning, this.#targetText(target), entries[s]!);
    const sentences: string[] = [];
    if (parts.candidate && parts.node) {
      sentences.push(this.#pathSentence(target.name, source.name, parts.candidate, parts.node));
      sentences.push(`${target.name}: ${this.#wordnet.gloss(parts.candidate.synset)}.`);
      sentences.push(`${source.name}: ${this.#wordnet.gloss(parts.node.synset)}.`);
    } else if (!parts.candidate) {
      sentences.push(`WordNet does not know "${target.name}".`);
    } else {
      sentences.push(`WordNet does not know "${source.name}".`);
    }
    if (parts.words > 0) sentences.push('Their names share words.');
    if (parts.spelling > weights.spellingFrom) sentences.push('Their names are spelt alike.');
    sentences.push(`Similarity ${parts.score.toFixed(2)}.`);
    return sentences.join(' ');
  }

  /** The order of the sources along the WordNet tree, so that related ones are neighbours; unknown ones come last. */
  treeOrder(sources: LabelSpace): Uint32Array {
    const paths = this.#prepare(sources).map((entry, s) => {
      const path: number[] = [];
      let at = entry.nodes[0]?.synset;
      while (at !== undefined) {
        path.unshift(at);
        at = this.#wordnet.hypernyms(at)[0];
      }
      return { s, path };
    });
    paths.sort((a, b) => {
      if (a.path.length === 0 || b.path.length === 0) return b.path.length - a.path.length || a.s - b.s;
      const shared = a.path.findIndex((synset, i) => synset !== b.path[i]);
      if (shared < 0) return a.path.length - b.path.length || a.s - b.s;
      return (a.path[shared] ?? -1) - (b.path[shared] ?? -1) || a.s - b.s;
    });
    return Uint32Array.from(paths, ({ s }) => s);
  }

  #prepare(sources: LabelSpace): readonly SourceEntry[] {
    let entries = this.#prepared.get(sources);
    if (!entries) {
      const meanings = this.#sourceMeanings(sources);
      entries = sources.labels.map((label, s) => this.#sourceEntry(label, meanings[s]!));
      this.#prepared.set(sources, entries);
    }
    return entries;
  }

  /** Senses of the sources that are no wnids, chosen to fit one another. */
  #sourceMeanings(sources: LabelSpace): SourceNode[][] {
    const background = new Set(sources.background);
    const known = sources.labels.map((label) => this.#wordnet.synsetOfWnid(label.wnid ?? ''));
    const open = sources.labels.map((label, s): Meaning => {
      if (known[s] !== undefined || background.has(s)) return { parts: [] };
      const whole = [label.name, ...(label.synonyms ?? [])]
        .map((name) => this.#senses.meaning(name, {}, () => 0))
        .find((meaning) =>
          meaning.parts.some((part) => part.candidates.some((candidate) => candidate.whole)),
        );
      return whole ?? this.#senses.meaning(label.name, {}, () => 0);
    });
    this.#senses.choose(open);
    return open.map((meaning, s) => {
      if (known[s] !== undefined) return [{ synset: known[s], exact: true }];
      return meaning.parts.flatMap((part) => {
        const candidate = part.candidates[part.chosen];
        return candidate ? [{ synset: candidate.synset, exact: candidate.whole }] : [];
      });
    });
  }

  #sourceEntry(label: Label, nodes: readonly SourceNode[]): SourceEntry {
    const names = [label.name, ...(label.synonyms ?? [])];
    const vectors = nodes.map((node) => this.#glosses.of(node.synset));
    const exact = nodes.filter((node) => node.exact);
    return {
      nodes,
      lemmas: new Set(exact.flatMap((node) => this.#wordnet.lemmas(node.synset))),
      words: new Set(names.flatMap((name) => contentWords(plainText(name)))),
      spellings: names.map(trigrams),
      vector: vectors[0] ?? this.#glosses.ofText(names.map(plainText).join(' ')),
    };
  }

  #meanings(targets: readonly TargetLabel[], entries: readonly SourceEntry[]): Meaning[] {
    const cache = new Map<number, number>();
    const coverage = (synset: number): number => {
      let value = cache.get(synset);
      if (value === undefined) {
        value = this.#coverage(synset, entries);
        cache.set(synset, value);
      }
      return value;
    };
    const meanings = targets.map((target) => this.#senses.meaning(target.name, target, coverage));
    this.#senses.choose(meanings);
    return meanings;
  }

  /** 1 when a source lies below the synset, else the best relatedness to a source. */
  #coverage(synset: number, entries: readonly SourceEntry[]): number {
    let best = 0;
    for (const { nodes } of entries) {
      for (const node of nodes) {
        if (this.#taxonomy.covers(synset, node.synset)) return 1;
        best = Math.max(best, this.#senses.related(synset, node.synset));
      }
    }
    return best;
  }

  #targetText(target: TargetLabel): TargetText {
    const text = plainText(target.hint ? `${target.name} ${target.hint}` : target.name);
    const words = labelWords(text);
    let total = 0;
    for (const word of words) total += this.#glosses.idf(word);
    return {
      words,
      total,
      spelling: trigrams(target.name),
      vector: this.#glosses.ofText([...words].join(' ')),
    };
  }

  #score(meaning: Meaning, text: TargetText, entry: SourceEntry): ScoreParts {
    let best = { candidate: undefined, node: undefined, ...nothing } as Pick<
      ScoreParts,
      'candidate' | 'node' | 'below' | 'above' | 'lin' | 'gloss' | 'lemma'
    > & { value: number };
    for (const part of meaning.parts) {
      const candidate = part.candidates[part.chosen];
      if (!candidate) continue;
      for (const node of entry.nodes) {
        const below = this.#taxonomy.covers(candidate.synset, node.synset);
        const above = !below && node.exact && this.#taxonomy.covers(node.synset, candidate.synset);
        const lin = this.#taxonomy.lin(candidate.synset, node.synset);
        const gloss = this.#glosses.cosine(this.#glosses.of(candidate.synset), this.#glosses.of(node.synset));
        const lemma =
          !below &&
          lin > weights.lemmaLin &&
          this.#wordnet.lemmas(candidate.synset).some((word) => entry.lemmas.has(word));
        const value =
          (candidate.whole ? 1 : weights.partOfLabel) *
          ((below ? weights.below : 0) +
            (above ? weights.above : 0) +
            weights.lin * lin +
            weights.gloss * gloss +
            (lemma ? weights.lemma : 0));
        if (value > best.value) best = { candidate, node, below, above, lin, gloss, lemma, value };
      }
    }
    let shared = 0;
    for (const word of text.words) if (entry.words.has(word)) shared += this.#glosses.idf(word);
    const words = text.total > 0 ? shared / text.total : 0;
    const textual = this.#glosses.cosine(text.vector, entry.vector);
    const spelling = Math.max(...entry.spellings.map((form) => dice(text.spelling, form)));
    // Where WordNet has no lemma for the whole label, its words and spelling say more.
    const unresolved = !meaning.parts.some((part) => part.candidates[part.chosen]?.whole);
    const score =
      best.value +
      (unresolved ? 2 : 1) * weights.words * words +
      weights.text * textual +
      (unresolved ? 4 : 1) * weights.spelling * Math.max(0, spelling - weights.spellingFrom);
    const { value: _, ...parts } = best;
    return { ...parts, words, text: textual, spelling, score };
  }

  #chosen(meaning: Meaning): ChosenSense[] {
    return meaning.parts.flatMap((part) => {
      const chosen = part.candidates[part.chosen];
      if (!chosen) return [];
      const sense = ({ key, synset }: Candidate) => ({ key, gloss: this.#wordnet.gloss(synset) });
      return [
        {
          phrase: part.phrase,
          whole: chosen.whole,
          ...sense(chosen),
          alternatives: part.candidates.filter((candidate) => candidate !== chosen).map(sense),
        },
      ];
    });
  }

  #pathSentence(targetName: string, sourceName: string, candidate: Candidate, node: SourceNode): string {
    const common = this.#taxonomy.commonAncestor(candidate.synset, node.synset);
    if (common === undefined) return `"${targetName}" and "${sourceName}" have nothing in common in WordNet.`;
    const words = (path: readonly number[]) => path.map((synset) => this.#wordnet.lemmas(synset)[0]!);
    const up = words(this.#taxonomy.chain(candidate.synset, common));
    const down = words(this.#taxonomy.chain(node.synset, common)).reverse();
    if (common === candidate.synset) {
      return down.length === 1
        ? `"${sourceName}" is "${targetName}" itself.`
        : `"${sourceName}" is a kind of "${targetName}": ${down.reverse().join(' → ')}.`;
    }
    if (common === node.synset) return `"${targetName}" is a kind of "${sourceName}": ${up.join(' → ')}.`;
    const path = [...up, ...down.slice(1).map((word) => `← ${word}`)];
    return `Both are kinds of "${up.at(-1)}": ${up.join(' → ')} ${path.slice(up.length).join(' ')}.`;
  }
}

interface TargetText {
  readonly words: ReadonlySet<string>;
  readonly total: number;
  readonly spelling: ReadonlySet<string>;
  readonly vector: SparseVector;
}

const nothing = { below: false, above: false, lin: 0, gloss: 0, lemma: false, value: 0 };
