import type { Problem } from '../core/errors.ts';
import type { Text } from '../core/text/text.ts';
import type { InstallMethod, PlanMethod } from './models.ts';
import type { Call } from './rpc.ts';

/** A text encoder: an absolute folder, the name of an installed one, or `clip` and `minilm` for the nearest installed. */
export type EncoderRef = string;

/** One line of the encoder list; one that cannot be used carries its problem instead of facts. */
export interface EncoderEntry {
  readonly name: string;
  readonly folder: string;
  readonly kind?: 'text-tower' | 'sentence';
  /** `clip`, `siglip`, `bert`, ... */
  readonly modelType?: string;
  readonly dtype?: string;
  readonly bytes?: number;
  readonly problem?: Problem;
}

export interface EncoderCheck {
  readonly entry: EncoderEntry;
  readonly sha256: string;
  readonly dimension: number;
  /** To load it and encode three texts. */
  readonly milliseconds: number;
  /** Whether "dog" is nearer to "puppy" than to "carburetor". */
  readonly sensible: boolean;
  /** How its files differ from those installed; empty = not at all, absent = it was not installed by SeMap. */
  readonly damage?: readonly Text[] | undefined;
  /** Cosines of "dog" with each. */
  readonly similarities: { readonly puppy: number; readonly carburetor: number };
}

/** What the engine offers about text encoders. */
export interface EncoderMethods {
  listEncoders: Call<undefined, readonly EncoderEntry[]>;
  /** Loads the encoder and runs three texts through it. */
  checkEncoder: Call<{ readonly encoder: EncoderRef }, EncoderCheck>;
  /** Deletes an installed encoder by its name. */
  removeEncoder: Call<{ readonly name: string }>;
  planEncoder: PlanMethod;
  /** Downloads or copies into the first encoder folder; what a cancelled attempt left is continued. */
  installEncoder: InstallMethod;
}
