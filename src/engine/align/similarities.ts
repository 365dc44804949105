import type { ChosenSimilarity } from '../../core/alignments/alignLabels.ts';
import { needsEncoder, type SimilarityChoice } from '../../core/encoders/similarityChoice.ts';
import { DEFAULT_TEMPLATES, type EncodedLabel, readable } from '../../core/encoders/templates.ts';
import type { LabelSpace } from '../../core/labels/labelSpace.ts';
import type { TargetLabel } from '../../core/labels/targetLabels.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { embeddingOptions } from '../../core/mapping/semantic.ts';
import { CombinedSimilarity } from '../../core/similarity/combinedSimilarity.ts';
import { EmbeddingSimilarity, type Embeddings } from '../../core/similarity/embeddingSimilarity.ts';
import { StringSimilarity } from '../../core/similarity/strings.ts';
import { WordNetSimilarity } from '../../core/similarity/wordnetSimilarity.ts';
import type { EncodeLabelsOptions, Encoders } from '../encoders/encoders.ts';

/** Makes the similarity that a person chose; text encoders run on the way. */
export class Similarities {
  readonly #loadWordnet: () => Promise<WordNet>;
  readonly #encoders: Encoders;
  #wordnet: WordNetSimilarity | undefined;

  constructor(loadWordnet: () => Promise<WordNet>, encoders: Encoders) {
    this.#loadWordnet = loadWordnet;
    this.#encoders = encoders;
  }

  async wordnet(): Promise<WordNetSimilarity> {
    const wordnet = await this.#loadWordnet();
    this.#wordnet ??= new WordNetSimilarity(wordnet);
    return this.#wordnet;
  }

  /** @throws {SemapError} not-found when the text encoder is not installed, cancelled, invalid-argument */
  async choose(
    choice: SimilarityChoice,
    targets: readonly TargetLabel[],
    sources: LabelSpace,
    options: EncodeLabelsOptions = {},
  ): Promise<ChosenSimilarity> {
    if (choice.name === 'strings') {
      return {
        similarity: new StringSimilarity(),
        adaptive: { temperature: 0.06 },
        marks: await this.wordnet(),
      };
    }
    if (!needsEncoder(choice.name)) return { similarity: await this.wordnet(), adaptive: {} };
    return this.#byEncoder(choice, targets, sources, options);
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
    options: EncodeLabelsOptions,
  ): Promise<ChosenSimilarity> {
    const wordnet = await this.#loadWordnet();
    const byWordnet = await this.wordnet();
    const ref = encoder ?? (await this.#nearest(name));
    const wording = { templates, detail };
    const homonyms = repeated(sources.labels.map((label) => readable(label.name)));
    const sourceLabels = sources.labels.map((label): EncodedLabel => {
      const synset = label.wnid === undefined ? undefined : wordnet.synsetOfWnid(label.wnid);
      const described = describe(wordnet, synset, { name: label.name, synonyms: label.synonyms ?? [] });
      // Two sources of one text (ImageNet has two cranes) could not be told apart: those get their meaning with them.
      const ambiguous = detail === 'none' && homonyms.has(readable(label.name));
      return ambiguous && described.gloss !== undefined ? { ...described, hint: described.gloss } : described;
    });
    // Whose gloss or further names: those of the sense that WordNet's similarity settles on.
    const senses = detail === 'none' ? [] : byWordnet.compare(targets, sources).senses;
    const targetLabels = targets.map(({ name: label, hint, sense }, t): EncodedLabel => {
      const key = sense ?? senses[t]?.find(({ whole }) => whole)?.key;
      const synset = key === undefined ? undefined : wordnet.senseOfKey(key)?.synset;
      return describe(wordnet, synset, { name: label, ...(hint === undefined ? {} : { hint }) });
    });
    const encodedSources = await this.#encoders.encodeLabels(ref, sourceLabels, wording, options);
    const encodedTargets = await this.#encoders.encodeLabels(ref, targetLabels, wording, options);
    const embeddings = ({ dimension, values }: typeof encodedSources): Embeddings => ({
      size: dimension,
      values,
    });
    // The combination was measured with centred cosines, and only with those.
    const compared = name === 'combined' ? 'centred' : cosine;
    const byText = new EmbeddingSimilarity(
      name,
      embeddings(encodedTargets),
      embeddings(encodedSources),
      compared,
    );
    return {
      similarity: name === 'combined' ? new CombinedSimilarity(byWordnet, byText) : byText,
      adaptive: name === 'combined' ? {} : embeddingOptions,
      marks: byWordnet,
      encoder: {
        name: encodedSources.encoder.name,
        sha256: encodedSources.encoder.sha256,
        templates,
        detail,
        cosine: compared,
      },
    };
  }
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
