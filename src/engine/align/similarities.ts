import type { ComparedLabels } from '../../core/alignments/alignLabels.ts';
import { needsEncoder, type SimilarityChoice } from '../../core/encoders/similarityChoice.ts';
import { DEFAULT_TEMPLATES, type EncodedLabel, readable } from '../../core/encoders/templates.ts';
import type { LabelSpace } from '../../core/labels/labelSpace.ts';
import type { TargetLabel } from '../../core/labels/targetLabels.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { embeddingOptions } from '../../core/mapping/semantic.ts';
import { comparedByEmbeddings } from '../../core/similarity/embeddingSimilarity.ts';
import { type Comparison, combined, withRolesOf } from '../../core/similarity/similarity.ts';
import { comparedBySpelling } from '../../core/similarity/strings.ts';
import { WordNetSimilarity } from '../../core/similarity/wordnetSimilarity.ts';
import type { EncodeLabelsOptions, Encoders } from '../encoders/encoders.ts';

/** The values of all comparisons that are kept, in bytes: 1,000 targets with ImageNet-21k take 87 MB. */
const MOST_BYTES = 128 << 20;

/**
 * Compares labels as a person chose; text encoders run on the way. What was compared is kept: an alignment is made of it,
 * then its grid is drawn, its cells are explained and training starts of it.
 */
export class Similarities {
  readonly #loadWordnet: () => Promise<WordNet>;
  readonly #encoders: Encoders;
  #wordnet: WordNetSimilarity | undefined;
  /** Least recently used first. */
  readonly #kept = new Map<string, Comparison>();
  readonly #spaces = new WeakMap<LabelSpace, number>();
  #spaceCount = 0;

  constructor(loadWordnet: () => Promise<WordNet>, encoders: Encoders) {
    this.#loadWordnet = loadWordnet;
    this.#encoders = encoders;
  }

  async wordnet(): Promise<WordNetSimilarity> {
    const wordnet = await this.#loadWordnet();
    this.#wordnet ??= new WordNetSimilarity(wordnet);
    return this.#wordnet;
  }

  async byWordNet(targets: readonly TargetLabel[], sources: LabelSpace): Promise<Comparison> {
    const wordnet = await this.wordnet();
    return this.#once(['wordnet'], targets, sources, () => wordnet.compare(targets, sources));
  }

