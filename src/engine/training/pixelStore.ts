import os from 'node:os';
import { toSemapError } from '../../core/errors.ts';
import type { InputSpec } from '../../core/images/preprocessing.ts';
import { inputBytes } from '../../core/images/tensor.ts';
import type { SkippedImage } from '../../core/runs/run.ts';
import { DecodePool } from '../images/decodePool.ts';

/** Pixels are kept up to so many bytes, and up to a quarter of the free memory. */
const MOST_BYTES = 1 << 30;

/** What is not one picture's trouble. */
const COMMON: ReadonlySet<string> = new Set(['cancelled', 'internal', 'invalid-description']);

/**
 * Decoded and resized pixels of images, kept between epochs as far as memory allows: decoding would cost as much as a
 * small backbone's step. What does not fit is decoded again, ahead of its step.
 */
export class PixelStore {
  readonly #spec: InputSpec;
  readonly #pool: DecodePool;
  readonly #kept = new Map<string, Uint8Array>();
  readonly #loading = new Map<string, Promise<Uint8Array | undefined>>();
  readonly #failed = new Set<string>();
  readonly #onSkipped: (image: SkippedImage) => void;
  #room: number;

  constructor(spec: InputSpec, threads: number, onSkipped: (image: SkippedImage) => void) {
    this.#spec = spec;
    this.#pool = new DecodePool({ workers: Math.max(1, threads) });
    this.#room = Math.min(MOST_BYTES, os.freemem() / 4);
    this.#onSkipped = onSkipped;
  }

  /** Begins to decode what is not here, and holds it until it is asked for. */
  prefetch(paths: readonly string[]): void {
    for (const path of paths) {
      if (this.#kept.has(path) || this.#failed.has(path) || this.#loading.has(path)) continue;
      const loading = this.#load(path);
      this.#loading.set(path, loading);
      // Told where it is waited for.
      loading.catch(() => {});
    }
  }

  /** Pixels of an image; undefined when it cannot be read, which is told once. */
  get(path: string): Promise<Uint8Array | undefined> | Uint8Array | undefined {
    const kept = this.#kept.get(path);
    const loading = this.#loading.get(path);
    this.#loading.delete(path);
    if (kept || this.#failed.has(path)) return kept;
    return loading ?? this.#load(path);
  }

  async close(): Promise<void> {
    this.#kept.clear();
    this.#loading.clear();
    await this.#pool.dispose();
  }

  async #load(path: string): Promise<Uint8Array | undefined> {
    try {
      const pixels = new Uint8Array((await this.#pool.load(path, this.#spec)).image);
      const bytes = inputBytes(this.#spec);
      if (bytes <= this.#room) {
        this.#room -= bytes;
        this.#kept.set(path, pixels);
      }
      return pixels;
    } catch (error) {
      const { reason, text } = toSemapError(error);
      if (COMMON.has(reason)) throw error;
      this.#failed.add(path);
      this.#onSkipped({ path, reason: text });
      return undefined;
    }
  }
}
