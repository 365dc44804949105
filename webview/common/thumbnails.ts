/** Loads the picture of an image; the URL is released with {@link ThumbnailSource.release}. */
export interface ThumbnailSource {
  load(image: number, signal: AbortSignal): Promise<string>;
  release(url: string): void;
}

/** A source of pictures that come as bytes. */
export function byteSource(
  load: (
    image: number,
    signal: AbortSignal,
  ) => Promise<{ readonly type: string; readonly bytes: Uint8Array }>,
): ThumbnailSource {
  return {
    load: async (image, signal) => {
      const { type, bytes } = await load(image, signal);
      return URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
    },
    release: (url) => URL.revokeObjectURL(url),
  };
}

/** What came of loading: undefined means that the picture cannot be had. */
type Arrived = (url: string | undefined) => void;

interface Waiting {
  readonly arrived: Arrived;
  readonly controller: AbortController;
}

/**
 * Thumbnails on demand: few at a time, the last wanted first, and a bounded number of pictures kept. What scrolled
 * away before its turn is never loaded.
 */
export class Thumbnails {
  readonly #source: ThumbnailSource;
  readonly #kept: number;
  readonly #atATime: number;
  /** Oldest use first. */
  readonly #urls = new Map<number, string>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #loading = new Map<number, Waiting>();

  constructor(source: ThumbnailSource, options: { kept: number; atATime: number }) {
    this.#source = source;
    this.#kept = options.kept;
    this.#atATime = options.atATime;
  }

  /** Calls `arrived` at once or later; a second want of the same image replaces the first. */
  want(image: number, arrived: Arrived): void {
    const url = this.#urls.get(image);
    if (url !== undefined) {
      this.#urls.delete(image);
      this.#urls.set(image, url);
      arrived(url);
      return;
    }
    const loading = this.#loading.get(image);
    if (loading && !loading.controller.signal.aborted) {
      this.#loading.set(image, { arrived, controller: loading.controller });
      return;
    }
    this.#waiting.delete(image);
    this.#waiting.set(image, { arrived, controller: new AbortController() });
    // After everything that is wanted now: the last of it goes first.
    queueMicrotask(() => this.#next());
  }

  /** The image is not seen any more. */
  forget(image: number): void {
    this.#waiting.delete(image);
    this.#loading.get(image)?.controller.abort();
  }

  /** Drops everything: another run has other images. */
  clear(): void {
    for (const { controller } of this.#loading.values()) controller.abort();
    this.#waiting.clear();
    for (const url of this.#urls.values()) this.#source.release(url);
    this.#urls.clear();
    this.#loading.clear();
  }

  #next(): void {
    while (this.#loading.size < this.#atATime && this.#waiting.size > 0) {
      // What was wanted last is what is looked at now; a load of it that was given up must end first.
      const image = [...this.#waiting.keys()].findLast((candidate) => !this.#loading.has(candidate));
      if (image === undefined) return;
      const waiting = this.#waiting.get(image)!;
      this.#waiting.delete(image);
      this.#loading.set(image, waiting);
      void this.#load(image, waiting.controller);
    }
  }

  async #load(image: number, controller: AbortController): Promise<void> {
    let url: string | undefined;
    try {
      url = await this.#source.load(image, controller.signal);
    } catch {
      url = undefined;
    }
    const entry = this.#loading.get(image);
    if (entry?.controller !== controller) {
      // Cleared meanwhile: nobody wants it.
      if (url !== undefined) this.#source.release(url);
      return;
    }
    this.#loading.delete(image);
    if (url !== undefined) this.#keep(image, url);
    if (!controller.signal.aborted) entry.arrived(url);
    this.#next();
  }

  #keep(image: number, url: string): void {
    this.#urls.set(image, url);
    for (const [oldest, oldUrl] of this.#urls) {
      if (this.#urls.size <= this.#kept) break;
      this.#urls.delete(oldest);
      this.#source.release(oldUrl);
    }
  }
}