  /** @throws {SemapError} not-found when the text encoder is not installed, cancelled, invalid-argument */
  async compared(
    choice: SimilarityChoice,
    targets: readonly TargetLabel[],
    sources: LabelSpace,
    options: EncodeLabelsOptions = {},
  ): Promise<ComparedLabels> {
    const wordnet = await this.byWordNet(targets, sources);
    if (needsEncoder(choice.name)) return this.#byEncoder(choice, targets, sources, wordnet, options);
    if (choice.name !== 'strings') return { comparison: wordnet, wordnet, adaptive: {} };
    const comparison = await this.#once(['strings'], targets, sources, () =>
      withRolesOf(comparedBySpelling(targets, sources), wordnet),
    );
    return { comparison, wordnet, adaptive: { temperature: 0.06 } };
  }

  /** The encoder meant when none is named. The combination takes a text tower, or else a sentence encoder. */
  async #nearest(name: SimilarityChoice['name']): Promise<string> {
    if (name === 'minilm') return 'minilm';
    if (name === 'clip') return 'clip';
    const kinds = (await this.#encoders.list()).map(({ kind }) => kind);
    return kinds.includes('text-tower') || !kinds.includes('sentence') ? 'clip' : 'minilm';
  }

  async #byEncoder(
    {
      name,
      encoder,
      templates = DEFAULT_TEMPLATES.templates,
      detail = DEFAULT_TEMPLATES.detail,
      cosine = 'centred',
    }: SimilarityChoice,
    targets: readonly TargetLabel[],
    sources: LabelSpace,
    wordnet: Comparison,
    options: EncodeLabelsOptions,
  ): Promise<ComparedLabels> {
    const ref = encoder ?? (await this.#nearest(name));
    const used = await this.#encoders.identify(ref);
    // The combination was measured with centred cosines, and only with those.
    const kind = name === 'combined' ? 'centred' : cosine;
    const comparison = await this.#once(
      [name, used.sha256, templates, detail, kind],
      targets,
      sources,
      async () => {
        const table = await this.#loadWordnet();
        const wording = { templates, detail };
        const encode = async (labels: readonly EncodedLabel[]) => {
          const { dimension, values } = await this.#encoders.encodeLabels(ref, labels, wording, options);
          return { size: dimension, values };
        };
        const sourceEmbeddings = await encode(sourceTexts(sources, detail, table));
        const targetEmbeddings = await encode(targetTexts(targets, detail, table, wordnet));
        const labels = { targets, sources, targetEmbeddings, sourceEmbeddings };
        const byText = withRolesOf(comparedByEmbeddings(name, labels, kind), wordnet);
        return name === 'combined' ? combined(wordnet, byText) : byText;
      },
    );
    return {
      comparison,
      wordnet,
      adaptive: name === 'combined' ? {} : embeddingOptions,
      encoder: { ...used, templates, detail, cosine: kind },
    };
  }

  /** What was compared before, or is now. */
  async #once(
    how: readonly unknown[],
    targets: readonly TargetLabel[],
    sources: LabelSpace,
    compare: () => Comparison | Promise<Comparison>,
  ): Promise<Comparison> {
    let space = this.#spaces.get(sources);
    if (space === undefined) {
      space = this.#spaceCount++;
      this.#spaces.set(sources, space);
    }
    const key = JSON.stringify([how, space, targets.map(({ name, hint, sense }) => [name, hint, sense])]);
    const comparison = this.#kept.get(key) ?? (await compare());
    this.#kept.delete(key);
    this.#kept.set(key, comparison);
    let bytes = 0;
    for (const [old, { values, opinions }] of [...this.#kept].reverse()) {
      bytes += values.byteLength + (opinions?.encoder.values.byteLength ?? 0);
      if (bytes > MOST_BYTES) this.#kept.delete(old);
    }
    return comparison;
  }
}

/** Source labels as an encoder is given them. */
function sourceTexts(sources: LabelSpace, detail: string, wordnet: WordNet): EncodedLabel[] {
  const homonyms = repeated(sources.labels.map((label) => readable(label.name)));
  return sources.labels.map((label): EncodedLabel => {
    const synset = label.wnid === undefined ? undefined : wordnet.synsetOfWnid(label.wnid);
    const described = describe(wordnet, synset, { name: label.name, synonyms: label.synonyms ?? [] });
    // Two sources of one text (ImageNet has two cranes) could not be told apart: those get their meaning with them.
    const ambiguous = detail === 'none' && homonyms.has(readable(label.name));
    return ambiguous && described.gloss !== undefined ? { ...described, hint: described.gloss } : described;
  });
}

/** Target labels as an encoder is given them; gloss and further names are those of the sense that WordNet settled on. */
function targetTexts(
  targets: readonly TargetLabel[],
  detail: string,
  wordnet: WordNet,
  { meanings }: Comparison,
): EncodedLabel[] {
  return targets.map(({ name, hint, sense }, t): EncodedLabel => {
    const found = detail === 'none' ? undefined : meanings?.senses[t].find(({ whole }) => whole)?.key;
    const key = sense ?? found;
    const synset = key === undefined ? undefined : wordnet.senseOfKey(key)?.synset;
    return describe(wordnet, synset, { name, hint });
  });
}

function repeated(texts: readonly string[]): Set<string> {
  const seen = new Set<string>();
  return new Set(texts.filter((text) => seen.size === seen.add(text).size));
}

/** A label with what WordNet says of its synset, where that is known. */
function describe(wordnet: WordNet, synset: number | undefined, label: EncodedLabel): EncodedLabel {
  if (synset === undefined) return label;
  return {
    ...label,
    synonyms: [...(label.synonyms ?? []), ...wordnet.lemmas(synset)],
    gloss: wordnet.gloss(synset),
  };
}
