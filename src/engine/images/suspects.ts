import path from 'node:path';
import { toSemapError } from '../../core/errors.ts';
import { phrase } from '../../core/text/text.ts';
import { type FileState, fileState, isSameState } from '../../files/fileState.ts';
import { readChecked, writeChecked } from '../cacheFiles.ts';
import { unreadable } from './codec.ts';
import { forgetNotes, imagesOfTheDead } from './workNote.ts';

/** An image at which an engine died. */
interface Suspect {
  readonly path: string;
  /** The file as it was: another one of the same name is not blamed. */
  readonly state: FileState;
  readonly deaths: number;
  /** When it was last at fault, in milliseconds since 1970. */
  readonly at: number;
}

const FILE = 'suspect-images.json';
/** After so many deaths an image is given up: once it may have been beside the one that did it. */
const MOST_DEATHS = 2;
/** What ended an engine may do so no longer with more memory, or another version. */
const REMEMBERED_MILLISECONDS = 7 * 24 * 60 * 60 * 1000;

/**
 * The images at which engines died that shared a cache folder. An image that was in work when one died is tried again
 * alone, with no other image beside it; one at which an engine died twice is given up, so that a folder comes to its end.
 */
export class Suspects {
  #cacheFolder: string | undefined;
  readonly #byPath = new Map<string, Suspect>();
  /** Images in work that may have others beside them; counted only while there are suspects. */
  #ordinary = 0;
  #ordinaryDone: (() => void) | undefined;
  #alone: Promise<unknown> | undefined;

  /** Where threads note what they are at. */
  get notes(): string | undefined {
    return this.#cacheFolder === undefined ? undefined : path.join(this.#cacheFolder, 'in-work');
  }

  /** Reads what died engines left behind. Never throws. */
  async open(cacheFolder: string): Promise<void> {
    await this.join(cacheFolder);
    const images = await imagesOfTheDead(this.notes!);
    for (const image of new Set(images)) {
      const state = await fileState(image).catch(() => undefined);
      if (!state) continue;
      const before = this.#byPath.get(image);
      const same = before !== undefined && isSameState(before.state, state);
      const deaths = (same ? before.deaths : 0) + 1;
      this.#byPath.set(image, { path: image, state, deaths, at: Date.now() });
    }
    if (images.length > 0) await this.#keep();
  }

  /** As {@link open}, in another thread of an engine that has opened it. */
  async join(cacheFolder: string): Promise<void> {
    this.#cacheFolder = cacheFolder;
    this.#byPath.clear();
    const kept = await readChecked(path.join(cacheFolder, FILE));
    for (const suspect of Array.isArray(kept) ? kept : []) {
      if (isSuspect(suspect) && Date.now() - suspect.at < REMEMBERED_MILLISECONDS)
        this.#byPath.set(suspect.path, suspect);
    }
  }

  /** Takes away what this process noted: it ends as it should. */
  async close(): Promise<void> {
    if (this.notes !== undefined) await forgetNotes(this.notes);
  }

  /**
   * Does the work on an image, alone where an engine died at it.
   * @throws {SemapError} `unreadable-image` when it is given up; what `work` throws
   */
  async attempt<T>(image: string, work: () => Promise<T>): Promise<T> {
    if (this.#byPath.size === 0) return work();
    const suspect = await this.#suspect(image);
    if (!suspect) return this.#beside(work);
    if (suspect.deaths >= MOST_DEATHS)
      throw unreadable(phrase('The decoder crashed the engine on this image twice.'));
    while (this.#alone) await this.#alone;
    const done = this.#byItself(work);
    this.#alone = done.catch(() => {});
    const tried = await done.then(
      () => true,
      (error) => toSemapError(error).reason !== 'cancelled',
    );
    this.#alone = undefined;
    if (tried) {
      // It is not the one that did it.
      this.#byPath.delete(image);
      await this.#keep();
    }
    return done;
  }

  async #byItself<T>(work: () => Promise<T>): Promise<T> {
    if (this.#ordinary > 0) {
      await new Promise<void>((resolve) => {
        this.#ordinaryDone = resolve;
      });
    }
    return work();
  }

  async #beside<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone) await this.#alone;
    this.#ordinary++;
    try {
      return await work();
    } finally {
      this.#ordinary--;
      if (this.#ordinary === 0) this.#ordinaryDone?.();
    }
  }

  /** The image as a suspect, unless the file is another one now. */
  async #suspect(image: string): Promise<Suspect | undefined> {
    const suspect = this.#byPath.get(image);
    if (!suspect) return undefined;
    const state = await fileState(image).catch(() => undefined);
    if (state && isSameState(state, suspect.state)) return suspect;
    this.#byPath.delete(image);
    return undefined;
  }

  async #keep(): Promise<void> {
    if (this.#cacheFolder !== undefined)
      await writeChecked(path.join(this.#cacheFolder, FILE), [...this.#byPath.values()]);
  }
}

function isSuspect(value: unknown): value is Suspect {
  const { path: image, state, deaths, at } = (value ?? {}) as Partial<Suspect>;
  return (
    typeof image === 'string' &&
    typeof state === 'object' &&
    [deaths, at].every((number) => typeof number === 'number' && Number.isFinite(number))
  );
}

/** Of this thread of the engine: its own, or that of a training. */
export const suspects = new Suspects();
