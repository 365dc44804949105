import { DEFAULT_PROMPTS, type EncodedLabel } from '../../core/encoders/prompts.ts';
import {
  type EncoderRecord,
  needsEncoder,
  type SimilarityChoice,
} from '../../core/encoders/similarityChoice.ts';
import type { LabelSpace } from '../../core/labels/labelSpace.ts';
import type { WordNet } from '../../core/labels/wordnet.ts';
import { type AdaptiveOptions, embeddingOptions } from '../../core/mapping/semantic.ts';
import { CombinedSimilarity } from '../../core/similarity/combinedSimilarity.ts';
import { EmbeddingSimilarity, type Embeddings } from '../../core/similarity/embeddingSimilarity.ts';
import type { Similarity, TargetLabel } from '../../core/similarity/similarity.ts';
import { StringSimilarity } from '../../core/similarity/strings.ts';
import { WordNetSimilarity } from '../../core/similarity/wordnetSimilarity.ts';
import type { EncodeLabelsOptions, Encoders } from '../encoders/encoders.ts';

/** A similarity that is ready to compare these targets with these sources. */
export interface ChosenSimilarity {
  readonly similarity: Similarity;
  /** How SeMap-adaptive reads its values. */
  readonly adaptive: AdaptiveOptions;
  /** What to expect of the targets is read from this one, where it is another. */
  readonly marks?: Similarity;
  /** For the document. */
  readonly encoder?: EncoderRecord;
}

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
      return { similarity: new StringSimilarity(), adaptive: {}, marks: await this.wordnet() };
    }
    if (!needsEncoder(choice.name)) return { similarity: await this.wordnet(), adaptive: {} };
    return this.#byEncoder(choice, targets, sources, options);
  }

  async #byEncoder(
    {
      name,
      encoder,
      templates = DEFAULT_PROMPTS.templates,
      detail = DEFAULT_PROMPTS.detail,
      cosine = 'centred',
    }: SimilarityChoice,
    targets: readonly TargetLabel[],
    sources: LabelSpace,
    options: EncodeLabelsOptions,
  ): Promise<ChosenSimilarity> {
    const wordnet = await this.#loadWordnet();
    const ref = encoder ?? (name === 'minilm' ? 'minilm' : 'clip');
    const prompts = { templates, detail };
    const sourceLabels = sources.labels.map((label): EncodedLabel => {
      const synset = label.wnid === undefined ? undefined : wordnet.synsetOfWnid(label.wnid);
      return describe(wordnet, synset, { name: label.name, synonyms: label.synonyms ?? [] });
    });
    const targetLabels = targets.map(({ name: label, hint, sense }): EncodedLabel => {
      const synset = sense === undefined ? undefined : wordnet.senseOfKey(sense)?.synset;
      return describe(wordnet, synset, { name: label, ...(hint === undefined ? {} : { hint }) });
    });
    const encodedSources = await this.#encoders.encodeLabels(ref, sourceLabels, prompts, options);
    const encodedTargets = await this.#encoders.encodeLabels(ref, targetLabels, prompts, options);
    const embeddings = ({ dimension, values }: typeof encodedSources): Embeddings => ({
      size: dimension,
      values,
    });
    const byText = new EmbeddingSimilarity(
      name,
      embeddings(encodedTargets),
      embeddings(encodedSources),
      name === 'combined' ? 'centred' : cosine,
    );
    const byWordnet = await this.wordnet();
    return {
      similarity: name === 'combined' ? new CombinedSimilarity(byWordnet, byText) : byText,
      adaptive: name === 'combined' ? {} : embeddingOptions,
      marks: byWordnet,
      encoder: {
        name: encodedSources.encoder.name,
        sha256: encodedSources.encoder.sha256,
        templates,
        detail,
        cosine,
      },
    };
  }
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
