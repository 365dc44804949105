import type { DownloadEnvironment } from '../../core/downloads/environment.ts';
import type { DownloadProgress } from '../../core/downloads/progress.ts';
import { formatBytes } from '../../core/downloads/progress.ts';
import {
  discardEncoder,
  type EncoderPlan,
  installEncoder,
  planFromFolder,
  planFromHub,
} from '../../core/encoders/installEncoder.ts';
import type { EncoderVariant } from '../../core/encoders/variants.ts';

/** Where downloads go and come from, read at every use. */
export interface EncoderPlaces {
  /** Folder of installed encoders. */
  readonly root: () => string;
  /** Address of a mirror; empty for the Hugging Face hub. */
  readonly mirror: () => string;
}

/** What a person wants to install. */
export type EncoderWish =
  | { readonly kind: 'hub'; readonly encoder: string }
  | { readonly kind: 'folder'; readonly folder: string };

/** Installs text encoders with the extension host's network access. Knows nothing of windows: see `InstallTextEncoder`. */
export class EncoderDownloads {
  readonly #places: EncoderPlaces;
  readonly #environment: DownloadEnvironment;

  constructor(places: EncoderPlaces, environment: DownloadEnvironment) {
    this.#places = places;
    this.#environment = environment;
  }

  /** Sizes and precisions; moves no model. */
  plan(wish: EncoderWish, signal: AbortSignal): Promise<EncoderPlan> {
    return wish.kind === 'folder'
      ? planFromFolder(wish.folder, this.#environment, signal)
      : planFromHub({ encoder: wish.encoder, mirror: this.#places.mirror() }, this.#environment, signal);
  }

  /** @returns the new encoder's folder */
  install(
    plan: EncoderPlan,
    variant: EncoderVariant,
    signal: AbortSignal,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<string> {
    return installEncoder(plan, variant, this.#places.root(), this.#environment, { signal, onProgress });
  }

  /** Throws away what a stopped installation left. */
  discard(plan: EncoderPlan, variant: EncoderVariant): Promise<void> {
    return discardEncoder(plan, variant, this.#places.root(), this.#environment);
  }
}

/** Increments for VS Code's progress out of absolute numbers, and a line such as `12.0 MB of 65.1 MB, 3 MB/s`. */
export class ProgressSteps {
  #shown = 0;

  step({ bytesDone, bytesTotal, bytesPerSecond, secondsLeft }: DownloadProgress): {
    increment: number;
    message: string;
  } {
    const percent = bytesTotal > 0 ? (100 * bytesDone) / bytesTotal : 100;
    const increment = Math.max(0, percent - this.#shown);
    this.#shown = Math.max(this.#shown, percent);
    const parts = [`${formatBytes(bytesDone)} / ${formatBytes(bytesTotal)}`];
    if (bytesPerSecond > 0) parts.push(`${formatBytes(bytesPerSecond)}/s`);
    if (secondsLeft !== undefined && secondsLeft >= 1) parts.push(`${Math.ceil(secondsLeft)} s`);
    return { increment, message: parts.join(', ') };
  }
}
