import { isDefinedByOthers, type LabelRole, labelRoles, namedBy } from '../labels/labelRole.ts';
import type { LabelSpace } from '../labels/labelSpace.ts';
import { plainText } from '../labels/labelText.ts';
import type { TargetLabel } from '../labels/targetLabels.ts';
import { lexFiles, type WordNet } from '../labels/wordnet.ts';
import { phrase, type Text, verbatim } from '../text/text.ts';
import { GlossVectors } from './glossVectors.ts';
import { LabelReader, type SourceEvidence } from './labelReader.ts';
import { type Candidate, labelNotes, type Meaning, nothing } from './meaning.ts';
import type { Mention } from './mentions.ts';
import { labelWords } from './phraseSenses.ts';
import { Relatedness } from './relatedness.ts';
import { SenseChooser } from './senses.ts';
import type { ChosenSense, Comparison } from './similarity.ts';
import { SourceIndex, type SourceNode, type TextRows } from './sourceIndex.ts';
import { Taxonomy } from './taxonomy.ts';

/**
 * Weights of the score:
 * c q (below + .5 above + .5 Lin + .5 gloss + .6 lemma + mentions) + .25 words + .1 text + .15 max(0, trigram Dice - .45),
 * c = 1 where the whole label is a lemma, q the plausibility of the sense. The similarity is its share of the score of
 * a source that is the very thing under the very name.
 */
const weights = {
  below: 1,
  above: 0.5,
  lin: 0.5,
  gloss: 0.5,
  lemma: 0.6,
  /** Two synsets that share a lemma must be this close by Lin: airplane is not the carpenter's plane. */
  lemmaLin: 0.4,
  /** Or by their definitions: a television is what shows what the television system transmits. */
  lemmaGloss: 0.2,
  partOfLabel: 0.8,
  words: 0.25,
  /** What a shared word counts that only qualifies the source's name: a man-eater is no man. */
  modifiers: 0.3,
  text: 0.1,
  spelling: 0.15,
  spellingFrom: 0.45,
  /** Where WordNet has no lemma for the whole label its words say more, and its spelling where it lacks its head, too. */
  unresolvedWords: 2,
  unresolvedSpelling: 4,
} as const;

/** What a source scores that is the target's own synset, with every word and letter of its name. */
const fullScore =
  weights.below +
  weights.lin +
  weights.gloss +
  weights.words +
  weights.text +
  weights.spelling * (1 - weights.spellingFrom);

/** A sense that a label probably has, the chosen one (plausibility 1) or one that is nearly as good. */
interface PlausibleSense {
  readonly candidate: Candidate;
  /** exp((worth - worth of the chosen one) / temperature), in (0, 1]. */
  readonly plausibility: number;
}

const plausible = { temperature: 0.4, least: 0.35 };

/** A thing with fewer kinds is shown well by any one of them. */
const NARROW_KINDS = 4;

/** Roots of persons, and of what they wear. */
const PERSON = 'person%1:03:00::';
const CLOTHING = 'clothing%1:06:00::';

const edible: ReadonlySet<number> = new Set([lexFiles.food, lexFiles.plant]);

const noEvidence: SourceEvidence = { represented: () => 0, isSource: () => false };

/**
 * Similarity of labels by their senses in WordNet: needs no download, and every number has a reason. In [0, 1]: the same
 * thing under the same name 1, a kind of the target mostly .5 and more, what is only related .1 to .4.
 */
export class WordNetSimilarity {
  readonly #wordnet: WordNet;
  readonly #taxonomy: Taxonomy;
  readonly #glosses: GlossVectors;
  readonly #reader: LabelReader;
  readonly #senses: SenseChooser;
  readonly #prepared = new WeakMap<LabelSpace, SourceIndex>();

