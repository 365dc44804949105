import { type FileState, isSameState } from '../../files/fileState.ts';
import { type ImageState, imageState } from '../outputs/outputIndex.ts';
import type { FoundImage, Unreadable } from './imageWalk.ts';

/** A file that was not touched for so long has been written completely. */
const QUIET_MILLISECONDS = 1000;

/** An image that is whole, and new or another than before. */
export interface ArrivedImage {
  readonly image: FoundImage;
  readonly state: ImageState;
  /** What the same file was before it was moved. */
  readonly from: ImageState | undefined;
}

/** What is another in folders since the last look. */
export interface FolderChanges {
  readonly arrived: readonly ArrivedImage[];
  /** Paths of images that are no longer there. */
  readonly gone: readonly string[];
  /** What cannot be read and was not told before. */
  readonly unreadable: readonly Unreadable[];
}

interface Options {
  readonly quiet?: number;
  readonly now?: () => number;
}

/** Walks the folders once more. */
export type Walk = () => AsyncIterable<FoundImage | Unreadable>;

/** Since when a file is as it is. */
interface Resting {
  readonly state: ImageState;
  readonly since: number;
}

/** Which images of folders came, changed, moved and went since somebody looked: a file counts once it rests. */
export class GrowingFolder {
  readonly #walk: Walk;
  readonly #quiet: number;
  readonly #now: () => number;
  readonly #known = new Map<string, ImageState | undefined>();
  readonly #resting = new Map<string, Resting>();
  readonly #told = new Set<string>();

  constructor(walk: Walk, { quiet = QUIET_MILLISECONDS, now = () => performance.now() }: Options = {}) {
    this.#walk = walk;
    this.#quiet = quiet;
    this.#now = now;
  }

  /** An image that was seen before. @param state undefined where it could not even be looked at */
  knows(path: string, state: ImageState | undefined): void {
    this.#known.set(path, state);
  }

  /** A folder or file that was told to be unreadable. */
  wasTold(path: string): void {
    this.#told.add(path);
  }

  /** Whether something is there that may not be written completely. */
  get isWaiting(): boolean {
    return this.#resting.size > 0;
  }

  /** Folders in which images are. */
  get imageFolders(): ReadonlySet<string> {
    const folders = new Set<string>();
    for (const path of this.#known.keys())
      folders.add(path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))));
    return folders;
  }

  /**
   * @param touched whether an image that is known may have been changed: all are looked at, or few of them
   * @param again whether what was missed may be there again
   */
  async look(
    touched: (path: string) => boolean,
    signal: AbortSignal,
    again?: () => Promise<boolean>,
  ): Promise<FolderChanges> {
    const arrived: ArrivedImage[] = [];
    const unreadable: Unreadable[] = [];
    const here = new Set<string>();
    const came: { readonly image: FoundImage; readonly state: ImageState }[] = [];
    for await (const found of this.#walk()) {
      here.add(found.path);
      if (found.kind === 'unreadable') {
        if (!this.#told.has(found.path)) unreadable.push(found);
        continue;
      }
      const isKnown = this.#known.has(found.path);
      if (isKnown && !touched(found.path) && !this.#resting.has(found.path)) continue;
      const state = await imageState(found.path).catch(() => undefined);
      if (!state) continue;
      const before = this.#known.get(found.path);
      if (before && isSameState(before, state)) this.#resting.delete(found.path);
      else came.push({ image: found, state });
    }
    if (signal.aborted) return { arrived: [], gone: [], unreadable: [] };
    const gone = [...this.#known.keys()].filter((path) => !here.has(path));
    // All of them seem gone when the folder is.
    if (gone.length > 0 && (await again?.())) return this.look(touched, signal, again);
    const left = new Map<string, ImageState>();
    for (const path of gone) {
      const state = this.#known.get(path);
      if (state) left.set(fileKey(state), state);
      this.#known.delete(path);
    }
    for (const path of [...this.#resting.keys(), ...this.#told])
      if (!here.has(path)) {
        this.#resting.delete(path);
        this.#told.delete(path);
      }
    for (const { path } of unreadable) this.#told.add(path);
    for (const { image, state } of came) {
      const from = left.get(fileKey(state));
      if (!from && !this.#rests(state)) continue;
      this.#known.set(image.path, state);
      this.#resting.delete(image.path);
      arrived.push({ image, state, from });
    }
    return { arrived, gone, unreadable };
  }

  #rests(state: ImageState): boolean {
    const before = this.#resting.get(state.path);
    if (before && isSameState(before.state, state)) return this.#now() - before.since >= this.#quiet;
    this.#resting.set(state.path, { state, since: this.#now() });
    return false;
  }
}

/** A file by what moving it does not change; who moves it to another disk copies it. */
function fileKey({ bytes, modified, inode }: FileState): string {
  return `${inode} ${bytes} ${modified}`;
}
