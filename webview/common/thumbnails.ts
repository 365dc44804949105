/** Loads the picture of an image; the URL is released with {@link ThumbnailSource.release}. */
export interface ThumbnailSource {
  /** @param size pixels of the picture's longer edge */
  load(image: number, size: number, signal: AbortSignal): Promise<string>;
  release(url: string): void;
}

/** A source of pictures that come as bytes. */
export function byteSource(
  load: (
    image: number,
    size: number,
    signal: AbortSignal,
  ) => Promise<{ readonly type: string; readonly bytes: Uint8Array }>,
): ThumbnailSource {
  return {
    load: async (image, size, signal) => {
      const { type, bytes } = await load(image, size, signal);
      return URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
    },
    release: (url) => URL.revokeObjectURL(url),
  };
}

/** Sizes are asked for in steps: a slider that moves by a pixel does not ask for every picture again. */
const STEP = 64;

/** Pixels of the screen for a length in CSS pixels, rounded up to what pictures are asked for in. */
export function devicePixels(length: number): number {
  return Math.ceil((length * (window.devicePixelRatio || 1)) / STEP) * STEP;
}

/** What came of loading: undefined means that the picture cannot be had. */
type Arrived = (url: string | undefined) => void;

interface Waiting {
  readonly size: number;
  readonly arrived: Arrived;
  readonly controller: AbortController;
}

interface Kept {
  readonly size: number;
  readonly url: string;
}

/**
 * Thumbnails on demand: few at a time, the last wanted first, and a bounded number of pictures kept. What scrolled
 * away before its turn is never loaded. While nothing is wanted, what may be wanted next is loaded. A picture that was loaded for a smaller place stands in until a sharp one is
 * there.
 */
export class Thumbnails {
  readonly #source: ThumbnailSource;
  readonly #kept: number;
  readonly #atATime: number;
  /** Oldest use first. */
  readonly #pictures = new Map<number, Kept>();
  readonly #waiting = new Map<number, Waiting>();
  readonly #loading = new Map<number, Waiting>();
  #ahead: readonly number[] = [];
  #aheadSize = 0;
  /** Nobody asked for them, so nobody waits for another try. */
  readonly #inVain = new Set<number>();

  constructor(source: ThumbnailSource, options: { kept: number; atATime: number }) {
    this.#source = source;
    this.#kept = options.kept;
    this.#atATime = options.atATime;
  }

  /**
   * Calls `arrived` at once or later, twice where a smaller picture stands in; a second want of the same image replaces
   * the first.
   * @param size pixels of the longer edge, at least
   */
  want(image: number, size: number, arrived: Arrived): void {
    const kept = this.#pictures.get(image);
    if (kept) {
      this.#pictures.delete(image);
      this.#pictures.set(image, kept);
      arrived(kept.url);
      if (kept.size >= size) return;
    }
    const loading = this.#loading.get(image);
    if (loading && loading.size >= size && !loading.controller.signal.aborted) {
      this.#loading.set(image, { ...loading, arrived });
      return;
    }
    // What is under way for a smaller place would only come twice.
    loading?.controller.abort();
    this.#waiting.delete(image);
    this.#waiting.set(image, { size, arrived, controller: new AbortController() });
    // After everything that is wanted now: the last of it goes first.
    queueMicrotask(() => this.#next());
  }

  /**
   * What may be wanted next, the likeliest first; those that were told before are not.
   * @param images few beside the pictures that are kept
   */
  expect(images: readonly number[], size: number): void {
    this.#ahead = images;
    this.#aheadSize = size;
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
    this.#ahead = [];
    this.#inVain.clear();
    for (const { url } of this.#pictures.values()) this.#source.release(url);
    this.#pictures.clear();
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
      void this.#load(image, waiting);
    }
    if (this.#waiting.size === 0) this.#loadAhead();
  }

  /** Never in all places: what is wanted all of a sudden begins at once. */
  #loadAhead(): void {
    const size = this.#aheadSize;
    while (this.#loading.size < this.#atATime >> 1) {
      const image = this.#ahead.find((one) => this.#isMissing(one, size));
      if (image === undefined) return;
      const arrived: Arrived = (url) => {
        if (url === undefined) this.#inVain.add(image);
      };
      const loading = { size, arrived, controller: new AbortController() };
      this.#loading.set(image, loading);
      void this.#load(image, loading);
    }
  }

  #isMissing(image: number, size: number): boolean {
    const there = this.#loading.has(image) || this.#inVain.has(image);
    return !there && (this.#pictures.get(image)?.size ?? 0) < size;
  }

  async #load(image: number, { size, controller }: Waiting): Promise<void> {
    let url: string | undefined;
    try {
      url = await this.#source.load(image, size, controller.signal);
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
    if (url !== undefined) this.#keep(image, { size, url });
    // A smaller picture is better than none.
    if (!controller.signal.aborted) entry.arrived(url ?? this.#pictures.get(image)?.url);
    this.#next();
  }

  #keep(image: number, picture: Kept): void {
    const before = this.#pictures.get(image);
    if (before) this.#source.release(before.url);
    this.#pictures.delete(image);
    this.#pictures.set(image, picture);
    for (const [oldest, { url }] of this.#pictures) {
      if (this.#pictures.size <= this.#kept) break;
      this.#pictures.delete(oldest);
      this.#source.release(url);
    }
  }
}