  constructor(wordnet: WordNet) {
    this.#wordnet = wordnet;
    this.#taxonomy = new Taxonomy(wordnet);
    this.#glosses = new GlossVectors(wordnet);
    const related = new Relatedness(this.#taxonomy, this.#glosses);
    this.#reader = new LabelReader(this.#taxonomy, related);
    this.#senses = new SenseChooser(related);
  }

  compare(given: readonly TargetLabel[], sources: LabelSpace): Comparison {
    const index = this.#index(sources);
    const roles = this.#roles(given);
    const targets = given.map((target, t) => ({ ...target, name: namedBy(target.name, roles[t]) }));
    const named = targets.map((target, t) => (isDefinedByOthers(roles[t]) ? undefined : target));
    const contexts = roles.map((role) => (role?.kind === 'with' ? { name: role.context } : undefined));
    const all = this.#reader.meanings([...named, ...contexts], index);
    const [meanings, around] = [all.slice(0, targets.length), all.slice(targets.length)];
    const columns = sources.labels.length;
    const values = new Float32Array(targets.length * columns);
    const descendants = meanings.map((meaning, t) => {
      if (isDefinedByOthers(roles[t])) return [];
      const row = values.subarray(t * columns, (t + 1) * columns);
      return this.#scoreRow(meaning, this.#text(meaning, targets[t].hint, index), index, row);
    });
    const contextRows = around.map((meaning, t) => {
      if (!contexts[t]) return undefined;
      const row = new Float32Array(columns);
      this.#scoreRow(meaning, this.#text(meaning, undefined, index), index, row);
      return row;
    });
    index.forget();
    for (const s of sources.background) for (let t = 0; t < targets.length; t++) values[t * columns + s] = 0;
    return {
      name: 'wordnet',
      rows: targets.length,
      columns,
      values,
      meanings: {
        descendants,
        kinds: meanings.map((meaning) => this.#kinds(meaning)),
        narrow: meanings.map((meaning, t) => this.#isNarrow(meaning, descendants[t], index)),
        worn: meanings.map((meaning) => this.#worn(meaning, index)),
        senses: meanings.map((meaning) => this.#chosen(meaning)),
        notes: meanings.map((meaning) => labelNotes(meaning, (synset) => this.#wordnet.isInstance(synset))),
      },
      ...(roles.some((role) => role !== undefined) && { roles }),
      ...(contextRows.some((row) => row !== undefined) && { contexts: contextRows }),
      explain: (t, s) => this.#explain(targets[t], meanings[t], sources.labels[s].name, index, s),
    };
  }

  /** Who says what a label means says that it is no word about the others. */
  #roles(targets: readonly TargetLabel[]): (LabelRole | undefined)[] {
    const names = targets.map(({ name }) => name);
    const roles = labelRoles(names, (phrase) => this.#wordnet.has(phrase.replaceAll(' ', '_')));
    return roles.map((role, t) => (targets[t].hint || targets[t].sense ? undefined : role));
  }

  #explain(target: TargetLabel, meaning: Meaning, source: string, index: SourceIndex, s: number): Text[] {
    const text = this.#text(meaning, target.hint, index);
    const sense = this.#bestSense(meaning, index, s);
    const [node] = index.nodes[s];
    index.forget();
    const sentences: Text[] = [];
    if (sense && node) {
      sentences.push(this.#pathSentence(target.name, source, sense, node));
      if (this.#worn(meaning, index).includes(s)) sentences.push(phrase('People wear "{0}".', source));
      const mention = index.mention(sense.synset, s);
      if (mention) sentences.push(...this.#mentionSentences(target.name, mention, node));
      sentences.push(verbatim(`${target.name}: ${this.#wordnet.gloss(sense.synset)}.`));
      sentences.push(verbatim(`${source}: ${this.#wordnet.gloss(node.synset)}.`));
    } else sentences.push(phrase('WordNet does not know "{0}".', sense ? source : target.name));
    if (text.words[s] > 0) sentences.push(phrase('Their names share words.'));
    if (text.spelling[s] > weights.spellingFrom) sentences.push(phrase('Their names are spelled alike.'));
    return sentences;
  }

  /** The order of the sources along the WordNet tree, so that related ones are neighbours; unknown ones come last. */
  treeOrder(sources: LabelSpace): Uint32Array {
    const paths = this.#index(sources).nodes.map((nodes, s) => {
      const path: number[] = [];
      let at = nodes[0]?.synset;
      while (at !== undefined) {
        path.unshift(at);
        at = this.#wordnet.hypernyms(at)[0];
      }
      return { s, path };
    });
    paths.sort((a, b) => {
      if (a.path.length === 0 || b.path.length === 0) return b.path.length - a.path.length || a.s - b.s;
      const parted = a.path.findIndex((synset, i) => synset !== b.path[i]);
      if (parted < 0) return a.path.length - b.path.length || a.s - b.s;
      return (a.path[parted] ?? -1) - (b.path[parted] ?? -1) || a.s - b.s;
    });
    return Uint32Array.from(paths, ({ s }) => s);
  }

  #index(sources: LabelSpace): SourceIndex {
    let index = this.#prepared.get(sources);
    if (!index) {
      index = new SourceIndex(sources, this.#sourceNodes(sources), this.#taxonomy, this.#glosses);
      this.#prepared.set(sources, index);
    }
    return index;
  }

  /** The synsets of the sources: by wnid, or else by name, with senses chosen to fit one another. */
  #sourceNodes(sources: LabelSpace): SourceNode[][] {
    const background = new Set(sources.background);
    const known = sources.labels.map((label) => this.#wordnet.synsetOfWnid(label.wnid ?? ''));
    const open = sources.labels.map((label, s): Meaning => {
      if (known[s] !== undefined || background.has(s)) return nothing;
      const meanings = [label.name, ...(label.synonyms ?? [])].map((name) =>
        this.#reader.meaning(name, {}, noEvidence),
      );
      return meanings.find(isWhole) ?? meanings.find((meaning) => meaning.parts.length > 0) ?? nothing;
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

  #text({ name }: Meaning, hint: string | undefined, index: SourceIndex): TextRows {
    const text = plainText(hint ? `${name} ${hint}` : name);
    return index.text(labelWords(text), name);
  }

  /** Fills one row of similarities [S] and returns the sources at or below a plausible sense. */
  #scoreRow(meaning: Meaning, text: TextRows, index: SourceIndex, row: Float32Array): number[] {
    const below = new Uint8Array(row.length);
    for (const { candidate, plausibility } of plausibleSenses(meaning)) {
      const share = plausibility * (candidate.whole ? 1 : weights.partOfLabel);
      const rows = index.synset(candidate.synset);
      for (let s = 0; s < row.length; s++) {
        const value = share * senseScore(rows, s);
        if (value > row[s]) row[s] = value;
        if (rows.below[s] && candidate.found !== 'siblings') below[s] = 1;
      }
    }
    const odd = meaning.parts.some(
      ({ candidates, chosen }) => candidates[chosen]?.whole && !meaning.isOfKind?.(candidates[chosen].synset),
    );
    const isOfKind = odd ? undefined : meaning.isOfKind;
    const whole = meaning.parts.some((part) => part.candidates[part.chosen]?.whole);
    const words = weights.words * (whole ? 1 : weights.unresolvedWords);
    const spelling = weights.spelling * (isNamed(meaning) ? 1 : weights.unresolvedSpelling);
    const [only] = meaning.pinned ? plausibleSenses(meaning) : [];
    const rows = only && index.synset(only.candidate.synset);
    for (let s = 0; s < row.length; s++) {
      // Who says that a crane is a bird does not mean a source of that name which is a machine.
      if (rows?.lemma[s] && !rows.below[s] && rows.lin[s] <= weights.lemmaLin) continue;
      // Among animals a mole is no breakwater, and what sounds like an unknown dish no cannon.
      if (isOfKind && !index.nodes[s].some(({ synset }) => isOfKind(synset))) continue;
      row[s] +=
        words * (whole && text.heads[s] === 0 ? weights.modifiers : 1) * text.words[s] +
        weights.text * text.text[s] +
        spelling * Math.max(0, text.spelling[s] - weights.spellingFrom);
    }
    for (let s = 0; s < row.length; s++) row[s] = Math.min(1, row[s] / fullScore);
    return [...below.keys()].filter((s) => below[s]);
  }

  /** The plausible sense that speaks most for a source. */
  #bestSense(meaning: Meaning, index: SourceIndex, s: number): Candidate | undefined {
    let best: { candidate: Candidate; value: number } | undefined;
    for (const { candidate, plausibility } of plausibleSenses(meaning)) {
      const value = plausibility * senseScore(index.synset(candidate.synset), s);
      if (!best || value > best.value) best = { candidate, value };
    }
    return best?.candidate;
  }

  /** Whether the one source below a thing of several kinds (train) is only one of them (bullet train). */
  #isNarrow(meaning: Meaning, below: readonly number[], index: SourceIndex): boolean {
    if (below.length !== 1 || this.#kinds(meaning) < NARROW_KINDS) return false;
    const chosen = meaning.parts.flatMap((part) => part.candidates[part.chosen]?.synset ?? []);
    // The neighbours of a food or plant are other foods and plants, which people name by themselves.
    if (chosen.some((synset) => edible.has(this.#wordnet.lexFile(synset)))) return false;
    return !index.nodes[below[0]].some(({ synset, exact }) => exact && chosen.includes(synset));
  }

  /** What people wear, where the label is a kind of person (man: suit, wig); not of individuals, nor of persons that are sources. */
  #worn(meaning: Meaning, index: SourceIndex): readonly number[] {
    const [person, clothing] = [PERSON, CLOTHING].map((key) => this.#wordnet.senseOfKey(key)?.synset);
    const chosen = meaning.parts.flatMap((part) => part.candidates[part.chosen]?.synset ?? []);
    if (person === undefined || clothing === undefined || chosen.length === 0) return [];
    const isPerson = (synset: number) =>
      this.#taxonomy.covers(person, synset) &&
      !this.#wordnet.isInstance(synset) &&
      !index.kindsOf(synset).some((s) => index.nodes[s].some((node) => node.synset === synset));
    return chosen.every(isPerson) ? index.kindsOf(clothing) : [];
  }

  /** How many kinds of thing the label covers in WordNet, over its phrases; 0 where it is unknown. */
  #kinds(meaning: Meaning): number {
    return meaning.parts.reduce((sum, part) => {
      const chosen = part.candidates[part.chosen];
      return sum + (chosen && chosen.found !== 'siblings' ? this.#wordnet.hyponymCount(chosen.synset) : 0);
    }, 0);
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

  /** What a definition says of the target, or that the source belongs to it; with that definition, unless it is the source's own. */
  #mentionSentences(target: string, mention: Mention, node: SourceNode): Text[] {
    const [name] = this.#wordnet.lemmas(mention.by);
    if (mention.as !== 'words') {
      return mention.as === 'part'
        ? [phrase('"{0}" is a part of "{1}".', name, target)]
        : [phrase('Places like "{0}" are mentioned with "{1}".', target, name)];
    }
    const said = phrase('The definition of "{0}" mentions "{1}".', name, mention.words);
    return mention.by === node.synset
      ? [said]
      : [said, verbatim(`${name}: ${this.#wordnet.gloss(mention.by)}.`)];
  }

  #pathSentence(target: string, source: string, candidate: Candidate, node: SourceNode): Text {
    const common = this.#taxonomy.commonAncestor(candidate.synset, node.synset);
    if (common === undefined)
      return phrase('"{0}" and "{1}" have nothing in common in WordNet.', target, source);
    const words = (path: readonly number[]) => path.map((synset) => this.#wordnet.lemmas(synset)[0]);
    const up = words(this.#taxonomy.chain(candidate.synset, common));
    const down = words(this.#taxonomy.chain(node.synset, common));
    if (common === candidate.synset) {
      return down.length === 1
        ? phrase('"{0}" is "{1}" itself.', source, target)
        : phrase('"{0}" is a kind of "{1}": {2}.', source, target, down.join(' → '));
    }
    if (common === node.synset)
      return phrase('"{0}" is a kind of "{1}": {2}.', target, source, up.join(' → '));
    const path = `${up.join(' → ')} ← ${down.reverse().slice(1).join(' ← ')}`;
    return phrase('Both are kinds of "{0}": {1}.', up.at(-1) ?? '', path);
  }
}

/** Whether at least what it is a kind of is known of a label. */
function isNamed({ parts }: Meaning): boolean {
  return parts.some(
    (part) => part.candidates[part.chosen]?.whole || part.candidates[part.chosen]?.found === 'head',
  );
}

function isWhole(meaning: Meaning): boolean {
  return meaning.parts.some((part) => part.candidates.some((candidate) => candidate.whole));
}

function plausibleSenses(meaning: Meaning): PlausibleSense[] {
  return meaning.parts.flatMap((part) =>
    part.candidates.flatMap((candidate, i) => {
      const loss = part.worth[part.chosen] - part.worth[i];
      const plausibility = i === part.chosen ? 1 : Math.exp(-loss / plausible.temperature);
      return plausibility >= plausible.least ? [{ candidate, plausibility }] : [];
    }),
  );
}

function senseScore(
  { lin, gloss, below, above, lemma, mentions }: ReturnType<SourceIndex['synset']>,
  s: number,
): number {
  const isClose = lin[s] > weights.lemmaLin || gloss[s] > weights.lemmaGloss;
  const sharesLemma = lemma[s] && !below[s] && isClose;
  return (
    weights.below * below[s] +
    weights.above * above[s] +
    weights.lin * lin[s] +
    weights.gloss * gloss[s] +
    (sharesLemma ? weights.lemma : 0) +
    (mentions?.[s] ?? 0)
  );
}
