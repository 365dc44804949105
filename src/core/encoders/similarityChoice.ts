import type { TemplateOptions } from './templates.ts';

/** The similarities that labels can be aligned by. */
export const similarityNames = ['wordnet', 'clip', 'minilm', 'combined', 'strings'] as const;
export type SimilarityName = (typeof similarityNames)[number];

/** Whether embeddings are compared as they are, as the paper does, or after subtracting the mean of the sources. */
export const cosineKinds = ['centred', 'plain'] as const;

/** Which similarity, and for those with a text encoder how it is used. */
export interface SimilarityChoice {
  readonly name: SimilarityName;
  /** An installed encoder or a folder; absent = the nearest installed to `clip` or `minilm`. */
  readonly encoder?: string | undefined;
  readonly templates?: readonly string[] | undefined;
  readonly detail?: TemplateOptions['detail'] | undefined;
  readonly cosine?: (typeof cosineKinds)[number] | undefined;
}

/** What a document keeps of the text encoder that it was made with, to compute its similarities again. */
export interface EncoderRecord {
  readonly name: string;
  readonly sha256: string;
  readonly templates: readonly string[];
  readonly detail: TemplateOptions['detail'];
  readonly cosine: (typeof cosineKinds)[number];
}

/** Whether a similarity needs a text encoder. */
export function needsEncoder(name: SimilarityName): boolean {
  return name === 'clip' || name === 'minilm' || name === 'combined';
}

/** The choice that a document was made by. */
export function choiceOf(method: {
  readonly similarity: string;
  readonly encoder?: EncoderRecord | undefined;
}): SimilarityChoice {
  const name = similarityNames.find((each) => each === method.similarity) ?? 'wordnet';
  const { encoder } = method;
  if (!encoder || !needsEncoder(name)) return { name };
  const { name: ref, templates, detail, cosine } = encoder;
  return { name, encoder: ref, templates, detail, cosine };
}
