import type { ModelDtype } from '../downloads/modelInstall.ts';
import { phrase, type Text } from '../text/text.ts';

/** A text encoder that is known to suit labels, offered for download by name. */
export interface KnownEncoder {
  /** Short name for settings and the command line. */
  readonly id: string;
  readonly title: string;
  /** Repository on the hub, in the layout of Transformers.js. */
  readonly repo: string;
  readonly dtype: ModelDtype;
  /** What it is for, in a sentence. */
  readonly description: Text;
}

/** Sizes are not stored here: the hub tells them, per file, before anything is downloaded. */
export const KNOWN_ENCODERS: readonly KnownEncoder[] = [
  {
    id: 'clip',
    title: 'CLIP ViT-B/32 text tower',
    repo: 'Xenova/clip-vit-base-patch32',
    dtype: 'fp32',
    description: phrase('The similarity of the SeMap paper. Labels of things that look alike are similar.'),
  },
  {
    id: 'clip-q8',
    title: 'CLIP ViT-B/32 text tower, 8-bit',
    repo: 'Xenova/clip-vit-base-patch32',
    dtype: 'q8',
    description: phrase('The same at about a quarter of the size. Similarities differ slightly.'),
  },
  {
    id: 'minilm',
    title: 'MiniLM sentence encoder',
    repo: 'Xenova/all-MiniLM-L6-v2',
    dtype: 'q8',
    description: phrase(
      'Small and fast. Knows the meaning of English words and sentences, but nothing about images.',
    ),
  },
  {
    id: 'minilm-multilingual',
    title: 'MiniLM sentence encoder, 50 languages',
    repo: 'Xenova/paraphrase-multilingual-MiniLM-L12-v2',
    dtype: 'q8',
    description: phrase('For target labels in other languages than English.'),
  },
];

/** The known encoder with this id. */
export function knownEncoder(id: string): KnownEncoder | undefined {
  return KNOWN_ENCODERS.find((known) => known.id === id);
}
